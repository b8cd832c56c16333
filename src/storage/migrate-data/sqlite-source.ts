import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import type { CopiedTable, Row } from './copy-plan.ts';
import { openSqlite, pathOf } from '../sqlite/open.ts';

const migrationsFolder = fileURLToPath(new URL('../../../drizzle/sqlite', import.meta.url));
const busyTimeout = 5_000;

export type CopySource = Awaited<ReturnType<typeof openCopySource>>;

/**
 * The SQLite file of a `file:…` address as it is at this moment, whatever is written to it meanwhile; nothing is written
 * here but, unless `readOnly`, the migrations that it lacks. Throws a sentence when the file is not there or is of
 * another version of the program.
 */
export async function openCopySource(url: string, { readOnly }: { readOnly: boolean }) {
  const path = pathOf(url);
  if (!existsSync(path)) throw new Error(`there is no database file ${path}`);
  const open = () => new Database(path, { fileMustExist: true, timeout: busyTimeout });
  let raw = open();
  try {
    const state = migrationState(raw);
    if (state === 'newer') throw new Error(`${path} is of a later version of the gateway, use that one`);
    if (state === 'older') {
      if (readOnly)
        throw new Error(
          `${path} is of an earlier version of the gateway: without --dry-run it is brought up to date first`,
        );
      raw.close();
      (await openSqlite(url)).close();
      raw = open();
    }
    raw.pragma('query_only = ON');
    raw.exec('BEGIN');
    // The first read is what fixes the moment.
    const version = raw.pragma('data_version', { simple: true });
    raw.prepare('SELECT count(*) FROM sqlite_schema').get();
    return source(raw, version);
  } catch (error) {
    raw.close();
    throw error;
  }
}

function source(raw: Database.Database, version: unknown) {
  return {
    count: ({ name }: CopiedTable) =>
      raw
        .prepare(`select count(*) from ${quoted(name)}`)
        .pluck()
        .get() as number,
    /** At most `limit` rows after a key, in the order of keys; from the first one without. */
    read(table: CopiedTable, after: Row | null, limit: number): Row[] {
      const key = keyColumns(table);
      const where = after ? `where (${key}) > (${after.map(() => '?').join()})` : '';
      const select = raw.prepare(
        `select ${table.columns.map(({ name }) => quoted(name)).join()} from ${quoted(table.name)} ${where} order by ${key} limit ?`,
      );
      return select
        .raw()
        .all(...bound(table, after ?? []), limit)
        .map((row) => toRow(table, row as unknown[]));
    },
    find(table: CopiedTable, key: Row): Row | null {
      const select = raw.prepare(
        `select ${table.columns.map(({ name }) => quoted(name)).join()} from ${quoted(table.name)} where (${keyColumns(table)}) = (${key.map(() => '?').join()})`,
      );
      const row = select.raw().get(...bound(table, key));
      return row === undefined ? null : toRow(table, row as unknown[]);
    },
    /** Whether another process has written since; ends the reading. */
    hasChanged(): boolean {
      raw.exec('ROLLBACK');
      return raw.pragma('data_version', { simple: true }) !== version;
    },
    close: () => void raw.close(),
  };
}

function migrationState(raw: Database.Database): 'current' | 'older' | 'newer' {
  const known = new Set(readMigrationFiles({ migrationsFolder }).map(({ hash }) => hash));
  const exists = raw.prepare("select 1 from sqlite_schema where name = '__drizzle_migrations'").get();
  const applied = exists ? (raw.prepare('select hash from __drizzle_migrations').pluck().all() as string[]) : [];
  if (applied.some((hash) => !known.has(hash))) return 'newer';
  return applied.length < known.size ? 'older' : 'current';
}

function toRow({ columns }: CopiedTable, values: unknown[]): Row {
  return values.map((value, index) => (value === null ? null : columns[index]!.sqlite.mapFromDriverValue(value)));
}

function bound({ columns, key }: CopiedTable, values: Row): unknown[] {
  return values.map((value, index) => columns[key[index]!]!.sqlite.mapToDriverValue(value));
}

function keyColumns({ columns, key }: CopiedTable): string {
  return key.map((position) => quoted(columns[position]!.name)).join();
}

function quoted(name: string): string {
  return `"${name}"`;
}
