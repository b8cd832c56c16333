import { readFileSync } from 'node:fs';
import { getIntrospectionQuery, GraphQLError } from 'graphql';
import { expect, test } from 'vitest';
import { printedSchema, schema } from '../../src/api/graphql/schema/schema.ts';
import { errorDictionary } from '../../src/errors/error-dictionary.ts';
import { johnDoe, openGateway, help } from '../support/gateway.ts';

test('schema.graphql is the schema (npm run generate brings it up to date)', () => {
  expect(printedSchema()).toBe(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
});

test('errorDictionary answers every row without a token', async () => {
  const gateway = await openGateway();
  const { body } = await gateway.graphql(null, '{ errorDictionary { errorCode message detail httpStatus } }');
  expect(body.data.errorDictionary).toEqual(
    Object.entries(errorDictionary).map(([message, row]) => ({ message, ...row })),
  );
});

test('a mutation that refuses hands the executor no error that it would make a GraphQLError of, and keeps what is answered', async () => {
  const { createUser } = schema.getMutationType()!.getFields();
  const field = {
    loc: { source: { body: 'mutation { one: createUser }', locationOffset: { line: 1, column: 1 } }, start: 11 },
  };
  const refused = createUser!.resolve!(null, { input: johnDoe }, { caller: async () => null }, {
    fieldNodes: [field],
    path: { prev: undefined, key: 'one', typename: 'Mutation' },
  } as never);
  await expect(refused).rejects.toMatchObject({
    path: ['one'],
    locations: [{ line: 1, column: 12 }],
    originalError: { entry: 'UNAUTHORIZED' },
  });
  await expect(refused).rejects.not.toBeInstanceOf(GraphQLError);
});

test('createUser and user without a token are 401, without the scope 403, as top-level errors', async () => {
  const gateway = await openGateway();
  const creator = await gateway.company('CREA', ['users:create']);
  const reader = await gateway.company('READ', ['users:read']);
  const query = '{ user(employeeID: "EMPLY001") { name } }';
  for (const token of [null, 'wrong']) {
    for (const answer of [await gateway.createUser(token, johnDoe), await gateway.graphql(token, query)]) {
      expect(answer.status).toBe(401);
      expect(answer.body.errors[0].extensions).toEqual({ code: 'UNAUTHENTICATED', errorCode: 401, ...help(401) });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  }
  const refused = await gateway.createUser(reader.token, johnDoe);
  expect([refused.status, refused.body.errors[0].extensions.code, refused.body.errors[0].message]).toEqual([
    403,
    'FORBIDDEN',
    expect.stringContaining('users:create'),
  ]);
  expect((await gateway.graphql(creator.token, query)).status).toBe(403);
  const twice = 'mutation {\n  one: createTag(name: "a") { __typename }\n  two: createTag(name: "b") { __typename } }';
  expect((await gateway.graphql(reader.token, twice)).body.errors[0]).toMatchObject({
    path: ['one'],
    locations: [{ line: 2, column: 3 }],
    extensions: { code: 'FORBIDDEN' },
  });
  // What UserCreated holds needs users:create only.
  expect((await gateway.createUser(creator.token, johnDoe)).body.data.createUser.user.name).toBe('John Doe');
});

test('user takes exactly one argument and answers null for an unknown one', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  for (const query of [
    '{ user { name } }',
    '{ user(serial: "A", employeeID: "B") { name } }',
    '{ user(serial: null) { name } }',
  ]) {
    // With data the status is 2xx on either media type, and the error names the field (GraphQL over HTTP 6.4.2, GraphQL
    // 7.1.2).
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const { status, body } = await gateway.graphql(token, query, undefined, { Accept: accept });
      expect([status, body.data]).toEqual([200, { user: null }]);
      expect(body.errors).toEqual([
        {
          message: expect.any(String),
          locations: [{ line: 1, column: 3 }],
          path: ['user'],
          extensions: expect.objectContaining({ code: 'BAD_USER_INPUT', errorCode: 400 }),
        },
      ]);
    }
  }
  expect((await gateway.graphql(token, '{ user(employeeID: "nobody") { name } }')).body).toEqual({
    data: { user: null },
  });
});

test.each([
  ['tokens', `{ ${'errorDictionary { detail } '.repeat(251)} }`],
  [
    'levels of fields',
    `{ a: __schema { types ${'{ ofType '.repeat(0)} { fields { type ${'{ ofType '.repeat(18)} { name } ${'}'.repeat(18)} } } } }`,
  ],
  ['aliases', `{ ${Array.from({ length: 31 }, (_, i) => `a${i}: __typename`).join(' ')} }`],
  ['root fields', `{ ${'__typename '.repeat(11)} }`],
  ['directives', `{ __typename ${'@skip(if: false) '.repeat(51)} }`],
])('an operation with too many %s is refused', async (what, query) => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const { body } = await gateway.graphql(token, query);
  expect(body.data).toBeUndefined();
  expect(body.errors.map(({ message }: { message: string }) => message).join()).toMatch(
    new RegExp(`more than \\d+ ${what}`),
  );
});

test('fragments that double at each level are counted without being spread out, one that spreads itself ends', async () => {
  const gateway = await openGateway();
  const doubling = `{ ...F0 } ${Array.from({ length: 60 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F60 on Query { a: __typename }`;
  expect((await gateway.graphql(null, doubling)).body.errors[0].message).toMatch(/more than 30 aliases/);
  expect((await gateway.graphql(null, '{ ...F } fragment F on Query { ...F }')).body.errors[0].message).toMatch(
    /itself/,
  );
});

test('the standard introspection query passes; in production it needs a token', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  expect((await gateway.graphql(token, getIntrospectionQuery())).body.data.__schema.types.length).toBeGreaterThan(10);
  const refused = await gateway.graphql(null, getIntrospectionQuery());
  expect([refused.status, refused.body.errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
});
