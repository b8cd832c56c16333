import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import type { ByteSource } from './byte-source.ts';
import { CannotImport } from './ports.ts';

/** Opens a file of this machine. Throws `CannotImport` for a path without one, and for a pipe. */
export async function openFile(path: string): Promise<ByteSource> {
  const cannotRead = (error: NodeJS.ErrnoException): never => {
    throw new CannotImport(
      error.code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read: ${error.message}`,
    );
  };
  // Checked first: opening a pipe blocks until somebody writes.
  if (!(await stat(path).catch(cannotRead)).isFile())
    throw new CannotImport(`${path} is not a file; it is read twice, so that it cannot be a pipe`);
  const file = await open(path).catch(cannotRead);
  const opened = await file.stat({ bigint: true });
  return {
    path,
    size: Number(opened.size),
    async read(position, length) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
      return buffer.subarray(0, bytesRead);
    },
    async refuseChange() {
      const now = await file.stat({ bigint: true });
      if (now.mtimeNs !== opened.mtimeNs || now.size !== opened.size)
        throw new CannotImport(`${path} was changed while it was read`);
    },
    startHash() {
      const hash = createHash('sha256');
      return { update: (bytes) => void hash.update(bytes), digest: async () => hash.digest() };
    },
    close: () => file.close(),
  };
}
