import { getIntrospectionQuery } from 'graphql';
import { expect, test } from 'vitest';
import type { Scope } from '../../src/access/ports.ts';
import { connectionOf, totalCount } from '../../src/api/graphql/schema/connection.ts';
import { type Gateway, johnDoe, openGateway, help } from '../support/gateway.ts';

const everyScope: Scope[] = ['users:create', 'users:read', 'tags:write', 'tags:read', 'organizations:read'];
const aliases = (count: number, selection: string) =>
  Array.from({ length: count }, (_, at) => `a${at}: ${selection}`).join(' ');
const usersOf = (count: number, tagSerials: string[] = [], more: object = {}) =>
  Array.from({ length: count }, (_, at) => ({
    ...johnDoe,
    employeeID: `E${at}`,
    email: `someone.of.the.company.${at}@example.com`,
    phone: `62811${1_000_000 + at}`,
    tagSerials,
    ...more,
  }));

async function opened(): Promise<{ gateway: Gateway; token: string; tag: string }> {
  const gateway = await openGateway();
  return { gateway, ...(await gateway.company('RUKR', everyScope)) };
}

test.each([
  ['characters', `{ __typename } # ${'x'.repeat(65_536)}`],
  ['lines', `{ __typename ${'\n'.repeat(2_000)} }`],
  ['lines', `{ __typename ${'\r\n'.repeat(2_000)} }`],
  ['lines', `{ __typename ${'\r'.repeat(2_000)} }`],
])('a document with too many %s is not even parsed', async (what, query) => {
  const { gateway, token } = await opened();
  for (const [Accept, status] of [
    ['application/json', 200],
    ['application/graphql-response+json', 400],
  ] as const) {
    const answer = await gateway.graphql(token, `${query} is no document`, {}, { Accept });
    expect([answer.status, answer.body.errors]).toEqual([
      status,
      [
        {
          message: expect.stringMatching(new RegExp(`more than \\d+ ${what}`)),
          extensions: { code: 'GRAPHQL_PARSE_FAILED', errorCode: 400, ...help(400) },
        },
      ],
    ]);
  }
});

test('a document of just under the limits passes', async () => {
  const { gateway, token } = await opened();
  const lines = await gateway.graphql(token, `{ __typename ${'\n'.repeat(1_999)} }`);
  const characters = await gateway.graphql(token, `{ __typename } #${'x'.repeat(65_520)}`);
  expect([lines.body, characters.body]).toEqual(Array(2).fill({ data: { __typename: 'Query' } }));
});

test.each([
  ['an operation', (name: string) => `query ${name} { nosuch }`],
  ['an alias', (name: string) => `{ ${name}: nosuch }`],
  ['a field', (name: string) => `{ ${name} }`],
  ['an argument', (name: string) => `{ user(${name}: 1) { name } }`],
  ['a fragment', (name: string) => `{ ...${name} } fragment ${name} on Query { nosuch }`],
  ['a directive', (name: string) => `{ __typename @${name} }`],
  ['a type', (name: string) => `query ($a: ${name}) { __typename }`],
  ['a field of an input', (name: string) => `{ users(filter: { ${name}: 1 }) { totalCount } }`],
])('the name of %s has at most 256 characters, and an error tells at most 500 of it', async (_, query) => {
  const { gateway, token } = await opened();
  const { body, text } = await gateway.graphql(token, query('n'.repeat(20_000)));
  expect(body.errors.map(({ message }: { message: string }) => message)).toContainEqual(
    'A name has more than 256 characters.',
  );
  expect(text.length).toBeLessThan(10_000);
});

test('an operation name of the request that is not in its document is told in short', async () => {
  const { gateway, token } = await opened();
  const { body, text } = await gateway.postJson('/graphql', token, {
    query: 'query A { __typename } query B { __typename }',
    operationName: 'n'.repeat(900_000),
  });
  expect(body.errors).toHaveLength(1);
  expect(text.length).toBeLessThan(1_000);
});

const batch = (selection: string) =>
  `mutation ($inputs: [CreateUserInput!]!) { createUsers(inputs: $inputs) { results { ... on UserCreated { user { ${selection} } } } } }`;
const serials = Array.from({ length: 100 }, (_, at) => `RUKRTAG-${String(at).padStart(8, '0')}`);
const manyTags = { inputs: usersOf(480, serials) };
const fragments =
  'fragment A on User { ...B b: tags { ...T } } fragment B on User { ...C c: tags { ...T } } fragment C on User { d: tags { ...T } e: tags { ...T } } fragment T on Tag { serial name }';
test.each<[string, string, unknown]>([
  ['30 times the tags of a batch', batch(aliases(30, 'tags { serial name }')), manyTags],
  ['the same in fragments', `${batch('...A f: tags { ...T } g: tags { ...T }')} ${fragments}`, manyTags],
  [
    'the same of a batch in the document, its tags in a variable',
    `mutation ($t: [String!]) { createUsers(inputs: [${'{ employeeID: "E", name: "N", isActive: true, tagSerials: $t } '.repeat(40)}]) { results { ... on UserCreated { user { ${aliases(29, 'tags { serial name }')} } } } } }`,
    { t: serials },
  ],
  [
    '30 times the tags of a page',
    `{ users(first: 100) { edges { node { ${aliases(30, 'tags { serial name }')} } } } }`,
    {},
  ],
  [
    'the same by a variable',
    `query ($n: Int!) { users(first: $n) { edges { node { ${aliases(30, 'tags { serial name }')} } } } }`,
    { n: 100 },
  ],
  [
    'the same by the default of a variable',
    `query ($n: Int! = 100) { users(first: $n) { edges { node { ${aliases(30, 'tags { serial name }')} } } } }`,
    {},
  ],
  [
    'ten pages with their tags',
    `{ ${aliases(10, 'users(first: 100) { edges { node { tags { serial name } } } }')} }`,
    {},
  ],
  [
    'the edges of a page ten times',
    `{ users(first: 100) { ${aliases(10, 'edges { node { tags { serial name } } }')} } }`,
    {},
  ],
])('an operation that may answer too much is refused before it runs: %s', async (_, query, variables) => {
  const { gateway, token } = await opened();
  const answer = await gateway.graphql(token, query, variables);
  expect(answer.body.data).toBeUndefined();
  expect(answer.body.errors).toEqual([
    {
      message: expect.stringMatching(/^The answer may hold \d{6,7} values, more than 200000/),
      extensions: { code: 'BAD_REQUEST', errorCode: 400, ...help(400) },
    },
  ]);
  expect((await gateway.graphql(token, '{ users { totalCount } }')).body.data.users.totalCount).toBe(0);
});

