import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Message } from '../src/mail/ports.ts';
import { createUserMutation, johnDoe, openGateway } from './support/gateway.ts';

/** A secret as it could lie about: plain in two encodings, in hex, and in base64 from each of its three beginnings. */
function formsOf(secret: string): Buffer[] {
  const plain = [Buffer.from(secret, 'utf8'), Buffer.from(secret, 'utf16le'), Buffer.from(secret, 'utf16le').swap16()];
  const coded = plain.flatMap((bytes) => {
    const hex = bytes.toString('hex');
    const base64 = [0, 1, 2].flatMap((shift) => {
      // The characters at both ends mix with what stands beside.
      const from = (text: string): string => text.slice(shift === 0 ? 0 : shift + 1, -4);
      const shifted = Buffer.concat([Buffer.alloc(shift), bytes]);
      return [from(shifted.toString('base64')), from(shifted.toString('base64url'))];
    });
    return [hex, hex.toUpperCase(), JSON.stringify([...bytes]).slice(1, -1), ...base64].map((text) =>
      Buffer.from(text),
    );
  });
  return [...plain, ...coded];
}

function foundIn(place: Buffer, secrets: Record<string, string>): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => formsOf(secret).some((form) => place.includes(form)))
    .map(([name]) => name);
}

test('the search finds a secret in every form', () => {
  const secret = 'Xk9#mQ2v-long';
  for (const [index, encoding] of (['utf8', 'utf16le', 'hex', 'base64', 'base64url'] as const).entries()) {
    const coded = encoding.startsWith('base64')
      ? Buffer.from(`${'x'.repeat(index)}${secret}yz`).toString(encoding)
      : Buffer.from(secret).toString(encoding);
    const place =
      encoding === 'utf8' || encoding === 'utf16le' ? Buffer.from(`a${secret}b`, encoding) : Buffer.from(`a${coded}b`);
    expect(foundIn(place, { secret })).toEqual(['secret']);
  }
});

test('passwords, tokens and client secrets are nowhere in clear: not in database and WAL, not in the log, not in an answer', async () => {
  const mails: Message[] = [];
  const gateway = await openGateway({
    transport: async (mail) => {
      mails.push(mail);
      // As mail servers do: quotes what it refuses.
      throw new Error(`550 refused: ${mail.text}`);
    },
  });
  const company = await gateway.company('RUKR');
  const { token } = company;
  const ofRest = 'Kw4-rest!Zebra';
  const ofGraphql = 'Kw4-graphql!Zebra';
  const answers = [
    await gateway.rest(token, { ...johnDoe, password: ofRest }),
    await gateway.createUser(token, {
      ...johnDoe,
      employeeID: 'B1',
      email: 'b1@example.com',
      phone: null,
      password: ofGraphql,
    }),
    await gateway.rest(token, { ...johnDoe, employeeID: 'C1', email: 'c1@example.com', phone: null }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const refused = [
    await gateway.rest(token, { ...johnDoe, password: ofRest }),
    await gateway.rest(token, `{"password":"${ofRest}",`),
    await gateway.rest(token, { password: [ofRest] }),
    await gateway.rest(token, { password: ofRest }, { 'Content-Type': 'text/plain' }),
    await gateway.createUser(token, { ...johnDoe, isActive: ofGraphql, password: ofGraphql }),
    await gateway.createUser(token, { ...johnDoe, [ofGraphql.replace(/\W/g, '_')]: 1, password: { a: ofGraphql } }),
    await gateway.graphql(token, `mutation { createUser(input: { password: "${ofGraphql}" }) { __typename } }`),
    await gateway.graphql(token, `mutation { createUser(input: { isActive: "${ofGraphql}" }) { __typename } }`),
    await gateway.graphql(token, `mutation { createUser "${ofGraphql}" }`),
    await gateway.graphql(token, createUserMutation, ofGraphql),
    await gateway.postJson('/graphql', token, `{"query":"${ofGraphql}`),
    await gateway.json(
      gateway.send(
        `/graphql?query=${encodeURIComponent(`mutation { createUser(input: { password: "${ofGraphql}" }) { __typename } }`)}`,
        { headers: { Authorization: token } },
      ),
    ),
    await gateway.json(
      gateway.send(
        `/graphql?query=${encodeURIComponent('{ __typename }')}&variables=${encodeURIComponent(`{"password":${ofGraphql}}`)}`,
      ),
    ),
    await gateway.json(
      gateway.send(
        `/graphql?query=${encodeURIComponent('{ __typename }')}&extensions=${encodeURIComponent(`"${ofGraphql}`)}`,
      ),
    ),
    await gateway.postJson('/oauth/token', null, {
      clientID: company.clientID,
      clientSecret: `${company.clientSecret}x`,
      grantType: 'client_credentials',
    }),
    await gateway.rest(`${token}x`, johnDoe),
  ];
  expect(refused.filter(({ body }) => body.data)).toEqual([]);
  await vi.waitFor(() => expect(gateway.lines.filter((line) => line.includes('was not accepted'))).toHaveLength(3), {
    timeout: 5_000,
  });

  const generated = mails.flatMap(({ text }) => text.match(/\b[A-HJ-NP-Za-km-z2-9]{22}\b/g) ?? []);
  expect(generated).toHaveLength(1);
  const secrets = { ofRest, ofGraphql, token, generated: generated[0]!, clientSecret: company.clientSecret };
  expect(
    mails
      .map(({ text }) => foundIn(Buffer.from(text), secrets))
      .flat()
      .toSorted(),
  ).toEqual(['generated', 'ofGraphql', 'ofRest']);

  const files = readdirSync(gateway.folder);
  expect(files).toContain('gateway.db-wal');
  for (const file of files)
    expect([file, foundIn(readFileSync(join(gateway.folder, file)), secrets)]).toEqual([file, []]);
  for (const line of gateway.lines) expect([line, foundIn(Buffer.from(line), secrets)]).toEqual([line, []]);
  for (const { text, headers } of [...answers, ...refused])
    expect([text, foundIn(Buffer.from(text + JSON.stringify([...headers])), secrets)]).toEqual([text, []]);
});
