import { serverAudits } from 'graphql-http';
import { expect, test } from 'vitest';
import { openGateway, help } from '../support/gateway.ts';

const secret = 'hunter2-secret';

test.each([false, true])(
  "all 61 audits of GraphQL over HTTP answer ok, with Yoga's own HTTP layer: %s",
  async (withoutFastPath) => {
    const gateway = await openGateway({ withoutFastPath });
    const { token } = await gateway.company('RUKR');
    const audits = serverAudits({
      url: 'http://127.0.0.1/graphql',
      fetchFn: (url: string, init: RequestInit = {}) =>
        gateway.app.fetch(
          new Request(url, { ...init, headers: { ...(init.headers as Record<string, string>), Authorization: token } }),
          '127.0.0.1',
        ),
    });
    expect(audits).toHaveLength(61);
    const results = await Promise.all(audits.map(async (audit) => ({ name: audit.name, result: await audit.fn() })));
    expect(
      results
        .filter(({ result }) => result.status !== 'ok')
        .map(({ name, result }) => `${name}: ${'reason' in result ? result.reason : ''}`),
    ).toEqual([]);
  },
);

test('malformed JSON is 400 and not echoed: in a body, in variables and extensions of a GET', async () => {
  const gateway = await openGateway();
  const get = (name: string) =>
    gateway.json(
      gateway.send(
        `/graphql?query=${encodeURIComponent('{ __typename }')}&${name}=${encodeURIComponent(`{"password":${secret}}`)}`,
      ),
    );
  for (const answer of [
    await gateway.postJson('/graphql', null, `{"query": "{__typename}", "variables": {"password": "${secret}" oops`),
    await get('variables'),
    await get('extensions'),
  ]) {
    expect(answer.text + gateway.lines.join('')).not.toContain(secret);
    expect([answer.status, answer.body.errors[0].extensions]).toEqual([
      400,
      { code: 'BAD_REQUEST', errorCode: 400, ...help(400) },
    ]);
  }
});

test.each([
  ['no query', {}, '{}'],
  ['a query that is a number', {}, '{"query":5}'],
  ['a body that is a list', {}, '[{"query":"{__typename}"}]'],
  ['a body that is null', {}, 'null'],
  ['variables that are a list', {}, '{"query":"{__typename}","variables":[]}'],
  ['an unknown parameter', {}, '{"query":"{__typename}","queri":1}'],
])('%s is 400 with the number of the dictionary', async (_, headers, body) => {
  const gateway = await openGateway();
  const answer = await gateway.postJson('/graphql', null, body, headers);
  expect([answer.status, answer.body.errors[0].extensions]).toEqual([
    400,
    { code: 'BAD_REQUEST', errorCode: 400, ...help(400) },
  ]);
});

test('another method is 405 with the number of the dictionary and the methods, whatever Accept says; a mutation by GET too', async () => {
  const gateway = await openGateway();
  for (const [method, accept] of [
    ['PUT', 'application/json'],
    ['DELETE', 'text/xml'],
    ['OPTIONS', '*/*'],
  ] as const) {
    const answer = await gateway.json(gateway.send('/graphql', { method, headers: { Accept: accept } }));
    expect([answer.status, answer.headers.get('allow'), answer.body.errors[0].extensions]).toEqual([
      405,
      'GET, POST',
      { code: 'METHOD_NOT_ALLOWED', errorCode: 405, ...help(405) },
    ]);
  }
  const get = await gateway.json(gateway.send(`/graphql?query=${encodeURIComponent('mutation { __typename }')}`));
  expect([get.status, get.headers.get('allow'), get.body.errors[0].extensions]).toEqual([
    405,
    'POST',
    { code: 'METHOD_NOT_ALLOWED', errorCode: 405, ...help(405) },
  ]);
});

test.each([
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['application/*', 'application/json'],
  ['APPLICATION/JSON', 'application/json'],
  ['text/event-stream, application/json', 'application/json'],
  ['multipart/mixed;deferSpec=20220824, application/graphql-response+json', 'application/graphql-response+json'],
  ['application/json;q=0.5, application/graphql-response+json', 'application/graphql-response+json'],
  ['application/json, application/graphql-response+json', 'application/json'],
  ['application/json;q=0, */*', 'application/graphql-response+json'],
  ['text/event-stream, */*;q=0.1', 'application/json'],
])('Accept "%s" gets %s, by POST and by GET', async (Accept, type) => {
  const gateway = await openGateway();
  const answers = [
    await gateway.graphql(null, '{ __typename }', {}, { Accept }),
    await gateway.json(gateway.send('/graphql?query={__typename}', { headers: { Accept } })),
  ];
  for (const answer of answers) {
    expect([answer.status, answer.headers.get('content-type'), answer.body]).toEqual([
      200,
      `${type}; charset=utf-8`,
      { data: { __typename: 'Query' } },
    ]);
  }
});

test.each(['text/event-stream', 'multipart/mixed', 'text/csv', 'application/json;q=0', 'application/xml, */*;q=0'])(
  'Accept "%s" is 406 with the number of the dictionary, by POST and by GET',
  async (Accept) => {
    const gateway = await openGateway();
    const answers = [
      await gateway.graphql(null, '{ __typename }', {}, { Accept }),
      await gateway.json(gateway.send('/graphql?query={__typename}', { headers: { Accept } })),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.body]).toEqual([
        406,
        {
          errors: [
            {
              message: 'only application/json is spoken here',
              extensions: { code: 'NOT_ACCEPTABLE', errorCode: 406, ...help(406) },
            },
          ],
        },
      ]);
    }
  },
);

test('a mutation never runs by GET, a POST that is not application/json is 415', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const query = encodeURIComponent(
    'mutation { createUser(input: { employeeID: "E1", name: "N", phone: "6281122334455", isActive: true }) { __typename } }',
  );
  const get = await gateway.send(`/graphql?query=${query}`, { headers: { Authorization: token } });
  expect(get.status).toBe(405);
  for (const type of [
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/graphql',
    'multipart/form-data; boundary=x',
    'application/graphql+json',
  ]) {
    const answer = await gateway.send('/graphql', {
      method: 'POST',
      headers: { Authorization: token, 'Content-Type': type },
      body: 'query=%7B__typename%7D',
    });
    expect(answer.status, type).toBe(415);
  }
  expect((await gateway.graphql(token, '{ user(employeeID: "E1") { name } }')).body.data.user).toBeNull();
});

test('a body above the limit is 413 with the number, and the connection closes', async () => {
  const gateway = await openGateway({ env: { MAX_BODY_BYTES: '2048' } });
  const answer = await gateway.graphql(null, `{ __typename } # ${'x'.repeat(3000)}`);
  expect([answer.status, answer.body.errors[0].extensions.errorCode]).toEqual([413, 413]);
  expect(answer.headers.get('connection')).toBe('close');
});
