import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Message } from '../src/mail/ports.ts';
import { startSmtp } from './mail/kit.ts';
import { makeFolder, start } from './process/program.ts';
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

test('the log of the program holds no personal value of anybody, through creation, change, refusal, bounce and erasure', async () => {
  const zulaikha = {
    employeeID: 'KARYAWAN771',
    name: 'Zulaikha Wardani',
    username: 'zulwardani88',
    email: 'wardani@rahasia.example',
    phone: '0812-9753-1864',
    password: 'Kw4-first!Zebra',
    isActive: true,
  };
  const aisyah = {
    employeeID: 'KARYAWAN772',
    name: 'Aisyah Nurhaliza',
    email: 'aisyah@rahasia.example',
    isActive: true,
  };
  const changed = {
    employeeID: 'KARYAWAN773',
    name: 'Zulaikha Paramitha',
    username: 'zulparam99',
    email: 'paramitha@rahasia.example',
    phone: '+62 813-8642-9751',
    password: 'Kw4-second!Zebra',
  };
  const smtp = await startSmtp({
    // As mail servers do: quote whom they refuse.
    onRcptTo({ address }, _, done) {
      const refusal = (code: number, name: string) =>
        Object.assign(new Error(`<${address}>: spam "Halo ${name}"`), { responseCode: code });
      if (address === zulaikha.email) return done(refusal(550, zulaikha.name));
      done(address === aisyah.email ? refusal(451, aisyah.name) : null);
    },
  });
  const program = await start(makeFolder(), { LOG_LEVEL: 'trace', SMTP_URL: smtp.url }, ['--json']);
  const { accessToken } = program.json();
  const send = async (method: string, path: string, body?: unknown, more: Record<string, string> = {}) => {
    const answer = await fetch(`http://127.0.0.1:${program.port()}${path}`, {
      method,
      headers: { Authorization: accessToken, 'Content-Type': 'application/json', ...more },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };
  const graphql = (query: string, variables: object = {}) => send('POST', '/graphql', { query, variables });

  const all = (person: object) => Object.values(person).filter((value) => typeof value === 'string');
  const values = [...all(zulaikha), ...all(aisyah), ...all(changed)];
  // A phone as it is kept, and what is left of an address or a name.
  values.push('6281297531864', '6281386429751', '81297531864', '@rahasia.example', 'Zulaikha', 'Aisyah', 'Nurhaliza');

  const one = (inputs: object[]) =>
    graphql('mutation ($i: [CreateUserInput!]!) { upsertUsers(inputs: $i) { results { __typename } } }', { i: inputs });
  const update = (employeeID: string, input: object) =>
    graphql(
      'mutation ($by: UserKey!, $input: UpdateUserInput!) { updateUser(by: $by, input: $input) { __typename ... on UpdateUserError { detail } } }',
      { by: { employeeID }, input },
    );
  const path = (employeeID: string) => `/ruangkerja/users/${employeeID}`;
  const { employeeID: newEmployeeID, email, password, ...others } = changed;
  const succeeded = [
    await send('POST', '/ruangkerja/users', zulaikha, { 'Idempotency-Key': 'once' }),
    await graphql(createUserMutation, { input: aisyah }),
  ];
  for (const code of [550, 451])
    await vi.waitFor(
      () =>
        expect(program.err()).toContain(`recipients were rejected: ${code} <[recipient]>: spam \\"Halo [recipient]`),
      { timeout: 20_000 },
    );
  succeeded.push(
    await one([zulaikha, { ...zulaikha, name: changed.name }, { ...aisyah, isActive: false }]),
    await update(zulaikha.employeeID, { username: changed.username }),
    await send('PUT', path(zulaikha.employeeID), {
      ...others,
      employeeID: zulaikha.employeeID,
      newEmployeeID,
      isActive: true,
    }),
    await send('POST', '/ruangkerja/users/update-email-bulk', {
      items: [{ employeeID: newEmployeeID, email, password }],
    }),
    await send('GET', `/ruangkerja/users?page=1&pageSize=10&name=Zulaikha&email=${email}&phone=81386429751`),
    await send('GET', path(newEmployeeID)),
    await graphql(`{ user(employeeID: "${newEmployeeID}") { name email } }`),
  );
  expect(succeeded.map(({ status, body }) => [status, body.errors])).toEqual(succeeded.map(() => [200, undefined]));
  await vi.waitFor(() => expect(smtp.received.map(({ to }) => to)).toEqual([[email]]), { timeout: 20_000 });

  const quoted = JSON.stringify(zulaikha);
  const refused = [
    await send('POST', '/ruangkerja/users', { ...zulaikha, employeeID: newEmployeeID, email, phone: changed.phone }),
    await send('POST', '/ruangkerja/users', { ...zulaikha, name: [zulaikha.name], email: { at: zulaikha.email } }),
    await send('POST', '/ruangkerja/users', { ...zulaikha, employeeID: `${zulaikha.employeeID} ${zulaikha.name}` }),
    await send('POST', '/ruangkerja/users', { ...zulaikha, name: changed.name }, { 'Idempotency-Key': 'once' }),
    await send('POST', '/ruangkerja/users', quoted.slice(0, -1)),
    await send('POST', '/ruangkerja/users', quoted, { 'Content-Type': 'text/plain' }),
    await send('POST', '/ruangkerja/users', quoted, { Authorization: `Bearer ${zulaikha.password}` }),
    await send('PUT', path(zulaikha.employeeID), { ...zulaikha, employeeID: newEmployeeID }),
    await send('PATCH', path(zulaikha.employeeID), zulaikha),
    await send('GET', `/ruangkerja/people/${zulaikha.employeeID}/${zulaikha.email}?name=${zulaikha.name}`),
    await send('GET', `/users/${zulaikha.employeeID}`),
    await send('GET', `/${aisyah.email}/${aisyah.name}`),
    await update(newEmployeeID, { ...aisyah, phone: 'Zulaikha 0812-9753-1864', isActive: 'Zulaikha Wardani' }),
    await update(newEmployeeID, { employeeID: aisyah.employeeID, email: aisyah.email, username: zulaikha.name }),
    await update(zulaikha.name, { name: 'x'.repeat(201) + zulaikha.name }),
    await graphql(`mutation { updateUser(by: { employeeID: "${zulaikha.employeeID}" }, input: { name: 5 ${quoted}`),
    await graphql(
      `{ user(employeeID: "${aisyah.employeeID}", ${aisyah.name.replace(' ', '')}: "${aisyah.email}") { name } }`,
    ),
    await one([{ ...zulaikha, isActive: zulaikha.name }]),
  ];
  expect(
    refused.filter(({ body }) => body.status === 'success' || body.data?.updateUser?.__typename === 'UserUpdated'),
  ).toEqual([]);

  const erasures = [
    await send('DELETE', path(newEmployeeID)),
    await graphql(`mutation { eraseUser(by: { employeeID: "${aisyah.employeeID}" }) { __typename } }`),
    await send('DELETE', path(newEmployeeID)),
    await send('POST', '/ruangkerja/users', zulaikha, { 'Idempotency-Key': 'once' }),
  ];
  expect(erasures.map(({ status }) => status)).toEqual([200, 200, 404, 404]);
  program.child.kill('SIGTERM');
  expect(await program.ended).toBe(0);

  const requests = program.log().filter(({ msg }) => msg === 'request');
  expect(requests).toHaveLength(succeeded.length + refused.length + erasures.length);
  const named = Object.fromEntries(values.map((value) => [value, value]));
  for (const line of program.err().split('\n')) expect([line, foundIn(Buffer.from(line), named)]).toEqual([line, []]);
});
