import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openStore, type Store } from '../../src/storage/store.ts';
import type { Hold } from '../../src/users/idempotency-store.ts';
import type { AddOutcome, NewUser } from '../../src/users/ports.ts';
import { uuidv7 } from '../../src/uuid.ts';
import { openTestDatabase, type TestDatabase } from '../support/postgres.ts';

const lease = 30_000;
const day = 24 * 3_600_000;
const [print, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
let count = 0;

describe.each(['SQLite', 'Postgres'])('%s', (engine) => {
  let database: TestDatabase | null = null;
  const folder = mkdtempSync(join(tmpdir(), 'gateway-idempotency-'));
  /** Two processes on one database. */
  let stores: Store[];
  let companyId: string;
  let clientId: string;

  beforeAll(async () => {
    if (engine === 'Postgres') database = await openTestDatabase();
    const url = database?.url ?? `file:${join(folder, 'gateway.db')}`;
    stores = await Promise.all([openStore(url, Date.now), openStore(url, Date.now)]);
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await database?.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    [companyId, clientId] = [uuidv7(Date.now()), `client${++count}`];
    await stores[0]!.access.addCompany({
      id: companyId,
      code: `C${count}`,
      name: 'PT',
      mailLocale: null,
      signInUrl: null,
      replyTo: null,
      createdAt: new Date(),
    });
    await stores[0]!.access.addClient({
      id: clientId,
      companyId,
      name: 'HR',
      scopes: [],
      secretHash: print,
      createdAt: new Date(),
      revokedAt: null,
    });
  });

  const hold = (key: string): Hold => ({ clientId, key, holder: `holder${++count}` });
  const reserve = (one: Hold, fingerprint = print, leaseMs = lease, keepMs = day) =>
    stores[count % 2]!.idempotency.reserve(one, [fingerprint], leaseMs, keepMs);
  const makeUser = (employeeID: string): NewUser => ({
    id: uuidv7(Date.now()),
    companyId,
    serial: `S${++count}`,
    employeeID,
    name: 'Siti',
    username: null,
    email: `e${count}@example.com`,
    phone: null,
    passwordHash: '-',
    isActive: true,
    tagSerials: [],
    organizationSerial: null,
    importKey: null,
    createdAt: new Date(),
  });
  const makeMail = () => ({
    id: uuidv7(Date.now()),
    sealed: { keyId: 'k', nonce: Buffer.alloc(12), ciphertext: Buffer.alloc(16) },
  });
  const progress =
    (results: string, completed = true) =>
    () => ({ results, completed });
  const verdicts = (outcomes: readonly AddOutcome[] | null) =>
    outcomes?.map((one) => (one.kind === 'taken' ? one.field : one.kind));

  test('a key is held by one call; the same request finds it in use, another one reused, and completed it is told', async () => {
    const first = hold('k');
    expect(await reserve(first)).toEqual({ kind: 'reserved', results: null });
    expect((await reserve(hold('k'))).kind).toBe('in-use');
    expect((await reserve(hold('k'), other)).kind).toBe('reused');
    expect(await stores[1]!.idempotency.note(first, { results: '["S1"]', completed: true })).toBe(true);
    expect(await reserve(hold('k'))).toEqual({ kind: 'completed', results: '["S1"]' });
    expect((await reserve(hold('k'), other)).kind).toBe('reused');
    expect((await reserve(hold('another'))).kind).toBe('reserved');
  });

  test('a request made under the key before a rotation is the same', async () => {
    await reserve(hold('k'), other);
    expect((await stores[0]!.idempotency.reserve(hold('k'), [print, other], lease, day)).kind).toBe('in-use');
  });

  test('of calls at once exactly one holds the key', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => reserve(hold('k'))));
    expect(outcomes.filter(({ kind }) => kind === 'reserved')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'in-use')).toHaveLength(19);
  });

  test('a lease that ended is taken over with what was settled, and the first holder changes nothing any more', async () => {
    const dead = hold('k');
    await reserve(dead, print, 50);
    await stores[0]!.idempotency.note(dead, { results: '["S1",null]', completed: false });
    const next = hold('k');
    await vi.waitFor(async () => expect(await reserve(next)).toEqual({ kind: 'reserved', results: '["S1",null]' }), {
      interval: 10,
    });
    expect(await stores[0]!.idempotency.renew(dead, lease)).toBe(false);
    expect(await stores[0]!.idempotency.note(dead, { results: '[]', completed: true })).toBe(false);
    await stores[0]!.idempotency.release(dead);
    expect(await stores[1]!.idempotency.renew(next, lease)).toBe(true);
    expect(
      await stores[0]!.users.add(companyId, [{ user: makeUser('E1'), mail: makeMail() }], {
        allOrNone: false,
        record: { hold: dead, progress: progress('["E1"]') },
      }),
    ).toBeNull();
    expect(await stores[0]!.users.find(companyId, { employeeID: 'E1' })).toBeNull();
  });

  test('a renewed lease outlives its first end', async () => {
    const long = hold('k');
    await reserve(long, print, 100);
    const end = Date.now() + 200;
    await stores[0]!.idempotency.renew(long, lease);
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(end));
    expect((await reserve(hold('k'))).kind).toBe('in-use');
  });

  test('released without results a key is free for any request, with results it is taken up at once', async () => {
    const refused = hold('k');
    await reserve(refused);
    await stores[0]!.idempotency.release(refused);
    const partly = hold('k');
    expect(await reserve(partly, other)).toEqual({ kind: 'reserved', results: null });
    await stores[0]!.idempotency.note(partly, { results: '["S1",null]', completed: false });
    await stores[0]!.idempotency.release(partly);
    expect(await reserve(hold('k'), other)).toEqual({ kind: 'reserved', results: '["S1",null]' });
  });

  test('a key with results is taken up at once, in the same millisecond too', async () => {
    for (let n = 0; n < 50; n++) {
      const first = hold(`k${n}`);
      await reserve(first);
      await stores[0]!.idempotency.note(first, { results: '["S1",null]', completed: false });
      await stores[0]!.idempotency.release(first);
      expect((await reserve(hold(`k${n}`))).kind).toBe('reserved');
    }
  });

  test('after its time a key is free for any request, and old records are deleted in steps', async () => {
    for (const key of ['a', 'b', 'c']) await reserve(hold(key));
    await vi.waitFor(async () => expect((await reserve(hold('a'), other, lease, 20)).kind).toBe('reserved'), {
      interval: 5,
    });
    await vi.waitFor(async () => {
      expect(await stores[0]!.idempotency.deleteOld(10, 2)).toBe(2);
    });
    while ((await stores[1]!.idempotency.deleteOld(-1_000, 1_000)) > 0);
    expect((await reserve(hold('b'), other)).kind).toBe('reserved');
  });

  test('users and the record are one transaction: the results are those of the users that were added', async () => {
    await stores[0]!.users.add(companyId, [{ user: makeUser('E1'), mail: null }], { allOrNone: false });
    const mine = hold('k');
    await reserve(mine);
    const entries = ['E0', 'e1', 'E2'].map((employeeID) => ({ user: makeUser(employeeID), mail: makeMail() }));
    const added = await stores[0]!.users.add(companyId, entries, {
      allOrNone: false,
      record: {
        hold: mine,
        progress: (outcomes) => ({ results: JSON.stringify(verdicts(outcomes)), completed: true }),
      },
    });
    expect(verdicts(added)).toEqual(['added', 'employeeID', 'added']);
    expect(await reserve(hold('k'))).toEqual({ kind: 'completed', results: '["added","employeeID","added"]' });
    expect(
      (await stores[1]!.users.findAll(companyId, { serials: entries.map(({ user }) => user.serial) }))
        .map(({ employeeID }) => employeeID)
        .toSorted(),
    ).toEqual(['E0', 'E2']);
  });

  test('all or none: when one is taken, or its tag is gone, nothing of the others stays, the record included', async () => {
    await stores[0]!.users.add(companyId, [{ user: makeUser('E1'), mail: null }], { allOrNone: false });
    const mine = hold('k');
    await reserve(mine);
    const record = { hold: mine, progress: progress('["all"]') };
    const entries = [makeUser('E0'), makeUser('E1'), { ...makeUser('E2'), tagSerials: ['GONE'] }].map((user) => ({
      user,
      mail: makeMail(),
    }));
    expect(verdicts(await stores[0]!.users.add(companyId, entries, { allOrNone: true, record }))).toEqual([
      'added',
      'employeeID',
      'reference-gone',
    ]);
    expect(await stores[0]!.users.find(companyId, { employeeID: 'E0' })).toBeNull();
    expect((await reserve(hold('k'))).kind).toBe('in-use');
    expect(verdicts(await stores[0]!.users.add(companyId, [entries[0]!], { allOrNone: true, record }))).toEqual([
      'added',
    ]);
    expect(await reserve(hold('k'))).toEqual({ kind: 'completed', results: '["all"]' });
  });

  test('a batch in which one cannot be added adds the others, each with its mail', async () => {
    const same = [
      makeUser('E1'),
      { ...makeUser('E2'), email: 'twice@example.com' },
      { ...makeUser('E3'), email: 'twice@example.com' },
      { ...makeUser('E4'), organizationSerial: 'GONE' },
      makeUser('E5'),
    ];
    const added = await stores[0]!.users.add(
      companyId,
      same.map((user) => ({ user, mail: makeMail() })),
      { allOrNone: false },
    );
    expect(verdicts(added)).toEqual(['added', 'added', 'email', 'reference-gone', 'added']);
    const mails = (await stores[1]!.outbox.list({ limit: 100 })).map(({ userSerial }) => userSerial);
    for (const [at, { serial }] of same.entries())
      expect(mails.includes(serial), same[at]!.employeeID).toBe([0, 1, 4].includes(at));
  });

  test('an import key makes one user of a company; a look-up knows it', async () => {
    const withKey = () => ({ ...makeUser(`E${++count}`), importKey: 'file 1 line 7' });
    const add = async (user: NewUser) =>
      verdicts(await stores[0]!.users.add(companyId, [{ user, mail: null }], { allOrNone: false }));
    const nothing = { tagSerials: [], organizationSerial: null };
    expect((await stores[0]!.users.lookUp(companyId, [{ ...nothing, importKey: 'file 1 line 7' }]))[0]!.imported).toBe(
      false,
    );
    expect(await add(withKey())).toEqual(['added']);
    expect(await add(withKey())).toEqual(['importKey']);
    const found = await stores[1]!.users.lookUp(companyId, [
      { ...nothing, importKey: 'file 1 line 7' },
      { ...nothing, importKey: 'file 1 line 8' },
      { ...nothing, importKey: null },
    ]);
    expect(found.map(({ imported }) => imported)).toEqual(['created', false, false]);
  });
});
