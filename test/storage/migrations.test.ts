import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/storage/store.ts';
import { foldKey } from '../../src/users/ports.ts';

/** A file as the first `count` migrations leave it, with one company `c`. */
function openOld(count: number) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'gateway.db');
  const raw = new Database(file);
  raw.function('fold', (text) => foldKey(String(text)));
  raw.exec('CREATE TABLE __drizzle_migrations (hash text PRIMARY KEY, created_at numeric NOT NULL)');
  for (const { sql, hash, folderMillis } of readMigrationFiles({
    migrationsFolder: fileURLToPath(new URL('../../drizzle/sqlite', import.meta.url)),
  }).slice(0, count)) {
    for (const statement of sql) raw.exec(statement);
    raw.prepare('INSERT INTO __drizzle_migrations VALUES (?, ?)').run(hash, folderMillis);
  }
  raw.exec(`insert into companies values ('c', 'RUKR', 'Ruangkerja', null, 0)`);
  return { raw, file };
}

test('users that an older version stored are counted, and found by name in any case', async () => {
  const { raw, file } = openOld(3);
  raw.exec(
    `insert into users (id, company_id, serial, employee_id, employee_id_key, name, phone, password_hash, is_active, created_at) values ('u', 'c', 'S', 'E', 'e', 'ÉVA Ωmega', '62811', '-', 1, 0)`,
  );
  raw.close();
  const store = await openStore(`file:${file}`, Date.now);
  onTestFinished(() => store.close());
  expect(await store.users.count('c', { name: 'éva ω' }, 10)).toBe(1);
  expect(await store.users.count('c', {}, 10)).toBe(1);
});

test('a list that an older version stored is counted in stretches of 10,000', async () => {
  const { raw, file } = openOld(6);
  raw.exec(`insert into companies values ('d', 'NONE', 'Without users', null, 0), ('e', 'FEWS', 'A few', null, 0)`);
  const add = raw.prepare(
    `insert into users (id, company_id, serial, employee_id, employee_id_key, name, phone, password_hash, is_active, created_at) values (?, ?, ?, ?, ?, 'N', ?, '-', ?, 0)`,
  );
  const insert = (n: number, company: string, isActive: boolean) =>
    add.run(`id-${String(n).padStart(6, '0')}`, company, `S${n}`, `E${n}`, `e${n}`, `${n}`, Number(isActive));
  // Not in the order of ids.
  raw.transaction(() => {
    for (let n = 24_999; n >= 0; n--) insert(n, 'c', n % 10 > 0);
    insert(30_000, 'e', false);
  })();
  raw.close();
  const store = await openStore(`file:${file}`, Date.now);
  onTestFinished(() => store.close());
  const migrated = new Database(file, { readonly: true });
  onTestFinished(() => void migrated.close());
  expect(migrated.prepare('select * from user_counts order by company_id, start').raw().all()).toEqual([
    ['c', '', 9_000, 1_000],
    ['c', 'id-010000', 9_000, 1_000],
    ['c', 'id-020000', 4_500, 500],
    ['e', '', 0, 1],
  ]);
  const { items, total } = await store.users.page('c', { isActive: false }, 10, { offset: 2_345, limit: 2 });
  expect([items.map(({ serial }) => serial), total]).toEqual([['S23450', 'S23460'], 2_500]);
});

test('a client, and a token, that could resend passwords by users:create keeps it', async () => {
  const { raw, file } = openOld(7);
  const scopes = ['users:create users:read', 'users:read', 'users:creates'];
  for (const [n, scope] of scopes.entries()) {
    raw
      .prepare(
        `insert into clients (id, company_id, name, scope, secret_hash, created_at) values (?, 'c', 'HR', ?, x'00', 0)`,
      )
      .run(`client${n}`, scope);
    raw
      .prepare(`insert into tokens (hash, client_id, scope, expires_at) values (?, ?, ?, 0)`)
      .run(Buffer.from([n]), `client${n}`, scope);
  }
  raw.close();
  const store = await openStore(`file:${file}`, Date.now);
  await store.close();
  const migrated = new Database(file, { readonly: true });
  onTestFinished(() => void migrated.close());
  for (const table of ['clients', 'tokens'])
    expect(
      migrated
        .prepare(`select scope from ${table} order by ${table === 'clients' ? 'id' : 'hash'}`)
        .pluck()
        .all(),
    ).toEqual(['users:create users:read users:issue-password', 'users:read', 'users:creates']);
});
