import { CsvError, type Options, parse } from 'csv-parse';
import type { ByteSource } from './byte-source.ts';
import { bytesOf, checkBytes, endOf, maxRowBytes, readStart, tooLong } from './csv-bytes.ts';
import { refuseOtherFormats } from './file-format.ts';
import { findHeader, isBlank } from './find-header.ts';
import { CannotImport } from './ports.ts';
import { withoutQuoteSpaces } from './quote-spaces.ts';

/** Excel's limit. A row of delimiters alone is short in bytes and costs 50 times as much as cells. */
const maxCells = 16_384;
/** Excel's own first line, which names the delimiter; when it has saved a file again, delimiters may follow. */
const separatorLine = /^\uFEFF?"?sep *= *([^"\r\n ]) *"?[,;\t ]*(?:\r\n|\r|\n|$)/i;

/** A row of the file. */
export interface CsvRow {
  /** The line where it begins, as an editor counts, from 1. */
  line: number;
  cells: string[];
}

/** A file that was read once to its end and is open for reading its rows. */
export type CsvFile = Awaited<ReturnType<typeof openCsv>>;

/** What the first reading needs. */
export interface OpenOptions {
  /** Recognises the header and its delimiter. */
  countKnown: (header: readonly string[]) => number;
  onProgress?: (doneBytes: number, totalBytes: number) => void;
  signal?: AbortSignal | undefined;
}

/**
 * Reads a file once to its end (docs/decisions/0049): its encoding, its quotes, its hash, the number of its rows.
 * Closes it when it throws `CannotImport`.
 */
export async function openCsv(source: ByteSource, options: OpenOptions) {
  try {
    return await readOnce(source, options);
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function readOnce(source: ByteSource, { countKnown, onProgress, signal }: OpenOptions) {
  const { path } = source;
  const startBytes = await readStart(source);
  refuseOtherFormats(startBytes);
  const start = new TextDecoder('utf-8', { ignoreBOM: true }).decode(startBytes);
  const end = await endOf(source);
  const [separator, namedDelimiter] = separatorLine.exec(start) ?? [];
  const { delimiter, index: headerIndex } = findHeader({ start, namedDelimiter, parserOptions, countKnown });
  const lineEnd = /\r\n|\r|\n/.exec(start)?.[0] ?? '\n';
  const checked = checkBytes(source, end, lineEnd, (doneBytes) => onProgress?.(doneBytes, source.size));
  let header: CsvRow | undefined;
  const titles: CsvRow[] = [];
  let rows = 0;
  let index = 0;
  for await (const row of rowsOf(checked.read(), delimiter)) {
    signal?.throwIfAborted();
    const at = index++;
    if (isBlank(row.cells) || (at === 0 && separator !== undefined)) continue;
    if (header) rows++;
    else if (at < headerIndex) titles.push(row);
    else header = row;
  }
  if (!header) throw new CannotImport(`${path} is empty: line 1 must name the columns`);
  const { line: headerLine, cells: names } = header;

  await source.refuseChange();
  return {
    path,
    header: names,
    headerLine,
    /** The rows with text above the header. */
    titles,
    delimiter,
    rows,
    /** The part of an import key that names the content (docs/decisions/0050). */
    hash: await checked.hash(),
    hasBom: start.startsWith('\uFEFF'),
    lineEnd,
    /** Excel's line that names the delimiter, as it stands in the file; empty without one, or with a wrong one. */
    separatorLine: namedDelimiter === delimiter ? separator!.replace('\uFEFF', '') : '',
    /** Reads every row below the header that has text. */
    async *read(): AsyncGenerator<CsvRow> {
      for await (const row of rowsOf(bytesOf(source, end), delimiter))
        if (row.line > headerLine && !isBlank(row.cells)) yield row;
    },
    refuseChange: source.refuseChange,
    close: source.close,
  };
}

function parserOptions(delimiter: string) {
  // Quotes inside an unquoted cell are text. Excel leaves out empty cells at the end of some rows.
  return {
    delimiter,
    bom: true,
    relax_quotes: true,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: maxRowBytes,
  } satisfies Options;
}

/** Parses every row, blank ones too. Throws `CannotImport` with the line of a row that cannot be parsed. */
async function* rowsOf(bytes: AsyncIterable<Uint8Array>, delimiter: string): AsyncGenerator<CsvRow> {
  let line = 1;
  let rows: CsvRow[] = [];
  // Counted here: the parser's own number is that of a row's end, with CR LF inside quotes as two lines.
  const on_record = (cells: string[]): undefined => {
    if (cells.length > maxCells) throw new CannotImport(`the row at line ${line} has more than ${maxCells} cells`);
    rows.push({ line, cells });
    line += 1 + cells.reduce((sum, cell) => sum + (/[\r\n]/.test(cell) ? cell.match(/\r\n|\r|\n/g)!.length : 0), 0);
  };
  const parser = parse({ ...parserOptions(delimiter), on_record });
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => undefined);
  parser.on('error', reject);
  const feed = (feedWith: (done: () => void) => void) => Promise.race([failed, new Promise<void>(feedWith)]);
  const decoder = new TextDecoder();
  try {
    for await (const piece of withoutQuoteSpaces(bytes, delimiter)) {
      await feed((done) => parser.write(decoder.decode(piece, { stream: true }), done));
      yield* rows;
      rows = [];
    }
    parser.resume();
    await feed((done) => parser.on('end', done).end(decoder.decode()));
    yield* rows;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === 'CSV_QUOTE_NOT_CLOSED')
      throw new CannotImport(`the row at line ${line} opens a quote that is never closed`);
    if (error.code === 'CSV_MAX_RECORD_SIZE') throw tooLong(line);
    throw new CannotImport(`the row at line ${line} cannot be read: ${error.code}`);
  }
}
