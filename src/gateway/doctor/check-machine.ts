import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { failed, type Finding, ok, skipped } from './finding.ts';

/** The first version of Node that runs the gateway: `engines` of package.json. */
const minNode = 24;
/** Enough for a day of creations and for the `-wal` file. */
const minFreeBytes = 100 * 1_048_576;

/** Checks the version of Node, e.g. `26.10.0`. */
export function checkNode(version: string): Finding {
  if (Number.parseInt(version) >= minNode) return ok('node', `Node ${version}`);
  return failed('node', `Node ${version} is too old`, `use Node ${minNode} or later, or start the gateway by npm`);
}

/** Which files hold what nobody else may read. */
export interface FileNeeds {
  /** The SQLite file; null on Postgres. */
  database: string | null;
  /** Where development keeps its key and its demo client; null in production. */
  folder: string | null;
  /** Throws when a path cannot be used so; default Node's own. */
  access?: (path: string, mode: number) => void;
}

/** Checks that only the gateway's user can read the files with secrets and replace them, and that it can write them. */
export function checkFiles({ database, folder, access = accessSync }: FileNeeds): Finding {
  const check = 'files';
  if (process.platform === 'win32') return skipped(check, 'Windows has no file modes');
  const secret = [
    ...(database ? [database, `${database}-wal`, `${database}-shm`] : []),
    ...(folder ? [join(folder, 'secret.key'), join(folder, 'demo-client.json')] : []),
  ].filter(exists);
  const folders = [...new Set([...(database ? [dirname(database)] : []), ...(folder ? [folder] : [])])].filter(exists);
  for (const path of secret)
    if (modeOf(path) & 0o077) return failed(check, `others may use ${resolve(path)}`, `chmod 600 ${resolve(path)}`);
  for (const path of folders) {
    // In a folder with the sticky bit, such as /tmp, others cannot replace a file.
    if ((modeOf(path) & 0o022) !== 0 && (modeOf(path) & 0o1000) === 0)
      return failed(check, `others may write into ${resolve(path)}`, `chmod go-w ${resolve(path)}`);
  }
  const locked = [...secret, ...folders].find((path) => !isWritable(path, access));
  if (locked) {
    const remedy = 'give it to the user of the gateway, with chown, or run the doctor as that user';
    return failed(check, `this user cannot write ${resolve(locked)}`, remedy);
  }
  if (secret.length === 0) return skipped(check, 'there are none yet');
  return ok(check, `only their owner can use ${secret.map((path) => resolve(path)).join(', ')}`);
}

/** Checks the free space where the database, or the first folder above it that exists, lies. */
export function checkDisk(database: string | null, minBytes = minFreeBytes): Finding {
  if (database === null) return skipped('disk', 'the database is on another machine or has its own disk');
  let folder = dirname(resolve(database));
  while (!exists(folder)) folder = dirname(folder);
  const { bavail, bsize } = statfsSync(folder);
  const free = `${Math.floor((bavail * bsize) / 1_048_576)} MiB are free in ${folder}`;
  return bavail * bsize >= minBytes ? ok('disk', free) : failed('disk', `only ${free}`, 'free space or move the file');
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function modeOf(path: string): number {
  return statSync(path).mode;
}

function isWritable(path: string, access: NonNullable<FileNeeds['access']>): boolean {
  try {
    access(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
