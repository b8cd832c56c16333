import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { CannotImport } from './ports.ts';

const readBytes = 65_536;
/** Above it a quote that was never closed is the likelier reason. */
export const maxRowBytes = 1_048_576;

/** DOS programs end a text with Ctrl-Z, some repeat it up to the end of a block. */
const dosBlockBytes = 128;
const ctrlZ = 0x1a;

/** Reads the first bytes of a file. */
export async function readStart(file: FileHandle): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(readBytes), 0, readBytes, 0);
  return buffer.subarray(0, bytesRead);
}

/**
 * Returns the number of bytes of a file without the Ctrl-Z at its end; infinity, to read it to its end, without one.
 */
export async function endOf(file: FileHandle, size: number): Promise<number> {
  const length = Math.min(size, dosBlockBytes);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
  const last = buffer.subarray(0, bytesRead);
  const textLength = last.findLastIndex((byte) => byte !== ctrlZ) + 1;
  return textLength === last.length ? Infinity : size - length + textLength;
}

/** Reads a file from its beginning to `end`, piece by piece. */
export async function* bytesOf(file: FileHandle, end: number): AsyncGenerator<Buffer> {
  let position = 0;
  let bytesRead: number;
  do {
    const length = Math.min(readBytes, end - position);
    const read = await file.read(Buffer.allocUnsafe(length), 0, length, position);
    bytesRead = read.bytesRead;
    position += bytesRead;
    if (bytesRead > 0) yield read.buffer.subarray(0, bytesRead);
  } while (bytesRead > 0 && position < end);
}

/**
 * Makes the first reading of a file: `read` yields its bytes and throws `CannotImport` where they are not UTF-8, or
 * where a line is longer than a row may be. `hash` returns the hash of what was read.
 * @param lineEnd of the file, by which lines are counted
 * @param onProgress gets the number of bytes read
 */
export function checkBytes(bytes: AsyncIterable<Buffer>, lineEnd: string, onProgress: (doneBytes: number) => void) {
  const hash = createHash('sha256');
  const newLine = lineEnd.at(-1)!;
  const newLineByte = newLine.charCodeAt(0);

  async function* read(): AsyncGenerator<Buffer> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let line = 1;
    let doneBytes = 0;
    // The parser limits a row only by the size of its cells.
    let lineBytes = 0;
    for await (const piece of bytes) {
      hash.update(piece);
      const end = Math.max(piece.lastIndexOf(10), piece.lastIndexOf(13));
      lineBytes = end < 0 ? lineBytes + piece.length : piece.length - 1 - end;
      if (lineBytes > maxRowBytes) throw tooLong(line);
      if (!decodes(() => decoder.decode(piece, { stream: true }))) throw notUtf8(line + wrongLineIn(piece, newLine));
      for (let at = piece.indexOf(newLineByte); at >= 0; at = piece.indexOf(newLineByte, at + 1)) line++;
      yield piece;
      onProgress((doneBytes += piece.length));
    }
    if (!decodes(() => decoder.decode())) throw notUtf8(line);
  }

  return {
    read,
    /** Returns 132 bits of the SHA-256, 22 characters of base64url. */
    hash: (): string => hash.digest('base64url').slice(0, 22),
  };
}

/** Returns the error of a row that is too long. */
export function tooLong(line: number): CannotImport {
  return new CannotImport(`the row at line ${line} is longer than ${maxRowBytes} bytes; is a quote never closed?`);
}

function notUtf8(line: number): CannotImport {
  return new CannotImport(`line ${line} is not UTF-8; the file may be Windows-1252: in Excel, save it as "CSV UTF-8"`);
}

function decodes(decode: () => string): boolean {
  try {
    decode();
    return true;
  } catch {
    return false;
  }
}

/** Finds the line of a piece of a file that is not UTF-8, from 0. */
function wrongLineIn(bytes: Buffer, newLine: string): number {
  const lines = bytes
    .toString('latin1')
    .split(newLine)
    .map((text) => Buffer.from(text, 'latin1'));
  // The first line may begin, and the last may end, inside a character: they are checked last.
  const wrong = lines.findIndex((line, index) => index > 0 && index < lines.length - 1 && !isUtf8(line));
  if (wrong >= 0) return wrong;
  return isUtf8(lines[0]!) ? lines.length - 1 : 0;
}
