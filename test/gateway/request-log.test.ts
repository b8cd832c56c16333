import Database from 'better-sqlite3';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorDictionary } from '../../src/errors/error-dictionary.ts';
import { openExchange } from '../../src/api/http/exchange.ts';
import { johnDoe, openGateway } from '../support/gateway.ts';

/** A gateway with a client that may create, and the log lines of its requests. */
async function openLogged(options: Parameters<typeof openGateway>[0] = {}) {
  const gateway = await openGateway(options);
  const { token } = await gateway.company('RUKR');
  const { token: reader } = await gateway.company('READ', ['users:read', 'tags:read']);
  const requests = () => gateway.lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request');
  return { gateway, token, reader, requests };
}

const inputs = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    ...johnDoe,
    employeeID: `E${n}`,
    email: `e${n}@example.com`,
    phone: null,
  }));
const createUsers = `mutation Mine($inputs: [CreateUserInput!]!, $dryRun: Boolean, $key: String) {
  createUsers(inputs: $inputs, dryRun: $dryRun, idempotencyKey: $key) { createdCount }
}`;

test.each([false, true])(
  'a GraphQL operation is named by the field that it calls, never by the client (around the fast path: %s)',
  async (withoutFastPath) => {
    const { gateway, reader, requests } = await openLogged({ withoutFastPath });
    const operations: [query: string, operation: string | undefined][] = [
      ['query Hunter2 { users { totalCount } }', 'users'],
      ['{ a: users { totalCount } b: users { totalCount } }', 'users'],
      ['query { ...F } fragment F on Query { ... on Query { tags { totalCount } __typename } }', 'tags'],
      ['{ users { totalCount } tags { totalCount } }', 'several'],
      ['{ __typename }', 'introspection'],
      ['query Hunter2 { hunter2 }', undefined],
      ['{', undefined],
    ];
    for (const [query] of operations) await gateway.graphql(reader, query);
    expect(requests().map(({ route, operation }) => [route, operation])).toEqual(
      operations.map(([, operation]) => ['/graphql', operation]),
    );
    expect(gateway.lines.join('')).not.toMatch(/hunter2/i);
  },
);

test('a batch has the count of each outcome, the first ten serials and the first problem, on GraphQL as on REST', async () => {
  const { gateway, token, requests } = await openLogged();
  const batch = [...inputs(11), { ...inputs(1)[0]!, employeeID: '?' }];
  const { body } = await gateway.postJson('/ruangkerja/users/create-bulk', token, { items: batch });
  await gateway.graphql(token, createUsers, { inputs: batch });
  await gateway.graphql(token, createUsers, { inputs: inputs(12).slice(11), dryRun: true });
  const serials = body.data.successItems.map(({ response }: { response: { serial: string } }) => response.serial);
  expect(requests()).toMatchObject([
    {
      outcomes: { created: 11, refused: 1 },
      userSerials: serials.slice(0, 10),
      errorCode: errorDictionary.USER_EMPLOYEE_ID_INVALID.errorCode,
    },
    { operation: 'createUsers', outcomes: { refused: 12 }, errorCode: 10101 },
    { operation: 'createUsers', outcomes: { valid: 1 } },
  ]);
});

test('a replay counts as such and has no outcomes; a key that is refused refuses every user of its call', async () => {
  const { gateway, token, requests } = await openLogged();
  const key = { 'Idempotency-Key': 'one' };
  const post = (count: number) =>
    gateway.postJson('/ruangkerja/users/create-bulk', token, { items: inputs(count) }, key);
  for (const count of [2, 2, 3]) await post(count);
  await gateway.graphql(token, createUsers, { inputs: inputs(3), key: 'one' });
  const lines = requests();
  expect(lines).toMatchObject([
    { outcomes: { created: 2 } },
    { replays: 1, status: 200 },
    { outcomes: { refused: 3 }, errorCode: 13101 },
    { outcomes: { refused: 3 }, errorCode: 13101 },
  ]);
  expect([lines[0].replays, lines[1].outcomes, lines[1].userSerials]).toEqual([undefined, undefined, undefined]);
});

test('a mail keeps the request that queued it and its trace, on GraphQL, REST and for a resent password', async () => {
  const { gateway, token, requests } = await openLogged({
    transport: () => Promise.reject(new Error('the mail server is away')),
  });
  const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const headers = (id: string, traceparent = trace) => ({ 'X-Request-Id': id, traceparent });
  await gateway.rest(token, { ...johnDoe, email: 'a@example.com' }, headers('rest'));
  const users = [{ ...johnDoe, employeeID: 'B', email: 'b@example.com', phone: null }];
  await gateway.graphql(token, createUsers, { inputs: users }, headers('graphql'));
  await gateway.rest(token, { ...users[0], employeeID: 'C', email: 'c@example.com' }, headers('bad', `${trace}\tx`));
  const resend = 'mutation ($serial: ID!) { resendPassword(serial: $serial) { __typename } }';
  const [serial] = requests()[0].userSerials;
  await gateway.graphql(token, resend, { serial }, headers('again'));
  const database = new Database(join(gateway.folder, 'gateway.db'), { readonly: true });
  const rows = database.prepare('select request_id, traceparent from outbox order by id').raw().all();
  database.close();
  expect(rows).toEqual([
    ['graphql', trace],
    ['bad', null],
    ['again', trace],
  ]);
});

test.each([
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', true],
  ['cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00', true],
  ['ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', false],
  ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', false],
  ['00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01', false],
  ['00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01', false],
  ['hunter2', false],
])('the traceparent %s is kept: %s', (traceparent, isKept) => {
  const headers = new Headers({ traceparent });
  const { traceparent: kept } = openExchange(headers, { address: '', isLast: () => true }, null);
  expect(kept).toBe(isKept ? traceparent : undefined);
});
