import type { ByteSource } from './byte-source.ts';
import { CannotImport } from './ports.ts';

const readBytes = 65_536;
/** Above it a quote that was never closed is the likelier reason. */
export const maxRowBytes = 1_048_576;

/** DOS programs end a text with Ctrl-Z, some repeat it up to the end of a block. */
const dosBlockBytes = 128;
const ctrlZ = 0x1a;
const [lineFeed, carriageReturn] = [10, 13];

/** Reads the first bytes of a file. */
export function readStart(source: ByteSource): Promise<Uint8Array> {
  return source.read(0, readBytes);
}

/**
 * Returns the number of bytes of a file without the Ctrl-Z at its end; infinity, to read it to its end, without one.
 */
export async function endOf(source: ByteSource): Promise<number> {
  const length = Math.min(source.size, dosBlockBytes);
  const last = await source.read(source.size - length, length);
  const textLength = last.findLastIndex((byte) => byte !== ctrlZ) + 1;
  return textLength === last.length ? Infinity : source.size - length + textLength;
}

/** Reads a file from its beginning to `end`, piece by piece. */
export async function* bytesOf(source: ByteSource, end: number): AsyncGenerator<Uint8Array> {
  let position = 0;
  let piece: Uint8Array;
  do {
    piece = await source.read(position, Math.min(readBytes, end - position));
    position += piece.length;
    if (piece.length > 0) yield piece;
  } while (piece.length > 0 && position < end);
}

/**
 * Makes the first reading of a file: `read` yields its bytes and throws `CannotImport` where they are not UTF-8, or
 * where a line is longer than a row may be. `hash` returns the hash of what was read.
 * @param end where to stop
 * @param lineEnd of the file, by which lines are counted
 * @param onProgress gets the number of bytes read
 */
export function checkBytes(source: ByteSource, end: number, lineEnd: string, onProgress: (doneBytes: number) => void) {
  const hash = source.startHash();
  const newLine = lineEnd.charCodeAt(lineEnd.length - 1);

  async function* read(): AsyncGenerator<Uint8Array> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    let line = 1;
    let doneBytes = 0;
    // The parser limits a row only by the size of its cells.
    let lineBytes = 0;
    for await (const piece of bytesOf(source, end)) {
      hash.update(piece);
      const lastEnd = Math.max(piece.lastIndexOf(lineFeed), piece.lastIndexOf(carriageReturn));
      lineBytes = lastEnd < 0 ? lineBytes + piece.length : piece.length - 1 - lastEnd;
      if (lineBytes > maxRowBytes) throw tooLong(line);
      if (!decodes(() => decoder.decode(piece, { stream: true }))) throw notUtf8(line + wrongLineIn(piece, newLine));
      for (let at = piece.indexOf(newLine); at >= 0; at = piece.indexOf(newLine, at + 1)) line++;
      yield piece;
      onProgress((doneBytes += piece.length));
    }
    if (!decodes(() => decoder.decode())) throw notUtf8(line);
  }

  return {
    read,
    /** Returns 132 bits of the SHA-256, 22 characters of base64url. */
    hash: async (): Promise<string> =>
      btoa(String.fromCharCode(...(await hash.digest())))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
        .slice(0, 22),
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
function wrongLineIn(piece: Uint8Array, newLine: number): number {
  const lines: Uint8Array[] = [];
  for (let begin = 0; begin <= piece.length;) {
    const end = piece.indexOf(newLine, begin);
    lines.push(piece.subarray(begin, end < 0 ? piece.length : end));
    begin = end < 0 ? piece.length + 1 : end + 1;
  }
  const isUtf8 = (line: Uint8Array) => decodes(() => new TextDecoder('utf-8', { fatal: true }).decode(line));
  // The first line may begin, and the last may end, inside a character: they are checked last.
  const wrong = lines.findIndex((line, index) => index > 0 && index < lines.length - 1 && !isUtf8(line));
  if (wrong >= 0) return wrong;
  return isUtf8(lines[0]!) ? lines.length - 1 : 0;
}
