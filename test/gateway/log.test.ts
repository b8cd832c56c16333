import { expect, onTestFinished, test } from 'vitest';
import { johnDoe, openGateway } from '../support/gateway.ts';
import { makeDatabase, startPostgres } from '../support/postgres.ts';

test('one JSON line a request: request id, client, error code of the dictionary, milliseconds', async () => {
  const gateway = await openGateway();
  const { token, clientID } = await gateway.company('RUKR');
  const { token: reader } = await gateway.company('READ', ['users:read']);
  const id = (value: string) => ({ 'X-Request-Id': value });
  const create = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename } }';
  const requests: [id: string, expected: object, send: (headers: Record<string, string>) => Promise<unknown>][] = [
    [
      'created',
      {
        status: 200,
        clientId: clientID,
        route: '/ruangkerja/users',
        method: 'POST',
        outcomes: { created: 1 },
        userSerials: [expect.stringMatching(/^JOHN/)],
      },
      (headers) => gateway.rest(token, johnDoe, headers),
    ],
    [
      'conflict',
      { status: 409, clientId: clientID, errorCode: 10101, route: '/ruangkerja/users', outcomes: { refused: 1 } },
      (headers) => gateway.rest(token, johnDoe, headers),
    ],
    [
      'conflict-graphql',
      {
        status: 200,
        clientId: clientID,
        errorCode: 10101,
        route: '/graphql',
        operation: 'createUser',
        outcomes: { refused: 1 },
      },
      (headers) => gateway.graphql(token, create, { input: johnDoe }, headers),
    ],
    [
      'unknown-token',
      { status: 401, errorCode: 401, route: '/ruangkerja/users' },
      (headers) => gateway.rest('unknown', johnDoe, headers),
    ],
    [
      'unknown-token-graphql',
      { status: 401, errorCode: 401, route: '/graphql', operation: 'createUser' },
      (headers) => gateway.graphql(null, create, { input: johnDoe }, headers),
    ],
    [
      'scope',
      { status: 403, errorCode: 403, route: '/ruangkerja/users' },
      (headers) => gateway.rest(reader, johnDoe, headers),
    ],
    [
      'media-type-graphql',
      { status: 415, errorCode: 415, route: '/graphql' },
      (headers) => gateway.postJson('/graphql', token, 'x', { ...headers, 'Content-Type': 'text/plain' }),
    ],
    [
      'json-graphql',
      { status: 400, errorCode: 400, route: '/graphql' },
      (headers) => gateway.postJson('/graphql', token, '{', headers),
    ],
    [
      'method-graphql',
      { status: 405, errorCode: 405, route: '/graphql' },
      (headers) => gateway.send('/graphql', { method: 'DELETE', headers }),
    ],
    ['nowhere', { status: 404, errorCode: 404, path: '/nowhere' }, (headers) => gateway.send('/nowhere', { headers })],
    [
      'not-so-far',
      { status: 404, errorCode: 404, path: '/ruangkerja/user' },
      (headers) => gateway.send('/ruangkerja/user/john.doe@example.com', { headers }),
    ],
    [
      'one-user',
      { status: 404, errorCode: 10105, route: '/ruangkerja/users/{employeeID}' },
      (headers) => gateway.get('/ruangkerja/users/John%20Doe', reader, headers),
    ],
    [
      'forgotten-prefix',
      { status: 404, errorCode: 404, path: '/users/…' },
      (headers) => gateway.send('/users/budi', { headers }),
    ],
    ['live', { status: 200, path: '/health/live' }, (headers) => gateway.send('/health/live', { headers })],
    [
      'page-method',
      { status: 405, errorCode: 405, path: '/errors' },
      (headers) => gateway.send('/errors', { method: 'DELETE', headers }),
    ],
  ];
  for (const [name, , send] of requests) await send(id(name));
  const lines = gateway.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
  expect(lines).toHaveLength(requests.length);
  for (const [index, [name, expected]] of requests.entries()) {
    expect(lines[index]).toEqual({
      level: 30,
      time: expect.any(Number),
      msg: 'request',
      requestId: name,
      method: expect.any(String),
      status: expect.any(Number),
      ms: expect.any(Number),
      address: '127.0.0.1',
      ...expected,
      ...('clientId' in expected ? {} : lines[index].clientId === undefined ? {} : { clientId: expect.any(String) }),
    });
  }
});

test('the question that an open mailbox page asks twice a second is logged at debug', async () => {
  const gateway = await openGateway({ env: { NODE_ENV: 'development' } });
  await gateway.send('/dev/mails.json?seen=');
  await gateway.send('/dev/mails');
  const lines = gateway.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
  expect(lines.map(({ path, level }) => `${path} ${level}`)).toEqual(['/dev/mails.json 20', '/dev/mails 30']);
});

test('why the database cannot be reached is told to the operator, on both transports and by the delivery, and not to the client', async () => {
  const server = await startPostgres();
  onTestFinished(server.stop);
  const gateway = await openGateway({
    env: { DATABASE_URL: (await makeDatabase(server.url)).url },
    expectErrors: true,
  });
  const { token } = await gateway.company('RUKR');
  await server.halt();
  const answers = [
    await gateway.rest(token, johnDoe, { 'X-Request-Id': 'rest' }),
    await gateway.graphql(token, '{ users { totalCount } }', {}, { 'X-Request-Id': 'graphql' }),
  ];
  const lines = gateway.lines.map((line) => JSON.parse(line));
  for (const { status, text, headers } of answers) {
    expect([status, text.includes('ECONNREFUSED')]).toEqual([503, false]);
    const requestId = headers.get('x-request-id');
    const reason = expect.stringMatching(/^the .*database.* \(ECONNREFUSED\)$/);
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'request', requestId, reason }));
  }
  const warnings = lines.filter(({ level, err }) => level === 40 && err?.code === 'ECONNREFUSED');
  expect(warnings.length).toBe(new Set(warnings.map(({ msg }) => msg)).size);
  expect(warnings[0]).toMatchObject({ requestId: 'rest' });
  await expect
    .poll(() => gateway.lines.some((line) => /outbox could not be read/.test(line) && /ECONNREFUSED/.test(line)), {
      timeout: 5_000,
    })
    .toBe(true);
});
