import { expect, test } from 'vitest';
import { johnDoe, openGateway, help } from '../support/gateway.ts';

/** Of each some part is wrong, and its error would show what the schema has. */
const telling: [string, string, unknown?][] = [
  ['a missing field of an input', 'mutation { createUser(input: {}) { __typename } }'],
  ['an input of a wrong type', 'mutation { createUser(input: 5) { __typename } }'],
  [
    'a wrong variable',
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename } }',
    { input: {} },
  ],
  ['a missing variable', 'mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename } }'],
  ['a wrong variable of a query', 'query ($f: UserFilter) { users(filter: $f) { totalCount } }', { f: { x: 1 } }],
  [
    'a wrong variable of a public query',
    'query ($f: UserFilter, $no: Boolean = false) { errorDictionary { detail } users(filter: $f) @include(if: $no) { totalCount } }',
    { f: { x: 1 } },
  ],
  ['an unknown field', '{ usrs { totalCount } }'],
  ['an unknown field of a known type', '{ users { totl } }'],
  ['an unknown field beside the dictionary', '{ errorDictionary { detail } usrs }'],
  ['an unknown field of the dictionary', '{ errorDictionary { detial } }'],
  ['an unknown argument', '{ user(id: 1) { name } }'],
  ['a missing argument', 'mutation { createUser { __typename } }'],
  ['an unknown type of a variable', 'query ($a: Nosuch) { errorDictionary { detail } }'],
  ['a known type of a variable', 'query ($a: User) { errorDictionary { detail } }'],
  ['a fragment on a type', '{ errorDictionary { ... on User { name } } }'],
  ['a fragment on an unknown type', '{ ... on Nosuch { name } }'],
  ['a selection of a scalar', '{ errorDictionary { detail { x } } }'],
  ['a missing selection', '{ users }'],
  ['a wrong enum value', 'mutation { createUsers(inputs: [], onError: NOSUCH) { createdCount } }'],
  ['introspection', '{ __schema { types { name } } }'],
  ['introspection of one type', '{ __type(name: "User") { name } }'],
  ['a subscription', 'subscription { users }'],
];

test.each(telling)('in production %s is 401 without a valid token, and nothing else', async (_, query, variables) => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  for (const wrong of [null, 'wrong', `Bearer ${token}x`]) {
    const { status, body } = await gateway.graphql(wrong, query, variables);
    expect([status, body.errors]).toEqual([
      401,
      [
        {
          message: 'access token is missing, unknown or expired',
          extensions: { code: 'UNAUTHENTICATED', errorCode: 401, ...help(401) },
        },
      ],
    ]);
    const get = await gateway.get(
      `/graphql?query=${encodeURIComponent(query)}&variables=${encodeURIComponent(JSON.stringify(variables ?? {}))}`,
      wrong,
    );
    expect([401, 405]).toContain(get.status);
    expect(get.text).not.toMatch(/User|users|Filter|name/);
  }
  expect((await gateway.graphql(token, query, variables)).status).toBe(200);
});

test('without a token the dictionary is answered, and what a document shows of itself is told', async () => {
  const gateway = await openGateway();
  expect(
    (await gateway.graphql(null, '{ __typename ...D } fragment D on Query { errorDictionary { detail } }')).body.data
      .errorDictionary.length,
  ).toBeGreaterThan(20);
  for (const [query, message] of [
    ['{ __typename', /^Syntax Error/],
    ['{ ...F }', /Unknown fragment "F"/],
    ['{ __typename @include(if: $a) }', /Variable "\$a" is not defined/],
    [`{ ${'__typename '.repeat(11)} }`, /more than 10 root fields/],
  ] as const)
    expect((await gateway.graphql(null, query)).body.errors[0].message).toMatch(message);
});

test('in development a developer without a token learns what is wrong', async () => {
  const gateway = await openGateway({ env: { NODE_ENV: 'development', SMTP_URL: 'smtp://127.0.0.1:1' } });
  const { body } = await gateway.graphql(null, 'mutation { createUser(input: {}) { __typename } }');
  expect(body.errors[0].message).toContain('employeeID');
});

test('the first document of a stranger is judged anew for a client, and the other way round', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const wrong = '{ user(id: 1) { name } }';
  const right = `mutation { createUser(input: { employeeID: "E", name: "${johnDoe.name}", isActive: true, phone: "6281122334455" }) { __typename } }`;
  for (const query of [wrong, right]) {
    expect((await gateway.graphql(null, query)).status).toBe(401);
    expect((await gateway.graphql(token, query)).status).toBe(200);
    expect((await gateway.graphql(null, query)).status).toBe(401);
  }
});
