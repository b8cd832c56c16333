import { once } from 'node:events';
import { createServer, request as nodeRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createUserMutation, type Gateway, help, johnDoe, openGateway } from '../support/gateway.ts';

const asProblem = { Accept: 'application/json, application/problem+json' };

test('every failure of REST leads to the page of its number, and success does not', async () => {
  const gateway = await openGateway();
  const { token, clientID } = await gateway.company('RUKR', ['users:create', 'users:read', 'tags:read']);
  const form = (body: string) =>
    gateway.send('/oauth/token', {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body,
    });
  const failures: [number, { headers: Headers }][] = [
    [10110, await gateway.rest(token, {})],
    [400, await gateway.rest(token, '{')],
    [401, await gateway.rest(null, johnDoe)],
    [404, await gateway.send('/nowhere')],
    [405, await gateway.send('/ruangkerja/users', { method: 'DELETE' })],
    [405, await gateway.send('/health/live', { method: 'POST' })],
    [405, await gateway.send('/errors', { method: 'POST' })],
    [406, await gateway.rest(token, johnDoe, { Accept: 'text/csv' })],
    [10105, await gateway.get('/ruangkerja/users/NOBODY', token)],
    [11102, await gateway.get('/ruangkerja/tags/NONE', token)],
    [400, await gateway.postJson('/oauth/token', null, {})],
    [400, await form('grant_type=password')],
    [401, await form(`grant_type=client_credentials&client_id=${clientID}&client_secret=x`)],
  ];
  for (const [number, { headers }] of failures)
    expect([number, headers.get('link')]).toEqual([number, `</errors/${number}>; rel="help"`]);
  expect((await gateway.rest(token, johnDoe)).headers.get('link')).toBeNull();
});

test('a client that names application/problem+json gets every problem with its pointer', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const user = { name: '', isActive: 'yes', email: 'a@b', phone: '1', tagSerials: ['RUKRTAG-00000000'] };
  const plain = await gateway.rest(token, user, { 'X-Request-Id': 'asked' });
  const { status, headers, body } = await gateway.rest(token, user, { ...asProblem, 'X-Request-Id': 'asked' });
  const [first] = body.problems;
  expect(plain.text).toBe(JSON.stringify({ errorCode: first.errorCode, message: first.message, detail: first.detail }));
  expect([status, headers.get('content-type')]).toEqual([plain.status, 'application/problem+json']);
  expect(body).toEqual({
    type: '/errors/10110',
    title: 'USER_EMPLOYEE_ID_REQUIRED',
    status: 400,
    detail: plain.body.detail,
    errorCode: 10110,
    requestId: 'asked',
    problems: expect.any(Array),
  });
  expect(
    body.problems.map(({ errorCode, pointer }: { errorCode: number; pointer: string }) => [errorCode, pointer]),
  ).toEqual([
    [10110, '/employeeID'],
    [10112, '/name'],
    [10116, '/email'],
    [10117, '/phone'],
    [10120, '/isActive'],
    [11102, '/tagSerials/0'],
  ]);
  for (const problem of body.problems)
    expect(Object.keys(problem)).toEqual(['errorCode', 'message', 'detail', 'pointer']);
});

test.each([
  [401, 'UNAUTHORIZED', (gateway: Gateway) => gateway.rest(null, johnDoe, asProblem)],
  [404, 'NOT_FOUND', (gateway: Gateway) => gateway.get('/nowhere', null, asProblem)],
  [405, 'METHOD_NOT_ALLOWED', (gateway: Gateway) => gateway.postJson('/health/live', null, {}, asProblem)],
  [400, 'BAD_REQUEST', (gateway: Gateway) => gateway.postJson('/oauth/token', null, {}, asProblem)],
])('the problem of a whole request, %i, points nowhere', async (status, title, ask) => {
  const gateway = await openGateway();
  const { body, headers } = await ask(gateway);
  expect(headers.get('content-type')).toBe('application/problem+json');
  expect(body).toMatchObject({ title, status, problems: [{ errorCode: status, message: title, pointer: '' }] });
});

