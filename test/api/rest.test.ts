import { expect, test } from 'vitest';
import { johnDoe, openGateway, help } from '../support/gateway.ts';

const path = '/ruangkerja/users';
const json = { 'Content-Type': 'application/json', Accept: 'application/json' };

test('each check answers before the next one in the order of the contract', async () => {
  const gateway = await openGateway({ env: { MAX_BODY_BYTES: '1024' } });
  const { token } = await gateway.company('RUKR');
  const { token: reader } = await gateway.company('READ', ['users:read']);
  const send = async (to: string, method: string, headers: Record<string, string>, body?: string) => {
    const { status, body: answer } = await gateway.json(gateway.send(to, { method, headers, body: body ?? null }));
    return `${status} ${answer.errorCode} ${answer.message}`;
  };
  const bad = { Accept: 'text/html', 'Content-Type': 'text/plain' };
  const large = '{'.repeat(2000);
  expect(await send('/nowhere', 'DELETE', bad, large)).toBe('404 404 NOT_FOUND');
  expect(await send(`${path}/`, 'POST', bad, large)).toBe('404 404 NOT_FOUND');
  expect(await send(path, 'DELETE', bad, large)).toBe('405 405 METHOD_NOT_ALLOWED');
  expect(await send(path, 'POST', bad, large)).toBe('401 401 UNAUTHORIZED');
  expect(await send(path, 'POST', { ...bad, Authorization: 'wrong' }, large)).toBe('401 401 UNAUTHORIZED');
  expect(await send(path, 'POST', { ...bad, Authorization: reader }, large)).toBe('403 403 FORBIDDEN');
  expect(await send(path, 'POST', { ...bad, Authorization: token }, large)).toBe('406 406 NOT_ACCEPTABLE');
  expect(await send(path, 'POST', { ...bad, Authorization: token, Accept: '*/*' }, large)).toBe(
    '415 415 UNSUPPORTED_MEDIA_TYPE',
  );
  expect(await send(path, 'POST', { ...json, Authorization: token, 'Content-Encoding': 'gzip' }, large)).toBe(
    '415 415 UNSUPPORTED_MEDIA_TYPE',
  );
  expect(await send(path, 'POST', { ...json, Authorization: token }, large)).toBe('413 413 PAYLOAD_TOO_LARGE');
  expect(await send(path, 'POST', { ...json, Authorization: token }, '{"employeeID"')).toBe('400 400 BAD_REQUEST');
  expect(await send(path, 'POST', { ...json, Authorization: token }, '{}')).toBe('400 10110 USER_EMPLOYEE_ID_REQUIRED');
});

test.each([['null'], ['[]'], ['"text"'], ['5'], [''], ['\ud800'], ['{"a":1}}']])(
  'a body that is %s is 400 BAD_REQUEST',
  async (body) => {
    const gateway = await openGateway();
    const { token } = await gateway.company('RUKR');
    const answer = await gateway.rest(token, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ errorCode: 400, message: 'BAD_REQUEST', detail: expect.any(String) });
  },
);

test('a body that is not UTF-8 is 400, another charset 415', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const send = (contentType: string, body: Uint8Array<ArrayBuffer>) =>
    gateway
      .send(path, { method: 'POST', headers: { Authorization: token, 'Content-Type': contentType }, body })
      .then(({ status }) => status);
  expect(await send('application/json', new Uint8Array([0x22, 0xff, 0x22]))).toBe(400);
  expect(await send('application/json; charset=latin1', new Uint8Array([0x7b, 0x7d]))).toBe(415);
  expect(await send('application/json; Charset="UTF-8"', new Uint8Array([0x7b, 0x7d]))).toBe(400);
});

test.each(['*/*', 'application/*', 'application/json', 'text/html, application/json;q=0.5', 'APPLICATION/JSON', ''])(
  'Accept "%s" is fine',
  async (Accept) => {
    const gateway = await openGateway();
    const { token } = await gateway.company('RUKR');
    expect((await gateway.rest(token, johnDoe, { Accept })).status).toBe(200);
  },
);

