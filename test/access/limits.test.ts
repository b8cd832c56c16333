import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { makeAccess } from '../../src/access/access.ts';
import type { AccessStore } from '../../src/access/ports.ts';
import { makeRateLimit } from '../../src/access/rate-limit.ts';
import { makeTokenGrant } from '../../src/access/token-grant.ts';
import { makeTokenCall } from '../../src/api/rest/token.ts';
import { openStore } from '../../src/storage/store.ts';
import { Refusal, unavailable } from '../../src/errors/error-dictionary.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
});

/** `ok`, or the refusal's name and its Retry-After. */
const outcome = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: unknown) => {
      if (error instanceof Refusal) return `${error.entry} ${error.retryAfterSeconds}`;
      throw error;
    },
  );

/** The token call over a store of its own, with one client; `broken` takes the place of some of the store's verbs. */
async function opened(broken: Partial<AccessStore> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-limits-'));
  const store = await openStore(`file:${join(folder, 'gateway.db')}`, Date.now);
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const whole = makeAccess({ store: store.access, now: Date.now });
  await whole.createCompany({ code: 'RUKR', name: 'Ruangkerja' });
  const client = await whole.createClient((await whole.findCompany('RUKR'))!, { name: 'HR', scopes: ['users:create'] });
  const call = makeTokenCall(makeTokenGrant(makeAccess({ store: { ...store.access, ...broken }, now: Date.now })));
  const documented = (clientID: string, clientSecret: string, address = '192.0.2.1') =>
    outcome(
      call({
        body: { clientID, clientSecret, grantType: 'client_credentials' },
        authorization: null,
        exchange: { address },
      }),
    );
  return { store, access: whole, client, call, documented };
}

const wrong = 'BAD_REQUEST undefined';

test('failed token calls are forgotten when their minute is over, and Retry-After says when', async () => {
  const { client, documented } = await opened();
  for (let index = 0; index < 10; index++) expect(await documented(client.clientID, 'wrong')).toBe(wrong);
  vi.advanceTimersByTime(20_500);
  expect(await documented(client.clientID, 'wrong')).toBe('TOO_MANY_REQUESTS 40');
  vi.advanceTimersByTime(40_000);
  expect(await documented(client.clientID, 'wrong')).toBe(wrong);
});

test('calls that succeed count for nothing', async () => {
  const { client, documented } = await opened();
  for (let index = 0; index < 30; index++) expect(await documented(client.clientID, client.clientSecret)).toBe('ok');
  expect(await documented(client.clientID, 'wrong')).toBe(wrong);
});

test('the addresses of one IPv6 network are one address, those of another network are not', async () => {
  const { documented } = await opened();
  const network = ['2001:db8:0:1::', '2001:db8:0:1:2:3:4:5', '2001:db8::1:ffff:0:0:1', '2001:db8:0:1:0:0:0:9'];
  for (let index = 0; index < 10; index++)
    expect(await documented(`unknown${index}`, 'x', network[index % network.length])).toBe(wrong);
  for (const address of network) expect(await documented('one more', 'x', address)).toMatch(/^TOO_MANY_REQUESTS/);
  for (const address of ['2001:db8:0:2::', '2001:db8:1::', '::1', '::ffff:192.0.2.7'])
    expect(await documented(`of ${address}`, 'x', address)).toBe(wrong);
});

test('the form dialect shares the count with the documented one', async () => {
  const { client, call, documented } = await opened();
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: client.clientID,
    client_secret: 'wrong',
  });
  for (let index = 0; index < 5; index++) {
    expect(await documented(client.clientID, 'wrong')).toBe(wrong);
    expect((await call({ body: form, authorization: null, exchange: { address: '192.0.2.1' } })).status).toBe(401);
  }
  expect(await outcome(call({ body: form, authorization: null, exchange: { address: '192.0.2.1' } }))).toBe(
    'TOO_MANY_REQUESTS 60',
  );
});

test('a busy database is 503 in both dialects and no failed call of the client', async () => {
  for (const verb of ['findClient', 'addToken'] as const) {
    const { client, call, documented } = await opened({
      [verb]: () => Promise.reject(unavailable('database', 'the database is busy')),
    });
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client.clientID,
      client_secret: client.clientSecret,
    });
    for (let index = 0; index < 12; index++) {
      expect(await documented(client.clientID, client.clientSecret)).toBe('SERVICE_UNAVAILABLE 1');
      expect(await outcome(call({ body: form, authorization: null, exchange: { address: '192.0.2.1' } }))).toBe(
        'SERVICE_UNAVAILABLE 1',
      );
    }
  }
});

test('an unexpected error of the store is thrown as it is, for the log', async () => {
  const disaster = new Error('a disaster');
  const { client, documented } = await opened({ findClient: () => Promise.reject(disaster) });
  await expect(documented(client.clientID, client.clientSecret)).rejects.toBe(disaster);
});

/** Two processes on one database, and two clients. */
async function limits(perMinute: number) {
  const { store, client, access } = await opened();
  const other = await access.createClient((await access.findCompany('RUKR'))!, { name: 'Payroll', scopes: [] });
  return {
    ours: makeRateLimit(perMinute, store.access),
    theirs: makeRateLimit(perMinute, store.access),
    a: client.clientID,
    b: other.clientID,
  };
}

test('the rate limit counts users per client until the minute is over', async () => {
  const { ours, a, b } = await limits(5);
  expect(await outcome(ours(a, 5))).toBe('ok');
  vi.advanceTimersByTime(10_000);
  expect(await outcome(ours(a, 1))).toBe('TOO_MANY_REQUESTS 50');
  expect(await outcome(ours(b, 5))).toBe('ok');
  vi.advanceTimersByTime(50_000);
  expect(await outcome(ours(a, 5))).toBe('ok');
});

test('requests at once, on two processes, pass the rate limit exactly as often as it says', async () => {
  const { ours, theirs, a } = await limits(10);
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, (_, index) => outcome((index % 2 ? ours : theirs)(a, 1))),
  );
  expect(outcomes.filter((one) => one === 'ok')).toHaveLength(10);
});

test('a batch passes the rate limit whole or not at all, and one that does not pass counts for nothing', async () => {
  const { ours, a } = await limits(100);
  expect(await outcome(ours(a, 60))).toBe('ok');
  expect(await outcome(ours(a, 41))).toBe('TOO_MANY_REQUESTS 60');
  expect(await outcome(ours(a, 101))).toBe('TOO_MANY_REQUESTS 60');
  expect(await outcome(ours(a, 40))).toBe('ok');
  expect(await outcome(ours(a, 1))).toBe('TOO_MANY_REQUESTS 60');
});

test('shares taken by a process spare it round trips, never let more pass, and leave little unused', async () => {
  const { ours, theirs, a } = await limits(6_000);
  let passed = 0;
  for (const limit of [theirs, ours])
    for (let tries = 0; tries < 6_000; tries++) passed += (await outcome(limit(a, 1))) === 'ok' ? 1 : 0;
  expect(passed).toBe(6_000);
  const third = await limits(6_000);
  expect(await outcome(third.theirs(third.a, 1))).toBe('ok');
  passed = 1;
  for (let tries = 0; tries < 6_000; tries++) passed += (await outcome(third.ours(third.a, 1))) === 'ok' ? 1 : 0;
  expect(passed).toBeGreaterThan(5_800);
});

test('a rate limit of 0 is none', async () => {
  const { ours, a } = await limits(0);
  for (let index = 0; index < 100; index++) expect(await outcome(ours(a, 1_000))).toBe('ok');
});
