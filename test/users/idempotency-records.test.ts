import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { johnDoe, openGateway } from '../support/gateway.ts';
import { cases } from './create-user-cases.ts';

const problems = /* GraphQL */ `
  {
    errorCode
    message
    detail
    path
  }
`;
const create = /* GraphQL */ `
  mutation ($inputs: [CreateUserInput!]!) {
    createUsers(inputs: $inputs, idempotencyKey: "create") {
      results { ... on CreateUserError { problems ${problems} } }
    }
  }
`;
const upsert = /* GraphQL */ `
  mutation ($inputs: [CreateUserInput!]!, $mode: UpsertMode!, $key: String) {
    upsertUsers(inputs: $inputs, mode: $mode, idempotencyKey: $key) {
      results { ... on UpsertUserError { problems ${problems} } }
    }
  }
`;
const refused: Record<string, unknown>[] = [
  ...cases.filter(({ problems: some, restOnly }) => some && !restOnly).map(({ input }) => input),
  // Without its plus it would be read as another number.
  { phone: '+8616767325' },
];
const personal = ['employeeID', 'name', 'username', 'email', 'phone', 'password'];

test('no record of a key holds a value of its inputs, and every problem is replayed as it was', async () => {
  const { company, graphql, rest, folder } = await openGateway({ env: { RATE_LIMIT: '100000' } });
  const { token } = await company('RUKR', ['users:create', 'users:read', 'users:update']);
  await rest(token, johnDoe);
  // A call that writes nobody leaves no record.
  const written = { employeeID: 'SECOND01', email: 'second.user@example.com', phone: null };
  const inputs = [written, ...refused].map((input): Record<string, unknown> => ({ ...johnDoe, ...input }));
  const calls: [string, object][] = [
    [create, { inputs }],
    ...['CREATE_OR_UPDATE', 'UPDATE_ONLY'].map((mode): [string, object] => [upsert, { inputs, mode, key: mode }]),
  ];
  for (const [query, variables] of calls) {
    const { body } = await graphql(token, query, variables);
    expect(body.errors).toBeUndefined();
    expect((await graphql(token, query, variables)).body).toEqual(body);
  }

  const file = new Database(join(folder, 'gateway.db'), { readonly: true });
  onTestFinished(() => void file.close());
  const records = file.prepare('select results from idempotency_keys').pluck().all().map(String);
  expect(records).toHaveLength(calls.length);
  const kept = records.join('\n');
  expect(kept).toContain('USER_PHONE_INVALID');
  // Shorter values are parts of words.
  const values = inputs.flatMap((input) => personal.map((name) => input[name]));
  const long = values.filter((value) => typeof value === 'string' && value.trim().length > 6);
  expect(long.filter((value) => kept.includes(JSON.stringify(value).slice(1, -1)))).toEqual([]);
});
