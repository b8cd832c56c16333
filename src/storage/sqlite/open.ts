import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { getTableColumns, getTableName, type SQL, sql, type Table } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { Refusal, unavailable } from '../../errors/error-dictionary.ts';
import { foldKey } from '../../users/ports.ts';
import * as tables from './tables.ts';

const migrationsFolder = fileURLToPath(new URL('../../../drizzle/sqlite', import.meta.url));

/**
 * better-sqlite3 waits for a lock on the event loop's own thread, one caller after the other: with 100 ms, 20 waiting
 * creations stop everything for two seconds. So it never waits, and all waiting is done in `whenFree`.
 */
const busyTimeout = 0;
/** How long a busy database is tried again between turns of the event loop before the call is refused. */
const patience = 2_000;
/** A full or failing disk. */
const cannotWrite = /^SQLITE_(FULL|IOERR|CANTOPEN|READONLY)/;
/** Pieces of work that share one COMMIT. */
const groupSize = 64;
/** Milliseconds after a write of another process in which `giveWay` waits, and how long: who waits for the lock asks every 10 to 30. */
const courtesy = { lately: 1_000, wait: 15 };

interface Work {
  work: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

export type Sqlite = Awaited<ReturnType<typeof openSqlite>>;

/**
 * Opens and migrates the SQLite file of a `file:…` address, made with mode 0600 when it is not there.
 * WAL with `synchronous=FULL`: what a transaction acknowledged survives power loss.
 */
export async function openSqlite(url: string) {
  const path = pathOf(url);
  if (path !== ':memory:') {
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, 'a', 0o600));
  }
  const raw = new Database(path, { timeout: busyTimeout });
  await whenFree(() => raw.pragma('journal_mode = WAL'));
  raw.pragma('synchronous = FULL');
  // A checkpoint stops the event loop for some milliseconds: at the default of 1000 pages every twentieth commit under load pays for one.
  raw.pragma('wal_autocheckpoint = 4000');
  raw.pragma('foreign_keys = ON');
  // Migrations fold what older versions did not.
  raw.function('fold', { deterministic: true }, (text) => foldKey(String(text)));
  await whenFree(() => migrate(raw));
  const db = drizzle(raw, { schema: tables });
  const write = <T>(work: () => T): Promise<T> => whenFree(() => raw.transaction(work).immediate());

  // Changes with every commit of another connection (sqlite.org/pragma.html#pragma_data_version).
  const others = { version: raw.pragma('data_version', { simple: true }), wroteAt: -Infinity };
  const waiting: Work[] = [];
  async function commitGroup(): Promise<void> {
    const group = waiting.splice(0, groupSize);
    if (waiting.length > 0) setImmediate(commitGroup);
    try {
      const settled = await write(() => group.map(plainly)).catch((error: unknown) => {
        if (error instanceof Refusal) throw error;
        return write(() => group.map(alone));
      });
      for (const settle of settled) settle();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
  function plainly({ work, resolve }: Work): () => void {
    const value = work();
    return () => resolve(value as never);
  }
  /** In a savepoint, which costs as much as the insert of a user: SQLite copies every page that changes in it. */
  function alone(one: Work): () => void {
    try {
      return raw.transaction(plainly)(one);
    } catch (error) {
      // A full disk may end the whole transaction, not the savepoint alone.
      if (!raw.inTransaction || cannotWrite.test(sqliteCode(error))) throw error;
      return () => one.reject(unwrap(error));
    }
  }

  return {
    db,
    /** Runs a synchronous piece of work; see `whenFree`. */
    run: whenFree,
    /** Runs a synchronous piece of work as one transaction that holds the write lock from its start. */
    write,
    /**
     * As `write`, but pieces of work that arrive in the same turn of the event loop share one COMMIT. When one throws, all
     * are undone and done again, each in its own savepoint, so that it fails alone: what is expected should be its answer.
     */
    writeTogether: <T>(work: () => T): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        if (waiting.push({ work, resolve, reject }) === 1) setImmediate(commitGroup);
      }),
    /** A statement, prepared once, without drizzle: for what every request asks. */
    prepare: (text: string) => raw.prepare(text),
    /** An insert of whole rows, prepared once. drizzle's own goes over every value twice more, a third of the insert's time. */
    inserter<T extends Table>(table: T): (row: T['$inferSelect']) => void {
      const columns = Object.entries(getTableColumns(table));
      const [names, values] = [columns.map(([, { name }]) => `"${name}"`), columns.map(() => '?')];
      const statement = raw.prepare(`insert into "${getTableName(table)}" (${names}) values (${values})`);
      return (row) => {
        statement.run(columns.map(([key, column]) => (row[key] === null ? null : column.mapToDriverValue(row[key]))));
      };
    },
    async giveWay(): Promise<void> {
      const version = await whenFree(() => raw.pragma('data_version', { simple: true }));
      if (version !== others.version) Object.assign(others, { version, wroteAt: performance.now() });
      if (performance.now() - others.wroteAt < courtesy.lately) await sleep(courtesy.wait);
    },
    close: () => {
      raw.close();
    },
  };
}