test.each(['text/html', 'application/json;q=0', 'application/json;q=0, */*', 'application/xml'])(
  'Accept "%s" is 406',
  async (Accept) => {
    const gateway = await openGateway();
    const { token } = await gateway.company('RUKR');
    expect((await gateway.rest(token, johnDoe, { Accept })).status).toBe(406);
  },
);

test('a Bearer scheme in any case stands beside the bare token', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  for (const [index, scheme] of ['Bearer ', 'bearer ', 'BEARER  '].entries()) {
    expect(
      (
        await gateway.rest(`${scheme}${token}`, {
          ...johnDoe,
          employeeID: `E${index}`,
          email: `e${index}@example.com`,
          phone: null,
        })
      ).status,
    ).toBe(200);
  }
});

test('every answer of REST, GraphQL and the token call has its request id, no-store, no X-Powered-By and no CORS header', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const answers = [
    await gateway.rest(token, johnDoe, { 'X-Request-Id': 'abc-1', Origin: 'https://elsewhere.example' }),
    await gateway.rest(null, johnDoe, { 'X-Request-Id': 'abc-1' }),
    await gateway.graphql(
      token,
      '{ __typename }',
      {},
      { 'X-Request-Id': 'abc-1', Origin: 'https://elsewhere.example' },
    ),
    await gateway.postJson('/oauth/token', null, {}, { 'X-Request-Id': 'abc-1' }),
    await gateway.postJson('/nowhere', null, {}, { 'X-Request-Id': 'abc-1' }),
  ];
  for (const { headers } of answers) {
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-request-id')).toBe('abc-1');
    expect([...headers.keys()].filter((name) => name === 'x-powered-by' || name.startsWith('access-control'))).toEqual(
      [],
    );
  }
});

test('401 carries WWW-Authenticate, 403 names the scope, 405 the methods', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR', ['users:read']);
  const missing = await gateway.rest(null, johnDoe);
  expect(missing.headers.get('www-authenticate')).toMatch(/^Bearer/);
  const lacking = await gateway.rest(token, johnDoe);
  expect(lacking.body.detail).toContain('users:create');
  expect(lacking.headers.get('www-authenticate')).toBe('Bearer realm="ruangkerja", error="insufficient_scope"');
  for (const [path, allowed] of [
    ['users', 'GET, HEAD, POST'],
    ['users/create-bulk', 'POST'],
    ['users/EMPLY001', 'DELETE, GET, HEAD, PUT'],
    ['users/update-bulk', 'POST'],
    ['tags', 'GET, HEAD, POST'],
    ['tags/create-bulk', 'POST'],
    ['tags/A', 'GET, HEAD, PUT'],
    ['tags/delete-bulk', 'POST'],
    ['company-structure', 'GET, HEAD'],
  ]) {
    const { status, headers } = await gateway.send(`/ruangkerja/${path}`, { method: 'PATCH' });
    expect([path, status, headers.get('allow')]).toEqual([path, 405, allowed]);
  }
  expect((await gateway.send('/ruangkerja/users/create-bulk')).headers.get('allow')).toBe('POST');
});

test('the rate limit counts every user asked for, refused ones too, for both transports together', async () => {
  const gateway = await openGateway({ env: { RATE_LIMIT: '3' } });
  const { token } = await gateway.company('RUKR');
  const { token: other } = await gateway.company('OTHR');
  expect((await gateway.rest(token, {})).status).toBe(400);
  expect((await gateway.createUser(token, johnDoe)).status).toBe(200);
  expect((await gateway.rest(token, johnDoe)).status).toBe(409);
  const rest = await gateway.rest(token, johnDoe);
  expect([rest.status, rest.body.message]).toEqual([429, 'TOO_MANY_REQUESTS']);
  expect(Number(rest.headers.get('retry-after'))).toBeGreaterThan(0);
  const graphql = await gateway.createUser(token, johnDoe);
  expect([graphql.status, graphql.body.errors[0].extensions]).toEqual([
    429,
    { code: 'TOO_MANY_REQUESTS', errorCode: 429, ...help(429) },
  ]);
  expect(Number(graphql.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await gateway.rest(other, johnDoe)).status).toBe(200);
});
