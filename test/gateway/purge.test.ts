import { createHash, randomBytes } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { makeAccess, tokenLifetimeSeconds } from '../../src/access/access.ts';
import { purge, purgeHourly } from '../../src/gateway/purge.ts';
import { makeSqliteAccessStore } from '../../src/storage/sqlite/access.ts';
import { tokens } from '../../src/storage/sqlite/tables.ts';
import { openOutbox } from '../mail/kit.ts';
import { claimDue } from '../support/outbox.ts';

const day = 24 * 3_600_000;

/** A store with a client, a frozen clock that the test moves, and a log of errors. */
async function opened() {
  const kit = await openOutbox();
  let time = Date.now();
  const now = () => time;
  const store = { access: makeSqliteAccessStore(kit.sqlite, now), outbox: kit.outbox };
  const access = makeAccess({ store: store.access, now });
  const { clientID } = await access.createClient((await access.findCompany('RUKR'))!, {
    name: 'HR',
    scopes: ['users:read'],
  });
  const errors: object[] = [];
  const move = (ms: number): void => {
    time += ms;
    kit.clock.skip += ms;
  };
  return {
    kit,
    access,
    clientID,
    move,
    errors,
    needs: {
      store,
      idempotency: { deleteOld: async () => 0 },
      now,
      log: { warn: () => undefined, error: (about: object) => void errors.push(about) },
    },
  };
}

test('expired tokens are deleted, others stay', async () => {
  const { kit, access, clientID, move, needs } = await opened();
  await access.issueToken(clientID, ['users:read']);
  move(1);
  const young = await access.issueToken(clientID, ['users:read']);
  move(tokenLifetimeSeconds * 1000 - 1);
  await purge(needs);
  const left = kit.sqlite.db.select().from(tokens).all();
  expect(left.map(({ hash }) => hash)).toEqual([createHash('sha256').update(young).digest()]);
  expect(await access.authenticate(young)).toMatchObject({ clientId: clientID });
});

test('more expired tokens than one step takes are deleted in several', async () => {
  const { kit, clientID, move, needs } = await opened();
  const rows = Array.from({ length: 1_001 }, () => ({
    hash: randomBytes(32),
    clientId: clientID,
    scope: 'users:read',
    expiresAt: new Date(0),
  }));
  kit.sqlite.db.transaction((tx) => rows.forEach((row) => void tx.insert(tokens).values(row).run()));
  move(1);
  await purge(needs);
  expect(kit.sqlite.db.select().from(tokens).all()).toHaveLength(0);
});

test('a dead mail keeps its password for 7 days and loses it then; queued mails and younger dead ones keep theirs', async () => {
  const { kit, move, needs } = await opened();
  const die = async (email: string): Promise<string> => {
    const id = kit.add(email);
    const [mail] = await claimDue(kit.outbox, { limit: 1, leaseMs: 60 * day, first: true, keyIds: kit.sealer.keyIds });
    await kit.outbox.markDead(mail!, '550 no such user');
    return id;
  };
  const old = await die('old@example.com');
  move(day);
  const young = await die('young@example.com');
  const queued = kit.add('queued@example.com');
  move(6 * day - 3_600_000);
  await purge(needs);
  expect(kit.row(old).ciphertext).not.toBeNull();
  move(2 * 3_600_000);
  await purge(needs);
  expect(kit.row(old)).toMatchObject({
    state: 'dead',
    keyId: null,
    nonce: null,
    ciphertext: null,
    lastError: '550 no such user',
  });
  for (const id of [young, queued]) expect(kit.row(id).ciphertext).not.toBeNull();
  expect(await kit.outbox.retry(old)).toBe('erased');
});

test('the hourly purge runs at the start and each hour, survives a failure, and ends', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] });
  try {
    let runs = 0;
    const errors: object[] = [];
    const store = {
      access: {
        deleteExpiredTokens: async () => ((runs += 1), runs === 1 ? Promise.reject(new Error('disk full')) : 0),
      },
      outbox: { eraseDead: async () => 0 },
    };
    const stop = purgeHourly({
      store,
      idempotency: { deleteOld: async () => 0 },
      now: Date.now,
      log: { warn: () => undefined, error: (about) => void errors.push(about) },
    });
    await vi.advanceTimersByTimeAsync(1);
    expect([runs, errors.length]).toEqual([1, 1]);
    await vi.advanceTimersByTimeAsync(2 * 3_600_000);
    expect([runs, errors.length]).toEqual([3, 1]);
    stop();
    await vi.advanceTimersByTimeAsync(2 * 3_600_000);
    expect(runs).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});

test('a clock that jumps ahead has an hour to be set right before anything is purged by it', async () => {
  vi.useFakeTimers({
    toFake: ['setInterval', 'clearInterval', 'setImmediate', 'clearImmediate', 'performance', 'Date'],
  });
  try {
    let [runs, skip] = [0, 0];
    const warnings: string[] = [];
    const stop = purgeHourly({
      store: { access: { deleteExpiredTokens: async () => ((runs += 1), 0) }, outbox: { eraseDead: async () => 0 } },
      idempotency: { deleteOld: async () => 0 },
      now: () => Date.now() + skip,
      log: { warn: (_, message) => void warnings.push(message), error: () => undefined },
    });
    await vi.advanceTimersByTimeAsync(1);
    skip = 3_600_001;
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([runs, warnings.length]).toEqual([1, 1]);
    skip = 0;
    await vi.advanceTimersByTimeAsync(3_600_000);
    skip = 3_600_000;
    await vi.advanceTimersByTimeAsync(2 * 3_600_000);
    expect([runs, warnings.length]).toEqual([4, 1]);
    stop();
  } finally {
    vi.useRealTimers();
  }
});
