import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeCommitGroups } from '../../src/storage/sqlite/commit-groups.ts';
import type { Session } from '../../src/storage/sqlite/session.ts';
import { newUser, openUsers } from './open-users.ts';

/** Groups whose pieces of work insert a number; `commits` lists the numbers of each COMMIT. */
function openGroups() {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-groups-'));
  const raw = new Database(join(folder, 'gateway.db'));
  onTestFinished(() => {
    vi.useRealTimers();
    raw.close();
    rmSync(folder, { recursive: true });
  });
  raw.exec('create table numbers (n integer primary key)');
  const commits: number[][] = [];
  const together = makeCommitGroups(raw, async (work) => {
    const before = raw.prepare('select n from numbers').pluck().all();
    const result = raw.transaction(() => work({} as Session)).immediate();
    commits.push(raw.prepare<[], number>('select n from numbers').pluck().all().slice(before.length));
    return result;
  });
  const insert = (n: number, withinMs = 0) =>
    together(() => raw.prepare('insert into numbers (n) values (?)').run(n).changes, { withinMs });
  return { commits, insert };
}

test('work of one iteration of the event loop shares a COMMIT', async () => {
  const { commits, insert } = openGroups();
  await Promise.all([insert(1), insert(2)]);
  await insert(3);
  expect(commits).toEqual([[1, 2], [3]]);
});

test('work that may wait shares the COMMIT of the next that may not', async () => {
  const { commits, insert } = openGroups();
  const waiting = [insert(1, 3_600_000)];
  await setImmediate();
  waiting.push(insert(2, 3_600_000));
  await setImmediate();
  expect(commits).toEqual([]);
  await Promise.all([...waiting, insert(3)]);
  expect(commits).toEqual([[1, 2, 3]]);
});

test('work that may wait is committed in its time when nothing follows, with work that may wait longer', async () => {
  vi.useFakeTimers();
  const { commits, insert } = openGroups();
  const all = [insert(1, 5_000), insert(2, 50)];
  await vi.advanceTimersByTimeAsync(49);
  expect(commits).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  await Promise.all(all);
  expect(commits).toEqual([[1, 2]]);
});

test('a group has 64 pieces of work at most, and a full one waits no longer', async () => {
  const { commits, insert } = openGroups();
  await Promise.all(Array.from({ length: 64 }, (_, n) => insert(n, 3_600_000)));
  await Promise.all([...Array.from({ length: 64 }, (_, n) => insert(100 + n, 3_600_000)), insert(200)]);
  expect(commits.map(({ length }) => length)).toEqual([64, 64, 1]);
});

test('of a group each piece that throws fails alone', async () => {
  const { commits, insert } = openGroups();
  await insert(1);
  const outcomes = await Promise.allSettled([insert(2, 3_600_000), insert(1, 3_600_000), insert(3)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(commits).toEqual([[1], [2, 3]]);
});

test('a creation that others follow shares their COMMIT', async () => {
  const { users, companyId, sqlite } = await openUsers();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const stored = () => sqlite.run(({ db }) => db.get<{ n: number }>(sql`select count(*) as n from users`).n);
  const add = (employeeID: string, moreFollow: boolean) =>
    users.add(companyId, [{ user: newUser(companyId, employeeID), mail: null }], { allOrNone: false, moreFollow });
  const first = add('A1', true);
  await setImmediate();
  expect(await stored()).toBe(0);
  const second = add('A2', false);
  await setImmediate();
  expect(await stored()).toBe(2);
  await Promise.all([first, second]);
});
