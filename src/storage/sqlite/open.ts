import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { unavailable } from '../../errors/error-dictionary.ts';
import { foldKey } from '../../users/ports.ts';
import { type Disk, type DiskState, makeDisk } from '../disk.ts';
import { makeCommitGroups } from './commit-groups.ts';
import { pathOf } from '../address.ts';
import { asUnusable, openFile } from './database-file.ts';
import { isDiskFull, sqliteStateClassOf, unwrap } from './failures.ts';
import { assertMigrated, migrate } from './migrate.ts';
import { makePrepare, makeSession, type Session } from './session.ts';
import { makeTruncateWal } from './truncate-wal.ts';

/** The driver never waits for a lock, it would block the event loop (docs/decisions/0037): `whenFree` waits. */
const driverBusyMs = 0;
/** How long a busy database is tried again before the call is refused. */
const busyRetryMs = 2_000;
/** With less free space on its disk a database is reported as full: a commit of 64 creations writes half of it. */
const minFreeBytes = 1_048_576;
/** For how long after a write of another process `yieldToOtherWriters` waits. */
const otherWroteWithinMs = 1_000;
/** A process that waits for the lock tries again every 10 to 30 ms. */
const yieldMs = 15;

/** An open SQLite database. */
export type Sqlite = Awaited<ReturnType<typeof openSqlite>>;

/**
 * Opens the SQLite file of a `file:…` address. Creates and migrates it, unless `readOnly`. Throws an `UnusableDatabase`
 * when that is impossible. WAL with `synchronous=FULL`: an acknowledged transaction survives power loss.
 */
export async function openSqlite(url: string, { readOnly = false, mustExist = false } = {}) {
  const path = pathOf(url);
  const raw = openFile(path, { readOnly, mustExist, timeout: driverBusyMs });
  try {
    // Not SQLite's read-only mode: it would leave the files of the WAL behind (sqlite.org/wal.html#readonly).
    if (readOnly) raw.pragma('query_only = ON');
    else await whenFree(() => raw.pragma('journal_mode = WAL'));
    raw.pragma('synchronous = FULL');
    // A checkpoint blocks the event loop for some milliseconds. At the default of 1000 pages every twentieth commit
    // under load pays for one.
    raw.pragma('wal_autocheckpoint = 4000');
    raw.pragma('foreign_keys = ON');
    // A sealed password that leaves its row is overwritten, else it stays readable in free space until that is used
    // again.
    raw.pragma('secure_delete = ON');
    // Migrations fold what older versions did not.
    raw.function('fold', { deterministic: true }, (text) => foldKey(String(text)));
    await whenFree(() => (readOnly ? assertMigrated(raw) : migrate(raw)));
  } catch (error) {
    raw.close();
    throw asUnusable(error, path);
  }
  const disk = makeDisk();
  const db = drizzle(raw);
  const reading = makeSession(db);
  // Changes with every commit of another connection (sqlite.org/pragma.html#pragma_data_version).
  const dataVersion = () => raw.pragma('data_version', { simple: true });
  const run = <T>(work: (session: Session) => T): Promise<T> => whenFree(() => work(reading), disk);
  const write = <T>(work: (session: Session) => T): Promise<T> =>
    whenFree(() => {
      const result = raw.transaction(work).immediate(makeSession(db));
      disk.wrote();
      return result;
    }, disk);

  return {
    /** Runs a synchronous piece of work; see `whenFree`. */
    run,
    /** Runs a synchronous piece of work whose statements all read the database of one moment. */
    snapshot: <T>(work: (session: Session) => T): Promise<T> => run((session) => raw.transaction(work)(session)),
    /**
     * Runs a synchronous piece of work as one transaction that holds the write lock from its start. Its session is its
     * own: as long as work sees the same session, nobody else writes.
     */
    write,
    /** As `write`, but pieces of work share one COMMIT; see `makeCommitGroups`. */
    writeTogether: makeCommitGroups(raw, write),
    prepare: makePrepare(raw),
    truncateWal: makeTruncateWal(raw),
    yieldToOtherWriters: makeYieldToOtherWriters(dataVersion(), () => run(dataVersion)),
    disk: (): DiskState => (disk.state() === 'ok' && freeBytes(path) < minFreeBytes ? 'full' : disk.state()),
    freeBytes: () => freeBytes(path),
    close: () => {
      raw.close();
    },
  };
}

/** Makes a function that waits for a moment where another process wrote lately. */
function makeYieldToOtherWriters(version: unknown, readVersion: () => Promise<unknown>): () => Promise<void> {
  let known = version;
  let otherWroteAt = -Infinity;
  return async () => {
    const current = await readVersion();
    if (current !== known) otherWroteAt = performance.now();
    known = current;
    if (performance.now() - otherWroteAt < otherWroteWithinMs) await sleep(yieldMs);
  };
}

/** Tells how much space the disk of a file has; Infinity where the system does not report it. */
function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}

/**
 * Tries again on the event loop while another process holds the lock; a full or failing disk is 503 like a long wait.
 */
async function whenFree<T>(work: () => T, disk?: Disk): Promise<T> {
  const deadline = performance.now() + busyRetryMs;
  for (;;) {
    try {
      return work();
    } catch (error) {
      const stateClass = sqliteStateClassOf(error);
      if (stateClass === 'cannot-write') {
        disk?.failed(isDiskFull(error) ? 'full' : 'failing');
        throw Object.assign(unavailable('disk', 'the database cannot write now', 5), { cause: unwrap(error) });
      }
      if (stateClass === 'unexpected') throw unwrap(error);
      if (performance.now() > deadline) throw unavailable('database', 'the database is busy');
      await sleep(10 + Math.random() * 20);
    }
  }
}
