import type { ByteSource } from '../byte-source.ts';
import { CannotImport } from '../ports.ts';

/** Makes the source of a file that a person chose in a browser, which refuses to read it once it was changed. */
export function fileSource(file: File): ByteSource {
  async function read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return new Uint8Array(await file.slice(position, position + length).arrayBuffer());
    } catch {
      throw new CannotImport(`${file.name} cannot be read, or it was changed since it was chosen: choose it again`);
    }
  }
  return {
    path: file.name,
    size: file.size,
    read,
    refuseChange: async () => void (await read(0, 1)),
    startHash() {
      // The digest of a browser takes all at once.
      const pieces: Uint8Array[] = [];
      return {
        update: (piece) => void pieces.push(piece),
        async digest() {
          if (!globalThis.crypto?.subtle) throw new CannotImport('open this page through https');
          const bytes = await new Blob(pieces as Uint8Array<ArrayBuffer>[]).arrayBuffer();
          return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
        },
      };
    },
    close: async () => undefined,
  };
}
