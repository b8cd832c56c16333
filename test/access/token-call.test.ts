import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src/storage/store.ts';
import { makeAccess } from '../../src/access/access.ts';
import { type Gateway, johnDoe, openGateway } from '../support/gateway.ts';

type Company = Awaited<ReturnType<Gateway['company']>>;

const path = '/oauth/token';
const refusedCredentials = {
  errorCode: 400,
  message: 'BAD_REQUEST',
  detail: 'Credentials does not match in our records',
};
const invalidClient = { error: 'invalid_client', error_description: expect.any(String) };
const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

/** The documented body of a company's client. */
const documented = ({ clientID, clientSecret }: Pick<Company, 'clientID' | 'clientSecret'>) => ({
  clientID,
  clientSecret,
  grantType: 'client_credentials',
});
const formOf = ({ clientID, clientSecret }: Pick<Company, 'clientID' | 'clientSecret'>) => ({
  grant_type: 'client_credentials',
  client_id: clientID,
  client_secret: clientSecret,
});

async function opened(options: Parameters<typeof openGateway>[0] = {}) {
  const gateway = await openGateway(options);
  const company = await gateway.company('RUKR');
  const form = (body: Record<string, string> | string, headers: Record<string, string> = {}, address = '127.0.0.1') =>
    gateway.json(
      gateway.app.fetch(
        new Request(`http://127.0.0.1${path}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
          body: typeof body === 'string' ? body : new URLSearchParams(body).toString(),
        }),
        address,
      ),
    );
  const call = (body: unknown) => gateway.postJson(path, null, body);
  /** A wrong or right documented call from some address: its status. */
  const from = async (address: string, credentials: Pick<Company, 'clientID' | 'clientSecret'>): Promise<number> =>
    (
      await gateway.app.fetch(
        new Request(`http://127.0.0.1${path}`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify(documented(credentials)),
        }),
        address,
      )
    ).status;
  const userStatus = async (token: string, employeeID = 'A1'): Promise<number> =>
    (await gateway.rest(token, { ...johnDoe, employeeID, email: `${employeeID}@example.com`, phone: null })).status;
  return { gateway, company, form, call, from, userStatus };
}

test('the documented dialect: the envelope to the letter, and a token that creates a user', async () => {
  const { company, call, userStatus } = await opened();
  const { status, body } = await call(documented(company));
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'success',
    message: 'success',
    data: { accessToken: expect.any(String), expiresIn: '43199', tokenType: 'bearer' },
  });
  expect(Buffer.from(body.data.accessToken, 'base64url').length).toBeGreaterThanOrEqual(16);
  expect(await userStatus(body.data.accessToken)).toBe(200);
});

test('each call answers another token, and the earlier one stays good', async () => {
  const { company, call, userStatus } = await opened();
  const [first, second] = [await call(documented(company)), await call(documented(company))];
  expect(first.body.data.accessToken).not.toBe(second.body.data.accessToken);
  expect(await userStatus(first.body.data.accessToken)).toBe(200);
});

test('the documented dialect: wrong credentials of every kind answer one and the same failure', async () => {
  const { gateway, company, call } = await opened();
  const { clientID, clientSecret } = company;
  const other = await gateway.company('OTHR');
  for (const [id, secret] of [
    [clientID, 'wrong'],
    ['unknown', clientSecret],
    [clientID, ''],
    ['', ''],
    [clientID, other.clientSecret],
    [clientID, `${clientSecret} `],
    [clientID, 'rahasia\u0000é'],
  ]) {
    const { status, body } = await call(documented({ clientID: id!, clientSecret: secret! }));
    expect([status, body]).toEqual([400, refusedCredentials]);
  }
});

test('the documented dialect: an unknown or missing grant, wrong types and a body that is no object are 400 BAD_REQUEST', async () => {
  const { company, call } = await opened();
  const right = documented(company);
  const bodies = [
    { ...right, grantType: 'password' },
    { ...right, grantType: 'authorization_code' },
    { ...right, grantType: undefined },
    { ...right, grantType: ['client_credentials'] },
    { ...right, clientID: 5 },
    { ...right, clientSecret: null },
    { ...right, clientSecret: [right.clientSecret] },
    { ...right, clientID: { $ne: '' } },
    { grantType: 'client_credentials' },
    {},
    [right],
    null,
    'text',
    5,
    '',
    '{"clientID"',
    '{"__proto__":{"clientID":"x"}}',
  ];
  for (const body of bodies) {
    const { status, body: answer } = await call(body);
    expect([status, answer], JSON.stringify(body)).toEqual([
      400,
      { errorCode: 400, message: 'BAD_REQUEST', detail: expect.any(String) },
    ]);
    expect(answer.detail).not.toContain(right.clientSecret);
  }
});

