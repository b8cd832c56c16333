import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type Database from 'better-sqlite3';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import { type AppliedMigration, foreign, pendingMigrations, refusePending } from '../schema-version.ts';

const migrationsFolder = fileURLToPath(new URL('../../../drizzle/sqlite', import.meta.url));

/**
 * Applies the generated migrations that the file lacks, in one transaction. drizzle's own migrator reads the state
 * outside of its transaction, so that two processes that start on one new file collide. Throws an
 * `UnusableDatabase` on the file of a later version or of another program.
 */
export function migrate(raw: Database.Database): void {
  raw
    .transaction(() => {
      const pending = pendingIn(raw);
      raw.exec('CREATE TABLE IF NOT EXISTS __drizzle_migrations (hash text PRIMARY KEY, created_at numeric NOT NULL)');
      for (const migration of pending) {
        for (const statement of migration.sql) raw.exec(statement);
        raw.prepare('INSERT INTO __drizzle_migrations VALUES (?, ?)').run(migration.hash, migration.folderMillis);
      }
    })
    .immediate();
}

/** Checks the file for a connection that only reads: throws an `UnusableDatabase` unless it is of this very version. */
export function assertMigrated(raw: Database.Database): void {
  refusePending(pendingIn(raw), resolve(raw.name));
}

/**
 * Finds the migrations that the file lacks. Throws an `UnusableDatabase` on the file of a later version or of another
 * program.
 */
export function pendingIn(raw: Database.Database): MigrationMeta[] {
  const tables = raw.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  const isOurs = tables.includes('__drizzle_migrations');
  if (!isOurs && tables.length > 0) throw foreign(resolve(raw.name));
  const applied = isOurs
    ? raw.prepare<[], AppliedMigration>('SELECT hash, created_at FROM __drizzle_migrations').all()
    : [];
  return pendingMigrations(applied, readMigrationFiles({ migrationsFolder }), resolve(raw.name));
}
