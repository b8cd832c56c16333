import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/storage/store.ts';

test('users that an older version stored are counted, and found by name in any case', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'gateway.db');
  const raw = new Database(file);
  raw.exec('CREATE TABLE __drizzle_migrations (hash text PRIMARY KEY, created_at numeric NOT NULL)');
  for (const { sql, hash, folderMillis } of readMigrationFiles({ migrationsFolder: fileURLToPath(new URL('../../drizzle/sqlite', import.meta.url)) }).slice(0, 3)) {
    for (const statement of sql) raw.exec(statement);
    raw.prepare('INSERT INTO __drizzle_migrations VALUES (?, ?)').run(hash, folderMillis);
  }
  raw.exec(`insert into companies values ('c', 'RUKR', 'Ruangkerja', null, 0)`);
  raw.exec(`insert into users (id, company_id, serial, employee_id, employee_id_key, name, phone, password_hash, is_active, created_at) values ('u', 'c', 'S', 'E', 'e', 'ÉVA Ωmega', '62811', '-', 1, 0)`);
  raw.close();
  const store = await openStore(`file:${file}`, Date.now);
  onTestFinished(() => store.close());
  expect(await store.users.count('c', { name: 'éva ω' }, 10)).toBe(1);
  expect(await store.users.count('c', {}, 10)).toBe(1);
});