test.each([
  ['application/problem+json', 'application/problem+json'],
  ['Application/Problem+JSON;q=0.1, */*', 'application/problem+json'],
  ['application/problem+json;q=0, */*', 'application/json'],
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
])('Accept "%s" gets a failure as %s and a success as application/json', async (Accept, type) => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const success = await gateway.rest(token, johnDoe, { Accept });
  expect([success.status, success.headers.get('content-type')]).toEqual([200, 'application/json']);
  const failure = await gateway.rest(token, johnDoe, { Accept });
  expect([failure.status, failure.headers.get('content-type')]).toEqual([409, type]);
});

test('a taken name of a tag and a reused key are problems of their own', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR', ['users:create', 'tags:write']);
  const tag = await gateway.postJson('/ruangkerja/tags', token, { name: 'Staff' }, asProblem);
  expect(tag.body.problems).toMatchObject([{ errorCode: 11101, pointer: '/name' }]);
  const keyed = { ...asProblem, 'Idempotency-Key': 'one' };
  await gateway.rest(token, johnDoe, keyed);
  const reused = await gateway.rest(token, { ...johnDoe, name: 'Jane' }, keyed);
  expect(reused.body).toMatchObject({ status: 422, problems: [{ errorCode: 13101, pointer: '' }] });
});

test("each of GraphQL's refusals has its number, request id and page", async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const errorsOf = async (query: string, variables?: object, as: string | null = token) =>
    (await gateway.graphql(as, query, variables)).body.errors.map(
      ({ extensions }: { extensions: object }) => extensions,
    );
  expect(await errorsOf('{')).toMatchObject([{ errorCode: 400, ...help(400) }]);
  expect(await errorsOf('{ nothing }')).toMatchObject([{ errorCode: 400, ...help(400) }]);
  expect(await errorsOf(`{ ${'a: __typename '.repeat(501)} }`)).toMatchObject([{ errorCode: 400, ...help(400) }]);
  expect(await errorsOf(createUserMutation, { input: johnDoe }, null)).toMatchObject([
    { errorCode: 401, ...help(401) },
  ]);
  expect(await errorsOf(createUserMutation, { input: { ...johnDoe, employeeID: 5, isActive: null } })).toMatchObject([
    { errorCode: 10111, problems: [{ errorCode: 10111 }], ...help(10111) },
    { errorCode: 10120, problems: [{ errorCode: 10120 }], ...help(10120) },
  ]);
  const neither = await gateway.graphql(token, '{ user { name } }', {}, { 'X-Request-Id': 'asked' });
  expect(neither.body.errors[0].extensions).toEqual({
    code: 'BAD_USER_INPUT',
    errorCode: 400,
    problems: [{ errorCode: 400, message: 'BAD_REQUEST', detail: neither.body.errors[0].message, path: [] }],
    requestId: 'asked',
    docUrl: '/errors/400',
  });
});

test('addresses are absolute by PUBLIC_URL, else by a well-formed Host', async () => {
  const ask = async (env: Record<string, string>, host: string): Promise<string[]> => {
    const gateway = await openGateway({ env });
    const server = gateway.app.listener.serve(createServer()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close().closeAllConnections());
    const { port } = server.address() as AddressInfo;
    const send = async (path: string): Promise<string> => {
      const headers = { Host: host, 'Content-Type': 'application/json', Accept: 'application/problem+json, */*' };
      const sent = nodeRequest({ port, path, method: 'POST', headers }).end('{"query":"{"}');
      const [answer] = await once(sent, 'response');
      const body = JSON.parse((await answer.toArray()).join(''));
      return body.type ?? body.errors[0].extensions.docUrl;
    };
    return [await send('/ruangkerja/users'), await send('/graphql')];
  };
  expect(await ask({}, 'api.example.com:8443')).toEqual([
    'http://api.example.com:8443/errors/401',
    'http://api.example.com:8443/errors/400',
  ]);
  expect(await ask({}, '[::1]:4000')).toEqual(['http://[::1]:4000/errors/401', 'http://[::1]:4000/errors/400']);
  expect(await ask({}, `a"onclick='x`)).toEqual(['/errors/401', '/errors/400']);
  expect(await ask({ PUBLIC_URL: 'https://gateway.example.com/api/' }, 'evil.example')).toEqual([
    'https://gateway.example.com/api/errors/401',
    'https://gateway.example.com/api/errors/400',
  ]);
});