test('one list that is asked for a negative number makes up for no other', async () => {
  const { gateway, token } = await opened();
  const query = `{ less: users(first: -1000000) { edges { cursor } } more: users(first: 100) { edges { node { ${aliases(28, 'tags { serial name }')} } } } }`;
  expect((await gateway.graphql(token, query)).body.errors[0].message).toMatch(/^The answer may hold/);
});

const everything = `__typename ... on UserCreated { passwordDelivery user { serial employeeID name username email phone isActive passwordMail createdAt tags { serial name } organization { serial name isActive parentSerial } } } ... on CreateUserError { errorCode message detail problems { errorCode message detail path } }`;

test('1,000 users are answered with every field, and a page of 100 with its tags; so is introspection', async () => {
  const { gateway, token, tag } = await opened();
  const { body, text } = await gateway.graphql(
    token,
    `mutation ($inputs: [CreateUserInput!]!) { createUsers(inputs: $inputs) { createdCount results { ${everything} } } }`,
    { inputs: usersOf(1_000, [tag, ...serials.slice(0, 0)]) },
  );
  expect(body.data.createUsers.createdCount).toBe(1_000);
  expect(
    new Set(body.data.createUsers.results.map((one: { user: { tags: object[] } }) => one.user.tags.length)),
  ).toEqual(new Set([1]));
  expect(text.length).toBeGreaterThan(300_000);
  const page = await gateway.graphql(
    token,
    '{ users(first: 100) { totalCount edges { cursor node { serial employeeID name username email phone isActive passwordMail createdAt tags { serial name } organization { serial name isActive parentSerial } } } pageInfo { endCursor } } }',
  );
  expect(page.body.data.users.edges).toHaveLength(100);
  expect((await gateway.graphql(token, getIntrospectionQuery())).body.errors).toBeUndefined();
});

test('an answer above 4 MB is not made, and says that what was changed stays', async () => {
  const { gateway, token } = await opened();
  const answer = await gateway.graphql(token, batch(aliases(30, 'name')), {
    inputs: usersOf(400, [], { name: 'é'.repeat(200), email: null }),
  });
  expect(answer.body).toEqual({
    data: null,
    errors: [
      {
        message: expect.stringMatching(/larger than 4194304 bytes.*stays/),
        extensions: { code: 'BAD_REQUEST', errorCode: 400, ...help(400) },
      },
    ],
  });
  expect((await gateway.graphql(token, '{ users { totalCount } }')).body.data.users.totalCount).toBe(400);
});

test('of one connection there is one count, however often it is asked for, and its edges can be asked for twice', async () => {
  const { gateway, token } = await opened();
  await gateway.graphql(token, batch('serial'), { inputs: usersOf(3) });
  const query = `{ users(filter: { name: "john" }) { ${aliases(28, 'totalCount')} one: edges { node { employeeID } } two: edges { node { employeeID } } } }`;
  const { users } = (await gateway.graphql(token, query)).body.data;
  expect(users).toMatchObject({ a0: 3, a27: 3 });
  expect([users.one.length, users.two]).toEqual([3, users.one]);
});

test('an operation makes three searches, of users and tags together; lists that an index serves are no search', async () => {
  const { gateway, token, tag } = await opened();
  const search = (count: number) =>
    `{ ${Array.from({ length: count }, (_, at) => (at % 2 ? `s${at}: tags(name: "x") { totalCount }` : `s${at}: users(filter: { name: "x" }) { totalCount }`)).join(' ')} }`;
  expect((await gateway.graphql(token, search(3))).body.errors).toBeUndefined();
  const refused = await gateway.graphql(token, search(4));
  expect(refused.body.errors[0].message).toMatch(/searches at most 3 times/);
  for (const filter of ['isActive: true, name: "x"', 'phone: "1"', 'email: "a"', `tagSerial: "${tag}", isActive: true`])
    expect(
      (await gateway.graphql(token, `{ ${aliases(4, `users(filter: { ${filter} }) { totalCount }`)} }`)).body.errors,
    ).toHaveLength(1);
  for (const filter of ['isActive: true', 'employeeID: "E1", name: "x"', `tagSerial: "${tag}"`, 'name: " "'])
    expect(
      (await gateway.graphql(token, `{ ${aliases(10, `users(filter: { ${filter} }) { totalCount }`)} }`)).body.errors,
    ).toBeUndefined();
});

test('a connection counts once for all who ask', async () => {
  let counts = 0;
  const listing = {
    isSearch: true,
    list: async () => [],
    page: async () => ({ items: [], total: 0 }),
    count: async () => ++counts,
  };
  const connection = await connectionOf(listing, { first: 1 }, { searches: 0 });
  expect(await Promise.all(Array.from({ length: 30 }, () => totalCount(connection)))).toEqual(Array(30).fill(1));
});
