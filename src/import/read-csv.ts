import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { CsvError, type Options, parse } from 'csv-parse';
import { parse as parseAtOnce } from 'csv-parse/sync';
import { CannotImport } from './ports.ts';

const readSize = 65_536;
/** Bytes. Beyond it a quote that was never closed is the likelier reason. */
const longestRow = 1_048_576;
/** As Excel has at most. A row of delimiters alone is short in bytes and costs 50 times as much as cells. */
const mostCells = 16_384;
const delimiters = [',', ';', '\t'];
/** Excel's own first line, which names the delimiter; when it has saved a file again, delimiters may stand behind it. */
const separatorLine = /^\uFEFF?"?sep=([^"\r\n])"?[,;\t]*(?:\r\n|\r|\n|$)/i;

export interface CsvRow {
  /** Where it begins, as an editor counts, from 1. */
  line: number;
  cells: string[];
}

export type CsvFile = Awaited<ReturnType<typeof openCsv>>;

/**
 * Reads a file once from end to end, so that nothing is done by halves with one that cannot be read: its encoding, its
 * quotes, its hash, the number of its rows. `countKnown` tells the delimiter by the header. Throws `CannotImport`.
 */
export async function openCsv(
  path: string,
  {
    countKnown,
    onProgress,
    signal,
  }: {
    countKnown: (header: readonly string[]) => number;
    onProgress?: (done: number, total: number) => void;
    signal?: AbortSignal | undefined;
  },
) {
  const cannotRead = (error: NodeJS.ErrnoException): never => {
    throw new CannotImport(
      error.code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read: ${error.message}`,
    );
  };
  // Asked before it is opened: that of a pipe waits for a writer.
  if (!(await stat(path).catch(cannotRead)).isFile())
    throw new CannotImport(`${path} is no file; it is read twice, so that it cannot be a pipe`);
  const file = await open(path).catch(cannotRead);
  try {
    const before = await file.stat({ bigint: true });
    const { buffer, bytesRead } = await file.read(Buffer.alloc(readSize), 0, readSize, 0);
    const start = buffer.subarray(0, bytesRead);
    refuseOtherFormats(start);
    const [separator, named] = separatorLine.exec(start.toString()) ?? [];
    const delimiter = named ?? delimiterOf(start, countKnown);
    const hash = createHash('sha256');
    let header: string[] | undefined;
    let rows = 0;
    const headerLine = separator === undefined ? 1 : 2;
    const lineEnd = /\r\n|\r|\n/.exec(start.toString())?.[0] ?? '\n';
    for await (const { line, cells } of records(
      checked(file, hash, lineEnd, (done) => onProgress?.(done, Number(before.size))),
      delimiter,
    )) {
      signal?.throwIfAborted();
      if (line < headerLine) continue;
      if (!header) header = cells;
      else if (!isBlank(cells)) rows++;
    }
    if (!header) throw new CannotImport(`${path} is empty: line 1 must name the columns`);

    const refuseChange = async (): Promise<void> => {
      const now = await file.stat({ bigint: true });
      if (now.mtimeNs !== before.mtimeNs || now.size !== before.size)
        throw new CannotImport(`${path} was changed while it was read`);
    };
    await refuseChange();
    return {
      path,
      header,
      delimiter,
      rows,
      /** 132 bits of SHA-256. */
      hash: hash.digest('base64url').slice(0, 22),
      hasBom: start.indexOf('\uFEFF') === 0,
      lineEnd,
      /** Excel's line that names the delimiter, as it stands in the file; empty without one. */
      separatorLine: separator?.replace('\uFEFF', '') ?? '',
      /** Every row but the header and those without any text. */
      async *read(): AsyncGenerator<CsvRow> {
        for await (const row of records(bytesOf(file), delimiter))
          if (row.line > headerLine && !isBlank(row.cells)) yield row;
      },
      /** Throws when somebody wrote into the file since it was opened. */
      refuseChange,
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

function isBlank(cells: readonly string[]): boolean {
  return !cells.some((cell) => cell.trim() !== '');
}

async function* bytesOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(readSize), 0, readSize, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** The bytes of a file, hashed; throws where they are no UTF-8, or a line is longer than a row may be. */
async function* checked(
  file: FileHandle,
  hash: ReturnType<typeof createHash>,
  lineEnd: string,
  onProgress: (done: number) => void,
): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const newLine = lineEnd.at(-1)!;
  const lastByte = newLine.charCodeAt(0);
  let line = 1;
  let done = 0;
  const refuse = (from: number): never => {
    throw new CannotImport(`line ${from} is not UTF-8; the file may be Windows-1252: in Excel, save it as "CSV UTF-8"`);
  };
  // Bytes since a line ended: the parser holds a row to its size only by what stands in its cells.
  let since = 0;
  for await (const bytes of bytesOf(file)) {
    hash.update(bytes);
    const end = Math.max(bytes.lastIndexOf(10), bytes.lastIndexOf(13));
    since = end < 0 ? since + bytes.length : bytes.length - 1 - end;
    if (since > longestRow) throw tooLong(line);
    try {
      decoder.decode(bytes, { stream: true });
    } catch {
      const lines = bytes
        .toString('latin1')
        .split(newLine)
        .map((text) => Buffer.from(text, 'latin1'));
      // The first piece may begin, and the last may end, inside of a character: they are asked last.
      const wrong = lines.findIndex((piece, index) => index > 0 && index < lines.length - 1 && !isUtf8(piece));
      refuse(line + (wrong >= 0 ? wrong : isUtf8(lines[0]!) ? lines.length - 1 : 0));
    }
    for (let at = bytes.indexOf(lastByte); at >= 0; at = bytes.indexOf(lastByte, at + 1)) line++;
    yield bytes;
    onProgress((done += bytes.length));
  }
  try {
    decoder.decode();
  } catch {
    refuse(line);
  }
}

function refuseOtherFormats(start: Buffer): void {
  const format =
    start.indexOf('PK\u0003\u0004') === 0 || start.indexOf(Buffer.from('d0cf11e0', 'hex')) === 0
      ? 'an Excel workbook'
      : /^(?:\xff\xfe|\xfe\xff|\0[^]|[^]\0)/.test(start.toString('latin1', 0, 2))
        ? 'a file in UTF-16'
        : null;
  if (format) throw new CannotImport(`this is ${format}: in Excel, save it as "CSV UTF-8"`);
}

/** The one under which most columns of the header have a known name. */
function delimiterOf(start: Buffer, countKnown: (header: readonly string[]) => number): string {
  const known = (delimiter: string): number => {
    try {
      const [header] = parseAtOnce(start, { ...options(delimiter), to: 1 });
      return countKnown(header ?? []);
    } catch {
      return 0;
    }
  };
  return delimiters.toSorted((a, b) => known(b) - known(a))[0]!;
}

function options(delimiter: string) {
  // Quotes inside of an unquoted cell are text. Excel leaves out empty cells at the end of a row, here and there.
  return {
    delimiter,
    bom: true,
    relax_quotes: true,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: longestRow,
  } satisfies Options;
}

/** Every record, blank ones too, with its line. */
async function* records(bytes: AsyncIterable<Buffer>, delimiter: string): AsyncGenerator<CsvRow> {
  let line = 1;
  // Counted here: the parser's own number is that of a record's end, with CR LF inside of quotes as two lines.
  const on_record = (cells: string[]): CsvRow => {
    const row = { line, cells };
    if (cells.length > mostCells) throw new CannotImport(`the row at line ${line} has more than ${mostCells} cells`);
    line += 1 + cells.reduce((sum, cell) => sum + (/[\r\n]/.test(cell) ? cell.match(/\r\n|\r|\n/g)!.length : 0), 0);
    return row;
  };
  try {
    yield* pipeline(
      bytes,
      parse({ ...options(delimiter), on_record } as unknown as Options),
      () => undefined,
    ) as AsyncIterable<CsvRow>;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === 'CSV_QUOTE_NOT_CLOSED')
      throw new CannotImport(`the row at line ${line} opens a quote that is never closed`);
    if (error.code === 'CSV_MAX_RECORD_SIZE') throw tooLong(line);
    throw new CannotImport(`the row at line ${line} cannot be read: ${error.code}`);
  }
}

function tooLong(line: number): CannotImport {
  return new CannotImport(`the row at line ${line} is longer than ${longestRow} bytes; is a quote never closed?`);
}
