import { closeSync, openSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import Database from 'better-sqlite3';
import { makeFolder } from '../../make-folder.ts';
import { UnusableDatabase } from '../unusable.ts';

/** Errors of a path that another try does not cure. A full disk and too many open files are not among them. */
const wrongPath = /^E(NOENT|NOTDIR|ISDIR|ACCES|PERM|ROFS|LOOP|NAMETOOLONG|INVAL|NXIO|EXIST)$/;
/**
 * The same among the result codes of SQLite: https://sqlite.org/rescode.html. A file that cannot even be read, as of
 * /proc, is IOERR.
 */
const wrongFile = /^SQLITE_(NOTADB|CANTOPEN|READONLY|PERM|AUTH|IOERR)/;

/**
 * Opens the file at `path`. Unless `readOnly`, creates a missing file with mode 0600, and its folder. Throws an
 * `UnusableDatabase` when it cannot be opened.
 *
 * @param timeout milliseconds for which SQLite itself waits for a lock
 */
export function openFile(
  path: string,
  { readOnly, mustExist = false, timeout }: { readOnly: boolean; mustExist?: boolean; timeout: number },
): Database.Database {
  try {
    if (path !== ':memory:') prepare(path, { readOnly, mustExist });
    return new Database(path, { fileMustExist: readOnly || mustExist, timeout });
  } catch (error) {
    throw asUnusable(error, path);
  }
}

function prepare(path: string, { readOnly, mustExist }: { readOnly: boolean; mustExist: boolean }): void {
  const found = statSync(path, { throwIfNoEntry: false });
  // Checked first: opening a pipe blocks until somebody reads.
  if (found && !found.isFile()) throw new UnusableDatabase('address', `${resolve(path)} is not a file`);
  if (readOnly && found) return;
  if ((readOnly || mustExist) && !found)
    throw new UnusableDatabase(
      'missing',
      `there is no database ${resolve(path)}: the first start of the gateway creates it, or gateway company create`,
    );
  makeFolder(dirname(path));
  closeSync(openSync(path, 'a', 0o600));
}

/**
 * Turns an error of opening a file into an `UnusableDatabase` where the address is at fault; returns other errors as
 * they are.
 */
export function asUnusable(error: unknown, path: string): unknown {
  const { code = '', errno, cause } = error as NodeJS.ErrnoException;
  const inner = cause instanceof Database.SqliteError ? cause : error;
  if (inner instanceof Database.SqliteError && wrongFile.test(inner.code))
    return new UnusableDatabase('address', `${resolve(path)} cannot be opened as a database: ${inner.message}`);
  if (!wrongPath.test(code)) return error;
  return new UnusableDatabase(
    'address',
    `${resolve(path)} cannot be opened or created: ${errno === undefined ? code : getSystemErrorMessage(errno)}`,
  );
}
