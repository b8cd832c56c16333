import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/storage/store.ts';
import { foldKey } from '../../src/users/ports.ts';
import { uuidv7, uuidv7After } from '../../src/uuid.ts';
import { openTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { newUser } from './open-users.ts';

const years = 365 * 24 * 3_600_000;
const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('the next id after the newest is greater, is a UUIDv7, and takes the next millisecond after 4,096', () => {
  const made = uuidv7(Date.now());
  expect(uuidv7After(null, made)).toBe(made);
  expect(uuidv7After(uuidv7(0), made)).toBe(made);
  let newest = uuidv7(Date.now() + 10 * years, 4_090);
  for (let n = 0; n < 10_000; n++) {
    const next = uuidv7After(newest, made);
    if (!(next > newest && form.test(next))) throw new Error(`${next} after ${newest}`);
    newest = next;
  }
  expect(Number(`0x${newest.slice(0, 13).replace('-', '')}`)).toBeLessThan(Date.now() + 10 * years + 10);
});

describe.each(['SQLite', 'Postgres'])('%s', (engine) => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-order-'));
  let database: TestDatabase | undefined;
  /** Two processes on one database. */
  let [store, other]: Store[] = [];
  const companyId = uuidv7(0);
  let count = 0;

  beforeAll(async () => {
    if (engine === 'Postgres') database = await openTestDatabase();
    const url = database?.url ?? `file:${join(folder, 'gateway.db')}`;
    [store, other] = await Promise.all([openStore(url, Date.now), openStore(url, Date.now)]);
    const company = {
      id: companyId,
      code: 'RUKR',
      name: 'Ruangkerja',
      mailLocale: null,
      signInUrl: null,
      replyTo: null,
      createdAt: new Date(),
    };
    await store.access.addCompany(company);
  });
  afterAll(async () => {
    await Promise.all([store!.close(), other!.close()]);
    await database?.stop();
    rmSync(folder, { recursive: true });
  });

  /** Adds users at a time of the clock, as many as there are names; `place` orders those of one call. */
  async function addUsers(by: Store, time: number, size = 1): Promise<string[]> {
    const users = Array.from({ length: size }, (_, place) =>
      // The employee ids are in another order than the call's.
      newUser(companyId, `E${1_000 - place}N${count++}`, { id: uuidv7(time, place) }),
    );
    const entries = users.map((user) => ({ user, mail: null }));
    const outcomes = (await by.users.add(companyId, entries, { allOrNone: true }))!;
    expect(outcomes.every(({ kind }) => kind === 'added')).toBe(true);
    return users.map(({ employeeID }) => employeeID);
  }
  const usersAfter = async (after: string | null) => {
    const rows = await other!.users.list(companyId, {}, 0, { after, limit: 1_000 });
    return { added: rows.map(({ item }) => item.employeeID), last: rows.at(-1)?.id ?? after };
  };

  test('a clock that was ten years ahead and is right again: whoever read the list up to its end misses no new user', async () => {
    const now = Date.now();
    let last: string | null = null;
    for (const [by, time, size] of [
      [store!, now, 3],
      [other!, now + 10 * years, 5],
      [store!, now, 1],
      [other!, now - 3_600_000, 200],
      [store!, now - 10 * years, 1],
    ] as const) {
      const expected = await addUsers(by, time, size);
      const read = await usersAfter(last);
      expect(read.added).toEqual(expected);
      expect(read.last).toMatch(form);
      last = read.last;
    }
  });

  test('tags and organizations too', async () => {
    const now = Date.now();
    const expected = ['a', 'b', 'c', 'd'];
    for (const [at, name] of expected.entries()) {
      const common = { id: uuidv7(now - at * years), companyId, name, createdAt: new Date() };
      const by = at % 2 === 0 ? store! : other!;
      expect(await by.directory.addTag({ ...common, serial: `T${name}`, nameKey: foldKey(name) })).toBe('added');
      const organization = { ...common, serial: `O${name}`, parentSerial: null, isActive: true };
      expect(await by.directory.addOrganization(organization)).toBe('added');
    }
    const tags = await store!.directory.listTags(companyId, null, 0, { after: null, limit: 10 });
    expect(tags.map(({ item }) => item.name)).toEqual(expected);
    expect((await store!.directory.listOrganizations(companyId)).map(({ name }) => name)).toEqual(expected);
  });

  // In Postgres two transactions at once commit in either order.
  if (engine === 'SQLite')
    test('of creations at once in two processes none comes before one that was read', async () => {
      let isDone = false;
      let read = await usersAfter(null);
      const known = new Set(read.added);
      const reader = (async () => {
        while (!isDone) {
          read = await usersAfter(read.last);
          for (const id of read.added) known.add(id);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })();
      // Ids as they are made before a commit that has to wait for its turn.
      const work = async (by: Store) => {
        for (let n = 0; n < 40; n++) await Promise.all([0, 5, 10].map((late) => addUsers(by, Date.now() - late)));
      };
      await Promise.all([work(store!), work(other!)]);
      isDone = true;
      await reader;
      for (const id of (await usersAfter(read.last)).added) known.add(id);
      expect(known.size).toBe((await usersAfter(null)).added.length);
    });
});
