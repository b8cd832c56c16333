import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { makePrepare, onlyValue } from '../../src/storage/sqlite/session.ts';
import { openUsers } from './open-users.ts';

test('a statement outside of run does not compile: nothing but a session executes it', async () => {
  const { sqlite } = await openUsers();
  const one = sqlite.prepare('select 1', onlyValue<number>);
  // @ts-expect-error a prepared statement has nothing to call
  expect(one.get).toBeUndefined();
  expect(await sqlite.run((session) => session.get(one))).toBe(1);
});

test.each([
  // Planned by value: a range, an order, a join, a minimum.
  ['select id from a where id > ?', 'select id from a where id > (select ?)'],
  [
    'select id from a where id = $id order by id limit $limit',
    'select id from a where id = (select $id) order by id limit $limit',
  ],
  [
    'select a.id from a join b on a.id = b.id where b.id = ?',
    'select a.id from a join b on a.id = b.id where b.id = (select ?)',
  ],
  ['select min(id) from a where id = ?', 'select min(id) from a where id = (select ?)'],
  // One row by its key, and rows to insert.
  ['select id from a where id = ?', 'select id from a where id = ?'],
  [
    'insert into a values (?) on conflict do update set id = max(id, 1)',
    'insert into a values (?) on conflict do update set id = max(id, 1)',
  ],
])('%s is prepared as %s', (text, expected) => {
  const raw = new Database(':memory:');
  raw.exec('create table a (id primary key); create table b (id primary key)');
  const prepared: string[] = [];
  const recording = { prepare: (sql: string) => (prepared.push(sql), raw.prepare<unknown[]>(sql)) };
  makePrepare(recording)(text);
  expect(prepared).toEqual([expected]);
  raw.close();
});
