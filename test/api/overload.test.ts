import { expect, test } from 'vitest';
import { makeGraphql } from '../../src/api/graphql/graphql.ts';
import type { PlainRequest } from '../../src/api/plain.ts';
import { unavailable } from '../../src/users/error-dictionary.ts';
import { createUserMutation, johnDoe } from '../support/gateway.ts';

/** GraphQL over a gateway that is full or not, and how often a token was looked up. */
function makeDoubles() {
  const double = { full: true, lookUps: 0 };
  const refuse = async (): Promise<void> => {
    if (double.full) throw unavailable('full');
  };
  const graphql = makeGraphql({
    authenticate: async () => {
      double.lookUps++;
      return { clientId: 'hr', companyId: 'c', scopes: new Set(['users:create'] as const) };
    },
    createUsers: async (_, [input]) => {
      if (input!.password) await refuse();
      return { results: [{ problems: [{ name: 'USER_NAME_REQUIRED', detail: '', path: ['name'] }] }], replayed: false };
    },
    refuseCrowd: refuse,
    readUsers: {} as never, resendPassword: {} as never, directory: {} as never,
    schemaNeedsToken: false, maxBodyBytes: 10_000, withoutLeanWay: false, log: console,
  });
  async function ask(password: string | null, authorization = 'token') {
    const body = Buffer.from(JSON.stringify({ query: createUserMutation, variables: { input: { ...johnDoe, password } } }));
    const headers: Record<string, string> = { 'content-type': 'application/json', authorization };
    const exchange = { requestId: 'r', address: '', clientId: undefined as string | undefined };
    const request: PlainRequest = { method: 'POST', url: '/graphql', headers: { get: (name) => headers[name] ?? null }, bytes: async () => body };
    const { status, headers: answered } = await graphql(request, exchange as never);
    return { status, retryAfter: answered['Retry-After'], clientId: exchange.clientId };
  }
  return { double, ask };
}

const refused = { status: 503, retryAfter: '1', clientId: 'hr' };

test('while the queue of a client is full its passwords are 503 without a look-up of the token; its other requests, and another token, are looked up', async () => {
  const { double, ask } = makeDoubles();
  expect(await ask('tenda-mekar-41')).toEqual(refused);
  expect(double.lookUps).toBe(1);
  expect(await ask('tenda-mekar-42')).toEqual(refused);
  expect(double.lookUps).toBe(1);
  expect((await ask(null)).status).toBe(200);
  expect(double.lookUps).toBe(2);
  expect(await ask('tenda-mekar-43', 'other')).toEqual(refused);
  expect(double.lookUps).toBe(3);
});

test('as soon as there is a place in the queue a request goes its whole way again', async () => {
  const { double, ask } = makeDoubles();
  await ask('tenda-mekar-41');
  double.full = false;
  expect((await ask('tenda-mekar-42')).status).toBe(200);
  double.full = true;
  expect(await ask('tenda-mekar-43')).toEqual(refused);
  expect(double.lookUps).toBe(3);
});