test('the form dialect: body credentials and Basic both answer as RFC 6749 says', async () => {
  const { company, form, userStatus } = await opened();
  const { clientID, clientSecret } = company;
  const answers = [
    await form(formOf(company)),
    await form({ grant_type: 'client_credentials' }, { Authorization: basic(clientID, clientSecret) }),
    await form(
      { grant_type: 'client_credentials', client_id: clientID },
      { Authorization: basic(clientID, clientSecret).replace('Basic', 'bASIC') },
    ),
  ];
  for (const [index, { status, headers, body }] of answers.entries()) {
    expect([status, body]).toEqual([
      200,
      {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 43_199,
        scope: 'users:create users:read users:issue-password',
      },
    ]);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(await userStatus(body.access_token, `A${index}`)).toBe(200);
  }
});

test('the form dialect: Basic credentials may be form-encoded before they are joined', async () => {
  const { company, form } = await opened();
  const percent = (text: string): string => [...text].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
  const answer = await form(
    { grant_type: 'client_credentials' },
    { Authorization: basic(percent(company.clientID), percent(company.clientSecret)) },
  );
  expect(answer.status).toBe(200);
});

test('the form dialect: wrong credentials are 401 invalid_client with WWW-Authenticate', async () => {
  const { company, form } = await opened();
  const { clientID, clientSecret } = company;
  const grant = { grant_type: 'client_credentials' };
  const answers = [
    await form({ ...formOf(company), client_secret: 'wrong' }),
    await form({ ...formOf(company), client_secret: '' }),
    await form({ ...formOf(company), client_secret: 'rahasia\u0000' }),
    await form(grant),
    await form(grant, { Authorization: basic(clientID, 'wrong') }),
    await form(grant, { Authorization: basic('%', '%') }),
    await form(grant, { Authorization: 'Basic' }),
    await form(grant, { Authorization: 'Basic !!!' }),
    await form(grant, { Authorization: `Bearer ${clientSecret}` }),
  ];
  for (const { status, headers, body } of answers) {
    expect([status, body]).toEqual([401, invalidClient]);
    expect(headers.get('www-authenticate')).toBe('Basic realm="ruangkerja"');
    expect(JSON.stringify(body)).not.toContain(clientSecret);
  }
});

test.each(['Bearer an-old-token', 'an-old-token', 'bearer'])(
  'the form dialect: the header "%s" is no credential of this call, those in the body count',
  async (Authorization) => {
    const { company, form } = await opened();
    expect((await form(formOf(company), { Authorization })).status).toBe(200);
  },
);

test('the form dialect: an unknown grant is unsupported_grant_type, a missing or empty one invalid_request', async () => {
  const { company, form } = await opened();
  const error = async (grant: Record<string, string>) => {
    const { status, body } = await form({ client_id: company.clientID, client_secret: company.clientSecret, ...grant });
    return `${status} ${body.error}`;
  };
  for (const grant_type of [
    'password',
    'authorization_code',
    'refresh_token',
    'CLIENT_CREDENTIALS',
    'constructor',
    'urn:x',
  ])
    expect(await error({ grant_type })).toBe('400 unsupported_grant_type');
  expect(await error({})).toBe('400 invalid_request');
  expect(await error({ grant_type: '' })).toBe('400 invalid_request');
});

test('the form dialect: two ways of credentials at once and a repeated parameter are invalid_request', async () => {
  const { gateway, company, form } = await opened();
  const other = await gateway.company('OTHR');
  const Authorization = basic(company.clientID, company.clientSecret);
  const answers = [
    await form(formOf(company), { Authorization }),
    await form({ grant_type: 'client_credentials', client_id: other.clientID }, { Authorization }),
    await form(`${new URLSearchParams(formOf(company))}&client_secret=x`),
    await form(`${new URLSearchParams(formOf(company))}&scope=users:read&scope=users:create`),
    await form(`${new URLSearchParams(formOf(company))}&grant_type=client_credentials`),
  ];
  for (const { status, body } of answers) expect([status, body.error]).toEqual([400, 'invalid_request']);
});

test('a token of fewer scopes is 403 for the others, which is named', async () => {
  const { gateway, company, form } = await opened();
  const { body } = await form({ ...formOf(company), scope: 'users:read' });
  expect(body.scope).toBe('users:read');
  const refused = await gateway.rest(body.access_token, johnDoe);
  expect([refused.status, refused.body.errorCode, refused.body.detail]).toEqual([
    403,
    403,
    'access token lacks the scope users:create',
  ]);
  const allowed = await gateway.graphql(body.access_token, '{ user(employeeID: "A1") { name } }');
  expect(allowed.body).toEqual({ data: { user: null } });
});

