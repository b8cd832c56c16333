import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../make-folder.ts';

/** Reads the secret key of development, 32 bytes. The first start creates it in `folder` with mode 0600. */
export function developmentSecretKey(folder: string): Buffer {
  const file = join(folder, 'secret.key');
  if (!existsSync(file)) createKey(folder, file);
  const key = Buffer.from(readFileSync(file, 'utf8'), 'base64');
  if (key.length !== 32)
    throw new Error(
      `${file} does not contain 32 bytes in base64; delete it, and the next start creates a new one ` +
        '(queued mails can then not be opened)',
    );
  return key;
}

/** Creates the key as a new file and links it, so that a reader sees all of it, and two starts agree on one key. */
function createKey(folder: string, file: string): void {
  makeFolder(folder);
  const newFile = `${file}.${randomBytes(8).toString('hex')}`;
  writeFileSync(newFile, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(newFile, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(newFile);
  }
}