/**
 * A parameter of a prepared statement that joins, sorts or asks for a range. As a mere `?`, SQLite, built with
 * SQLITE_ENABLE_STAT4, prepares such a statement anew for each value (sqlite.org/c3ref/prepare.html), a range once somebody
 * gave it ANALYZE: that takes ten times as long as running it.
 */
export const parameter = (name: string): SQL => sql`(select ${sql.placeholder(name)})`;

/** The path in a `file:…` address. */
export function pathOf(url: string): string {
  return url.replace(/^file:(\/\/)?/, '');
}

/**
 * Applies the generated migrations that the file lacks, in one transaction. drizzle's own migrator reads the state
 * outside of its transaction, so that two processes starting on one new file trip over each other.
 */
function migrate(raw: Database.Database): void {
  const migrations = readMigrationFiles({ migrationsFolder });
  raw
    .transaction(() => {
      raw.exec('CREATE TABLE IF NOT EXISTS __drizzle_migrations (hash text PRIMARY KEY, created_at numeric NOT NULL)');
      const applied = new Set(raw.prepare('SELECT hash FROM __drizzle_migrations').pluck().all());
      for (const migration of migrations) {
        if (applied.has(migration.hash)) continue;
        for (const statement of migration.sql) raw.exec(statement);
        raw.prepare('INSERT INTO __drizzle_migrations VALUES (?, ?)').run(migration.hash, migration.folderMillis);
      }
    })
    .immediate();
}

/** Tries again on the event loop while another process holds the lock; a full or failing disk is 503 like a long wait. */
async function whenFree<T>(work: () => T): Promise<T> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return work();
    } catch (error) {
      const code = sqliteCode(error);
      if (cannotWrite.test(code)) {
        throw Object.assign(unavailable('the database cannot write now', 5), { cause: unwrap(error) });
      }
      if (!/^SQLITE_(BUSY|LOCKED)/.test(code)) throw unwrap(error);
      if (performance.now() > deadline) throw unavailable('the database is busy');
      await sleep(10 + Math.random() * 20);
    }
  }
}

/** drizzle puts every parameter, secrets too, into the message of its errors: only the driver's own error leaves here. */
function unwrap(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Database.SqliteError ? error.cause : error;
}

/** The extended result code of SQLite (https://sqlite.org/rescode.html), or an empty string. */
function sqliteCode(error: unknown): string {
  const cause = unwrap(error);
  return cause instanceof Database.SqliteError ? cause.code : '';
}

/** The columns or index a unique violation names, e.g. `users.company_id, users.email_key`; null for another error. */
export function violatedUnique(error: unknown): string | null {
  if (!/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(sqliteCode(error))) return null;
  return (unwrap(error) as Error).message.replace('UNIQUE constraint failed: ', '');
}