test('an empty scope asks for all, a scope asked for twice is given once, and one that the client lacks is invalid_scope', async () => {
  const { company, form } = await opened();
  expect((await form({ ...formOf(company), scope: '' })).body.scope).toBe(
    'users:create users:read users:issue-password',
  );
  expect((await form({ ...formOf(company), scope: ' users:read  users:read ' })).body.scope).toBe('users:read');
  for (const scope of ['tags:write', 'users:read tags:write', 'USERS:READ', 'x"y', 'constructor', ' ']) {
    const { status, body } = await form({ ...formOf(company), scope });
    expect([status, body.error], scope).toEqual([400, 'invalid_scope']);
  }
});

test('parameters of PKCE never stand in for the secret', async () => {
  const { company, form } = await opened();
  const code_verifier = 'a'.repeat(43);
  for (const grant_type of ['authorization_code', 'client_credentials']) {
    const { status, body } = await form({ grant_type, client_id: company.clientID, code_verifier, code: 'x' });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body.access_token).toBeUndefined();
  }
});

test('the token call answers 405 with Allow, 406 and 415 in the documented envelope', async () => {
  const { gateway, company, call } = await opened();
  for (const method of ['GET', 'PUT', 'DELETE']) {
    const { status, headers, body } = await gateway.json(gateway.send(path, { method }));
    expect([status, headers.get('allow'), body.message]).toEqual([405, 'POST', 'METHOD_NOT_ALLOWED']);
  }
  const html = await gateway.postJson(path, null, documented(company), { Accept: 'text/html' });
  expect([html.status, html.body.message]).toEqual([406, 'NOT_ACCEPTABLE']);
  for (const type of ['text/plain', 'multipart/form-data; boundary=x']) {
    const other = await gateway.postJson(path, null, documented(company), { 'Content-Type': type });
    expect([other.status, other.body.message]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  }
  expect((await call(documented(company))).status).toBe(200);
});

test('a token is good for 43199 seconds and 401 from then on', async () => {
  let time = Date.UTC(2026, 0, 31);
  const { company, call, userStatus } = await opened({ now: () => time });
  const { body } = await call(documented(company));
  time += 43_199_000 - 1;
  expect(await userStatus(body.data.accessToken)).toBe(200);
  time += 1;
  expect(await userStatus(body.data.accessToken, 'A2')).toBe(401);
});

test('a token is good across a restart', async () => {
  const { gateway, company, call } = await opened();
  const { body } = await call(documented(company));
  await gateway.app.close();
  const again = await openGateway({ env: { DATABASE_URL: `file:${join(gateway.folder, 'gateway.db')}` } });
  expect((await again.rest(body.data.accessToken, johnDoe)).status).toBe(200);
});

test('tokens and secrets are neither in the database file, nor in its WAL, nor in the log', async () => {
  const { gateway, company, call, form } = await opened();
  const tokens = [
    (await call(documented(company))).body.data.accessToken,
    (await form(formOf(company))).body.access_token,
    company.token,
  ];
  await form(formOf({ ...company, clientSecret: `${company.clientSecret}x` }));
  const files = readdirSync(gateway.folder);
  expect(files).toContain('gateway.db-wal');
  const bytes = Buffer.concat(files.map((file) => readFileSync(join(gateway.folder, file))));
  // The search itself works: the public id is there.
  expect(bytes.includes(company.clientID)).toBe(true);
  for (const secret of [...tokens, company.clientSecret]) {
    expect(bytes.includes(secret)).toBe(false);
    expect(bytes.includes(Buffer.from(secret, 'base64url'))).toBe(false);
    expect(gateway.lines.join('')).not.toContain(secret);
  }
});

test('revoking a client ends its tokens at once, and its credentials', async () => {
  const { gateway, company, call, userStatus } = await opened();
  const { body } = await call(documented(company));
  const other = await gateway.company('OTHR');
  expect(await gateway.app.access.revokeClient(company.clientID)).toBe(true);
  expect(await userStatus(body.data.accessToken)).toBe(401);
  expect(await userStatus(company.token)).toBe(401);
  expect((await call(documented(company))).body).toEqual(refusedCredentials);
  expect(await userStatus(other.token)).toBe(200);
  expect(await gateway.app.access.revokeClient(company.clientID)).toBe(false);
  expect(await gateway.app.access.rotateClient(company.clientID)).toBeNull();
});

test('rotating a client ends the old secret and every token at once', async () => {
  const { gateway, company, call, userStatus } = await opened();
  const rotated = (await gateway.app.access.rotateClient(company.clientID))!;
  expect(await userStatus(company.token)).toBe(401);
  expect((await call(documented(company))).body).toEqual(refusedCredentials);
  const { body } = await call(documented({ ...company, ...rotated }));
  expect(await userStatus(body.data.accessToken)).toBe(200);
});

test.each(['rotated', 'revoked'])(
  'a token call that a client overtook by being %s leaves no token behind',
  async (how) => {
    const { gateway, company } = await opened();
    const store = await openStore(`file:${join(gateway.folder, 'gateway.db')}`, Date.now);
    try {
      const access = makeAccess({ store: store.access, now: Date.now });
      const client = (await access.verifyClient(company.clientID, company.clientSecret))!;
      await (how === 'rotated'
        ? gateway.app.access.rotateClient(company.clientID)
        : gateway.app.access.revokeClient(company.clientID));
      expect(await access.grantToken(client, client.scopes)).toBeNull();
    } finally {
      store.close();
    }
  },
);

test('20 wrong calls at once: ten are refused, ten are 429 with Retry-After, and right credentials still pass', async () => {
  const { company, call } = await opened();
  const wrong = { ...documented(company), clientSecret: 'wrong' };
  const answers = await Promise.all(Array.from({ length: 20 }, () => call(wrong)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array(10).fill(400), ...Array(10).fill(429)]);
  for (const { headers, body } of answers.filter(({ status }) => status === 429)) {
    expect(body).toEqual({ errorCode: 429, message: 'TOO_MANY_REQUESTS', detail: expect.any(String) });
    expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
  }
  expect((await call(documented(company))).status).toBe(200);
});

test('ten failures of an address are counted whatever client they name; another address goes on', async () => {
  const { gateway, company, from } = await opened();
  const other = await gateway.company('OTHR');
  for (let index = 0; index < 10; index += 1)
    expect(await from('192.0.2.1', { clientID: `unknown${index}`, clientSecret: 'x' })).toBe(400);
  expect(await from('192.0.2.1', { clientID: 'one more', clientSecret: 'x' })).toBe(429);
  expect(await from('192.0.2.2', { clientID: 'one more', clientSecret: 'x' })).toBe(400);
  expect(await from('192.0.2.1', company)).toBe(200);
  expect(await from('192.0.2.1', other)).toBe(200);
});

test('ten failures of a client are counted whatever address they come from; another client goes on', async () => {
  const { gateway, company, from } = await opened();
  const other = await gateway.company('OTHR');
  for (let index = 0; index < 10; index += 1)
    expect(await from(`192.0.2.${index}`, { ...company, clientSecret: 'x' })).toBe(400);
  expect(await from('192.0.2.100', { ...company, clientSecret: 'x' })).toBe(429);
  expect(await from('192.0.2.101', { ...other, clientSecret: 'x' })).toBe(400);
  expect(await from('192.0.2.100', company)).toBe(200);
});

test('in the form dialect failures count for the client of the Basic header, and a client_id beside it is no way around', async () => {
  const { company, form, from } = await opened();
  for (let index = 0; index < 10; index += 1) {
    expect(
      (
        await form(
          { grant_type: 'client_credentials' },
          { Authorization: basic(company.clientID, 'x') },
          `192.0.2.${index}`,
        )
      ).status,
    ).toBe(401);
  }
  expect(
    (await form({ grant_type: 'client_credentials' }, { Authorization: basic(company.clientID, 'x') }, '192.0.2.100'))
      .status,
  ).toBe(429);
  expect(
    (
      await form(
        { grant_type: 'client_credentials', client_id: 'other' },
        { Authorization: basic(company.clientID, 'x') },
        '192.0.2.101',
      )
    ).body.error,
  ).toBe('invalid_request');
  expect(await from('192.0.2.102', { ...company, clientSecret: 'x' })).toBe(429);
});

test('an IPv6 peer is counted with its whole /64, and the next /64 goes on', async () => {
  const { from } = await opened();
  for (let index = 0; index < 10; index += 1)
    expect(await from(`2001:db8:0:1::${index}`, { clientID: `unknown${index}`, clientSecret: 'x' })).toBe(400);
  expect(await from('2001:db8:0:1:ffff:1:2:3', { clientID: 'one more', clientSecret: 'x' })).toBe(429);
  expect(await from('2001:db8:0:2::1', { clientID: 'one more', clientSecret: 'x' })).toBe(400);
});
