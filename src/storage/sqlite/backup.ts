import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import Database from 'better-sqlite3';
import { pathOf } from '../address.ts';
import { asUnusable, openFile } from './database-file.ts';

/** Pages copied in one iteration of the event loop: 4 MB, a few milliseconds. */
const chunkPages = 1_024;
/** Another process may hold the file for a moment, to recover its log. */
const busyMs = 5_000;

/** How a backup ends early and reports its progress. */
export interface BackupOptions {
  /** Ends the backup early; nothing is left behind. */
  signal?: AbortSignal | undefined;
  onProgress?: ((donePages: number, totalPages: number) => void) | undefined;
}

/**
 * Copies the SQLite file of a `file:…` address, as it was at one moment, into the new file `target`, mode 0600, while
 * other processes write: SQLite's online backup (https://sqlite.org/backup.html). It reads in one transaction, so that
 * the commits of other processes do not restart it (docs/decisions/0040). `target` appears whole and checked, or not at
 * all. Migrates nothing: an old file is copied as it is. Throws a sentence, an `UnusableDatabase` where it is about the
 * database.
 */
export async function backupSqlite(
  url: string,
  target: string,
  { signal, onProgress }: BackupOptions = {},
): Promise<{ bytes: number }> {
  const path = pathOf(url);
  const source = openFile(path, { readOnly: true, timeout: busyMs });
  try {
    beginReading(source, path);
    if (existsSync(target)) throw new Error(taken(target));
    // Beside the target, so that it gets its name without being copied once more.
    const partial = `${target}.${randomBytes(4).toString('hex')}.partial`;
    create(partial, target);
    try {
      await copy(source, partial, { signal, onProgress });
      signal?.throwIfAborted();
      check(partial);
      signal?.throwIfAborted();
      rename(partial, target);
    } finally {
      for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${partial}${suffix}`, { force: true });
    }
  } finally {
    source.close();
  }
  return { bytes: statSync(target).size };
}

function beginReading(source: Database.Database, path: string): void {
  try {
    source.exec('BEGIN');
    // The first read fixes the moment.
    source.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch (error) {
    throw asUnusable(error, path);
  }
}

/** Creates the file of the copy; its errors name nothing but the target. */
function create(partial: string, target: string): void {
  try {
    closeSync(openSync(partial, 'wx', 0o600));
  } catch (error) {
    const { code, errno, message } = error as NodeJS.ErrnoException;
    throw new Error(
      code === 'ENOENT' && !existsSync(dirname(target))
        ? `there is no folder ${resolve(dirname(target))}: create it first`
        : `${resolve(target)} cannot be written: ${errno === undefined ? message : getSystemErrorMessage(errno)}`,
      { cause: error },
    );
  }
}

async function copy(source: Database.Database, partial: string, { signal, onProgress }: BackupOptions): Promise<void> {
  const { totalPages: all } = await source.backup(partial, {
    progress: ({ totalPages, remainingPages }) => {
      signal?.throwIfAborted();
      onProgress?.(totalPages - remainingPages, totalPages);
      return chunkPages;
    },
  });
  // The driver does not report the last step.
  onProgress?.(all, all);
}

/** Checks the copy with SQLite itself, and leaves one file without a log beside it. */
function check(file: string): void {
  const copied = new Database(file, { fileMustExist: true });
  try {
    copied.pragma('journal_mode = DELETE');
    const found = copied.pragma('integrity_check(1)', { simple: true });
    if (found !== 'ok') throw new Error(`the copy is damaged, and so may be the database: ${String(found)}`);
  } finally {
    copied.close();
  }
}

/** Gives the copy its name. Unlike a rename, a hard link never replaces a file that was created in the meantime. */
function rename(partial: string, target: string): void {
  try {
    linkSync(partial, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new Error(taken(target), { cause: error });
    // FAT and some network file systems have no links.
    renameSync(partial, target);
  }
  // The name survives a loss of power too. Windows cannot open a folder, and does not need to.
  if (process.platform === 'win32') return;
  const folder = openSync(dirname(target), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

function taken(file: string): string {
  return `the file ${file} already exists; a backup does not replace a file`;
}
