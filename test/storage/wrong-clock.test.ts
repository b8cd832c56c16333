import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/storage/store.ts';
import { uuidv7 } from '../../src/uuid.ts';
import { openTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { addOne } from '../support/store.ts';
import { newUser } from './open-users.ts';
import { claimDue } from '../support/outbox.ts';

const hour = 3_600_000;
const years = 10 * 365 * 24 * hour;
const furthest = { first: 60_000, repeated: 45 * 60_000 };
const lease = 30_000;

// What a clock that was ahead has written, once it is right again.
describe.each(['SQLite', 'Postgres'])('%s', (engine) => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-clock-'));
  let database: TestDatabase | undefined;
  let store: Store;
  let [companyId, clientId] = ['', ''];
  let count = 0;

  beforeAll(async () => {
    if (engine === 'Postgres') database = await openTestDatabase();
    store = await openStore(database?.url ?? `file:${join(folder, 'gateway.db')}`, Date.now);
  });
  afterAll(async () => {
    await store.close();
    await database?.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    [companyId, clientId] = [uuidv7(Date.now()), `client${++count}`];
    const createdAt = new Date();
    await store.access.addCompany({
      id: companyId,
      code: `C${count}`,
      name: 'C',
      mailLocale: null,
      signInUrl: null,
      replyTo: null,
      createdAt,
    });
    const secretHash = Buffer.alloc(32);
    const client = { id: clientId, companyId, name: 'HR', scopes: ['users:read' as const], secretHash, createdAt };
    await store.access.addClient({ ...client, revokedAt: null });
    await execute('delete from outbox');
  });

  /** Sends one statement; `{n}` is a time n milliseconds ahead, in the engine's own form. */
  async function execute(statement: string): Promise<Record<string, unknown>[]> {
    if (database) return database.execute(statement.replaceAll(/\{(-?\d+)\}/g, `(now() + interval '$1 milliseconds')`));
    const raw = new Sqlite(join(folder, 'gateway.db'), { timeout: 2_000 });
    try {
      const prepared = raw.prepare<[], Record<string, unknown>>(
        statement.replaceAll(/\{(-?\d+)\}/g, (_, ms) => String(Date.now() + Number(ms))),
      );
      return prepared.reader ? prepared.all() : (prepared.run(), []);
    } finally {
      raw.close();
    }
  }

  async function queueMail(): Promise<string> {
    const sealed = { keyId: 'k', nonce: Buffer.alloc(12), ciphertext: Buffer.alloc(38) };
    const id = uuidv7(Date.now());
    await addOne(store.users, newUser(companyId, `E${++count}`, { createdAt: new Date() }), { id, sealed });
    return id;
  }
  const idsOf = (mails: readonly { id: string }[]): string[] => mails.map(({ id }) => id);

  test('mails due further ahead than any attempt puts them are due now, and as old as they are', async () => {
    const [fresh, repeated, inFlight, backingOff] = [
      await queueMail(),
      await queueMail(),
      await queueMail(),
      await queueMail(),
    ];
    await execute(`update outbox set attempts = 1 where id <> '${fresh}'`);
    await execute(`update outbox set created_at = {${years}}, due_at = {${years}} where id <> '${backingOff}'`);
    await execute(`update outbox set due_at = {${40 * 60_000}} where id = '${backingOff}'`);
    expect(await claimDue(store.outbox, { limit: 10, leaseMs: lease, first: true, keyIds: ['k'] })).toEqual([]);
    await store.outbox.pullIn(furthest, ['k'], [inFlight]);
    const [first] = await claimDue(store.outbox, { limit: 10, leaseMs: lease, first: true, keyIds: ['k'] });
    expect(first!.id).toBe(fresh);
    expect(first!.createdAt.getTime()).toBeLessThanOrEqual(Date.now());
    expect(idsOf(await claimDue(store.outbox, { limit: 10, leaseMs: lease, first: false, keyIds: ['k'] }))).toEqual([
      repeated,
    ]);
  });

  test('an hour back is enough for a mail that was never tried', async () => {
    const id = await queueMail();
    await execute(`update outbox set due_at = {${hour}}`);
    await store.outbox.pullIn(furthest, ['k'], []);
    expect(idsOf(await claimDue(store.outbox, { limit: 10, leaseMs: lease, first: true, keyIds: ['k'] }))).toEqual([
      id,
    ]);
  });

  test('a dead mail loses its password after its time', async () => {
    await queueMail();
    const [mail] = await claimDue(store.outbox, { limit: 1, leaseMs: lease, first: true, keyIds: ['k'] });
    await store.outbox.markDead(mail!, 'no');
    await execute(`update outbox set ended_at = {${years}}`);
    expect(await store.outbox.eraseDead(new Date(Date.now() - hour), 10)).toBe(0);
    await execute(
      `update outbox set ended_at = ${engine === 'SQLite' ? `ended_at - ${2 * hour}` : `ended_at - interval '2 hours'`}`,
    );
    expect(await store.outbox.eraseDead(new Date(Date.now() - hour), 10)).toBe(1);
  });

  test('a minute of the rate limit ends, whether there is something left of it or not', async () => {
    const ask = { users: 10, limit: 10, shareOfLeft: 64, windowMs: 60_000 };
    for (const used of [10, 3]) {
      await store.access.takeQuota(clientId, ask);
      await execute(`update quotas set used = ${used}, ends_at = {${hour}} where client_id = '${clientId}'`);
      const { taken, endsInMs } = await store.access.takeQuota(clientId, ask);
      expect(taken).toBe(10);
      expect(endsInMs).toBeLessThanOrEqual(60_001);
      expect((await store.access.takeQuota(clientId, ask)).taken).toBe(0);
    }
  });

  test('the hold of an idempotency key ends, and so does its record, which is a replay until then', async () => {
    const hold = { clientId, key: 'key', holder: randomUUID() };
    const reserve = () =>
      store.idempotency.reserve({ ...hold, holder: randomUUID() }, [Buffer.alloc(32)], lease, 24 * hour);
    await store.idempotency.reserve(hold, [Buffer.alloc(32)], lease, 24 * hour);
    expect((await reserve()).kind).toBe('in-use');
    await execute(`update idempotency_keys set lease_ends_at = {${years}}, created_at = {${years}}`);
    expect((await reserve()).kind).toBe('reserved');
    await execute(`update idempotency_keys set completed = true, results = '[]'`);
    expect((await reserve()).kind).toBe('completed');
    expect(await store.idempotency.deleteOld(24 * hour, 10)).toBe(0);
    await execute(
      `update idempotency_keys set created_at = ${engine === 'SQLite' ? `created_at - ${25 * hour}` : `created_at - interval '25 hours'`}`,
    );
    expect(await store.idempotency.deleteOld(24 * hour, 10)).toBe(1);
  });

  test('a token that ends later than one may is none', async () => {
    const [hash, now] = [Buffer.alloc(32, ++count), Date.now()];
    const client = { id: clientId, secretHash: Buffer.alloc(32) };
    await store.access.addToken({ hash, scopes: ['users:read'], expiresAt: new Date(now + years) }, client);
    const latest = (ms: number) => store.access.findCallers([hash], new Date(now), new Date(now + ms));
    expect(await latest(years)).toMatchObject([{ clientId }]);
    expect(await latest(years - 1)).toEqual([null]);
  });
});
