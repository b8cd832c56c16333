import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../make-folder.ts';

/** The SECRET_KEY of development, 32 bytes, made at the first start in `folder` with mode 0600. */
export function developmentSecretKey(folder: string): Buffer {
  const file = join(folder, 'secret.key');
  if (!existsSync(file)) makeKey(folder, file);
  const key = Buffer.from(readFileSync(file, 'utf8'), 'base64');
  if (key.length !== 32)
    throw new Error(
      `${file} does not hold 32 bytes in base64; delete it to have a new one made (queued mails can then not be opened)`,
    );
  return key;
}

/**
 * Written beside and linked into its place: whoever reads it reads all of it, and two starts at once end with one key.
 */
function makeKey(folder: string, file: string): void {
  makeFolder(folder);
  const made = `${file}.${randomBytes(8).toString('hex')}`;
  writeFileSync(made, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(made, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(made);
  }
}
