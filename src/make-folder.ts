import { mkdirSync, statSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';

/**
 * Creates a folder and its parents, as `mkdir -p` does. Throws the system's error when one of them cannot be created.
 * Node's own `recursive: true` never returns inside a folder that answers ENOENT to a new entry, as /proc does.
 */
export function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Another process was faster, or the path is a file.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
    const { ENOTDIR } = constants.errno;
    throw Object.assign(new Error(`${folder} is not a folder`), { code: 'ENOTDIR', errno: -ENOTDIR });
  }
}
