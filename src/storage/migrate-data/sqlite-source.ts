import { resolve } from 'node:path';
import type Database from 'better-sqlite3';
import type { CopiedTable, Row } from './copy-plan.ts';
import { refusePending } from '../schema-version.ts';
import { pathOf } from '../address.ts';
import { asUnusable, openFile } from '../sqlite/database-file.ts';
import { pendingIn } from '../sqlite/migrate.ts';
import { openSqlite } from '../sqlite/open.ts';

const busyMs = 5_000;

/** Reads the rows of the source. */
export type CopySource = Awaited<ReturnType<typeof openCopySource>>;

/**
 * Opens the SQLite file of a `file:…` address for reading it as it is at this moment, whatever others write to it.
 * Writes nothing but, unless `readOnly`, the migrations that the file lacks. Throws an `UnusableDatabase` when the file
 * does not exist or is of another version of the program.
 */
export async function openCopySource(url: string, { readOnly }: { readOnly: boolean }) {
  const path = pathOf(url);
  const open = () => openFile(path, { readOnly: true, timeout: busyMs });
  let raw = open();
  try {
    const pending = pendingIn(raw);
    if (readOnly) refusePending(pending, resolve(path));
    else if (pending.length > 0) {
      raw.close();
      (await openSqlite(url)).close();
      raw = open();
    }
    raw.pragma('query_only = ON');
    raw.exec('BEGIN');
    // The first read fixes the moment.
    const version = raw.pragma('data_version', { simple: true });
    raw.prepare('SELECT count(*) FROM sqlite_schema').get();
    return source(raw, version);
  } catch (error) {
    raw.close();
    throw asUnusable(error, path);
  }
}

function source(raw: Database.Database, version: unknown) {
  return {
    count: ({ name }: CopiedTable) =>
      raw
        .prepare(`select count(*) from ${quoted(name)}`)
        .pluck()
        .get() as number,
    /** Reads at most `limit` rows in the order of keys: those after a key, or the first ones. */
    read(table: CopiedTable, after: Row | null, limit: number): Row[] {
      const key = keyColumns(table);
      const where = after ? `where (${key}) > (${after.map(() => '?').join()})` : '';
      const select = raw.prepare(`select ${names(table)} from ${quoted(table.name)} ${where} order by ${key} limit ?`);
      return select
        .raw()
        .all(...bound(table, after ?? []), limit)
        .map((row) => toRow(table, row as unknown[]));
    },
    find(table: CopiedTable, key: Row): Row | null {
      const select = raw.prepare(
        `select ${names(table)} from ${quoted(table.name)}
        where (${keyColumns(table)}) = (${key.map(() => '?').join()})`,
      );
      const row = select.raw().get(...bound(table, key));
      return row === undefined ? null : toRow(table, row as unknown[]);
    },
    /** Ends the reading; tells whether another process has written since it began. */
    hasChanged(): boolean {
      raw.exec('ROLLBACK');
      return raw.pragma('data_version', { simple: true }) !== version;
    },
    close: () => void raw.close(),
  };
}

function toRow({ columns }: CopiedTable, values: unknown[]): Row {
  return values.map((value, index) => (value === null ? null : columns[index]!.sqlite.mapFromDriverValue(value)));
}

function bound({ columns, key }: CopiedTable, values: Row): unknown[] {
  return values.map((value, index) => columns[key[index]!]!.sqlite.mapToDriverValue(value));
}

function names({ columns }: CopiedTable): string {
  return columns.map(({ name }) => quoted(name)).join();
}

function keyColumns({ columns, key }: CopiedTable): string {
  return key.map((position) => quoted(columns[position]!.name)).join();
}

function quoted(name: string): string {
  return `"${name}"`;
}
