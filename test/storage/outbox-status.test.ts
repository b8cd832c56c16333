import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/storage/store.ts';
import { uuidv7 } from '../../src/uuid.ts';
import { openTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { newUser } from './open-users.ts';
import { claimDue } from '../support/outbox.ts';

const minuteMs = 60_000;
let count = 0;

describe.each(['SQLite', 'Postgres'])('%s', (engine) => {
  let database: TestDatabase | null = null;
  const folder = mkdtempSync(join(tmpdir(), 'gateway-outbox-status-'));
  let store: Store;
  let companyId: string;

  beforeAll(async () => {
    if (engine === 'Postgres') database = await openTestDatabase();
    const url = database?.url ?? `file:${join(folder, 'gateway.db')}`;
    store = await openStore(url, Date.now);
  });
  afterAll(async () => {
    await store.close();
    await database?.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    companyId = uuidv7(Date.now());
    const texts = { code: `C${++count}`, name: 'PT', mailLocale: null, signInUrl: null, replyTo: null };
    await store.access.addCompany({ id: companyId, ...texts, createdAt: new Date() });
  });

  /** Queues mails, sealed by one key. */
  async function queue(mails: number, keyId: string, createdAt = new Date()): Promise<string[]> {
    const entries = Array.from({ length: mails }, () => ({
      user: newUser(companyId, `E${++count}`, { id: uuidv7(Date.now()), createdAt }),
      mail: { id: uuidv7(Date.now()), sealed: { keyId, nonce: Buffer.alloc(12), ciphertext: Buffer.alloc(40) } },
    }));
    await store.users.add(companyId, entries, { allOrNone: true });
    return entries.map(({ mail }) => mail.id);
  }

  test('an empty outbox', async () => {
    expect(await store.outbox.status(['key'])).toEqual({
      queued: 0,
      dead: 0,
      waitingForKey: 0,
      oldestMs: 0,
      heldAt: null,
      pausedUntil: null,
      dayFullUntil: null,
      lastAcceptedAt: null,
    });
  });

  test('every row is counted once, whichever lane and slice it is in', async () => {
    await queue(2_500, 'key');
    await queue(3, 'strange');
    const claimed = await claimDue(store.outbox, { limit: 120, leaseMs: 60 * minuteMs, first: true, keyIds: ['key'] });
    for (const mail of claimed.slice(0, 5)) await store.outbox.markDead(mail, 'no');
    for (const mail of claimed.slice(5, 9)) await store.outbox.markSent(mail);
    const status = await store.outbox.status(['key', 'other']);
    expect(status).toMatchObject({ queued: 2_494, dead: 5, waitingForKey: 3 });
    expect(await store.outbox.status(['strange', 'aaa'])).toMatchObject({ queued: 2_494, waitingForKey: 2_491 });
    expect(status.oldestMs).toBeLessThan(minuteMs);
  });

  test('a row waits since it was queued, also while its first attempt runs; one that failed since it is due again', async () => {
    const hourAgo = new Date(Date.now() - 60 * minuteMs);
    const [id] = await queue(1, 'lone', hourAgo);
    const oldest = async () => Math.round((await store.outbox.status(['lone'])).oldestMs / minuteMs);
    expect(await oldest()).toBe(60);
    let [mail] = await claimDue(store.outbox, { limit: 1, leaseMs: minuteMs, first: true, keyIds: ['lone'] });
    expect(mail!.id).toBe(id);
    expect(await oldest()).toBe(60);
    await store.outbox.markFailed(mail!, 'busy', new Date(0));
    [mail] = await claimDue(store.outbox, { limit: 1, leaseMs: minuteMs, first: false, keyIds: ['lone'] });
    await store.outbox.markFailed(mail!, 'busy', new Date(Date.now() + minuteMs));
    expect(await oldest()).toBe(0);
    await store.outbox.markSent({ id: id!, attempts: 2 });
  });

  test('what all processes share is told: a hold, a pause, and the last mail that was accepted', async () => {
    const before = Date.now() - 1_000;
    const [id] = await queue(1, 'accepted');
    await store.outbox.markSent({ id: id!, attempts: 0 });
    await store.outbox.pause({ reason: 'quota', firstMs: 60_000, longestMs: 60_000, isProbe: true });
    await store.outbox.hold();
    const { heldAt, pausedUntil, lastAcceptedAt } = await store.outbox.status(['key']);
    expect(heldAt!.getTime()).toBeGreaterThan(before);
    expect(pausedUntil!.getTime()).toBeGreaterThan(before + 20_000);
    expect(lastAcceptedAt!.getTime()).toBeGreaterThan(before);
    await store.outbox.unhold();
    expect(await store.outbox.status(['key'])).toMatchObject({ heldAt: null, pausedUntil: null });
  });
});
