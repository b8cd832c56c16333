import { expect, test } from 'vitest';
import type { Scope } from '../../src/access/ports.ts';
import { createUserMutation, johnDoe, openGateway, help } from '../support/gateway.ts';

const extensions = { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } };

test('a persisted query of Apollo Client is not supported, by POST and by GET, and its document is executed', async () => {
  for (const withoutFastPath of [false, true]) {
    const gateway = await openGateway({ withoutFastPath });
    const get = `/graphql?operationName=A&variables=%7B%7D&extensions=${encodeURIComponent(JSON.stringify(extensions))}`;
    for (const Accept of ['application/json', 'application/graphql-response+json,application/json;q=0.9'])
      for (const answer of [
        await gateway.postJson('/graphql', null, { operationName: 'A', variables: {}, extensions }, { Accept }),
        await gateway.postJson('/graphql', null, { query: null, extensions }, { Accept }),
        await gateway.get(get, null, { Accept }),
      ])
        expect([answer.status, answer.body]).toEqual([
          200,
          {
            errors: [
              {
                message: 'PersistedQueryNotSupported',
                extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', errorCode: 400, ...help(400) },
              },
            ],
          },
        ]);
    const whole = { query: 'query A { __typename }', operationName: 'A', extensions };
    expect((await gateway.postJson('/graphql', null, whole)).body).toEqual({ data: { __typename: 'Query' } });
    for (const other of [{}, { extensions: {} }, { extensions: { persistedQuery: null } }, { query: 5, extensions }])
      expect((await gateway.postJson('/graphql', null, other)).status).toBe(400);
  }
});

const twice =
  'mutation ($a: CreateUserInput!, $b: CreateUserInput!, $skip: Boolean = false) { a: createUser(input: $a) { __typename } b: createUser(input: $b) @skip(if: $skip) { __typename } }';
const [ours, theirs] = [johnDoe, { ...johnDoe, employeeID: 'E2', email: 'e2@example.com', phone: null }];

test.each([false, true])(
  "the header Idempotency-Key is the key of a single creation, with Yoga's own HTTP layer: %s",
  async (withoutFastPath) => {
    const gateway = await openGateway({ withoutFastPath });
    const { token } = await gateway.company('RUKR');
    const create = (key: string | null, input: object, query = createUserMutation, more: object = {}) =>
      gateway.graphql(token, query, { input, ...more }, key === null ? {} : { 'Idempotency-Key': key });
    const [first, again] = [await create('k1', ours), await create('"k1"', ours)];
    expect(again.body).toEqual(first.body);
    expect(first.body.data.createUser.user.serial).toBeTruthy();
    expect((await create(null, ours)).body.data.createUser.errorCode).toBe(10101);
    expect((await create('k1', theirs)).body.data.createUser.errorCode).toBe(13101);
    // The twin shares the keys of a client.
    expect((await gateway.rest(token, ours, { 'Idempotency-Key': 'k1' })).headers.get('idempotent-replayed')).toBe(
      'true',
    );
    // The argument counts, not the header, unless it is null.
    const withArgument =
      'mutation ($input: CreateUserInput!, $key: String) { createUser(input: $input, idempotencyKey: $key) { __typename ... on CreateUserError { errorCode } } }';
    expect((await create('k1', theirs, withArgument, { key: 'k2' })).body.data.createUser.__typename).toBe(
      'UserCreated',
    );
    expect((await create('k1', theirs, withArgument, { key: null })).body.data.createUser.errorCode).toBe(13101);
    expect((await create('k 1', ours)).status).toBe(400);
    expect(gateway.mails.length).toBeLessThanOrEqual(2);
  },
);

test('the header is the key of createUsers, and of the one creation that is not skipped; of several it is none', async () => {
  const gateway = await openGateway();
  const scopes: Scope[] = ['users:create', 'users:read', 'tags:write'];
  const { token } = await gateway.company('RUKR', scopes);
  const batch =
    'mutation ($inputs: [CreateUserInput!]!) { ...B } fragment B on Mutation { createUsers(inputs: $inputs) { replayed createdCount } createTag(name: "A") { __typename } }';
  const key = { 'Idempotency-Key': 'b' };
  const inputs = [1, 2].map((n) => ({ ...johnDoe, employeeID: `B${n}`, email: `b${n}@example.com`, phone: null }));
  expect((await gateway.graphql(token, batch, { inputs }, key)).body.data.createUsers.replayed).toBe(false);
  expect((await gateway.graphql(token, batch, { inputs }, key)).body.data.createUsers).toEqual({
    replayed: true,
    createdCount: 2,
  });
  const single = { a: ours, b: theirs, skip: true };
  const names = async (variables: object) => {
    const { data } = (await gateway.graphql(token, twice, variables, { 'Idempotency-Key': 't' })).body;
    return [data.a?.__typename, data.b?.__typename];
  };
  expect(await names(single)).toEqual(['UserCreated', undefined]);
  expect(await names(single)).toEqual(['UserCreated', undefined]);
  expect(await names({ a: ours, b: theirs })).toEqual(['CreateUserError', 'UserCreated']);
  expect(await names({ a: ours, b: theirs })).toEqual(['CreateUserError', 'CreateUserError']);
});
