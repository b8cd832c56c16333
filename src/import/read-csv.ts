import { type FileHandle, open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { CsvError, type Options, parse } from 'csv-parse';
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
 * Opens a file and reads it once to its end (docs/decisions/0049): its encoding, its quotes, its hash, the number of
 * its rows. Throws `CannotImport`.
 */
export async function openCsv(path: string, options: OpenOptions) {
  const cannotRead = (error: NodeJS.ErrnoException): never => {
    throw new CannotImport(
      error.code === 'ENOENT' ? `there is no file ${path}` : `${path} cannot be read: ${error.message}`,
    );
  };
  // Checked first: opening a pipe blocks until somebody writes.
  if (!(await stat(path).catch(cannotRead)).isFile())
    throw new CannotImport(`${path} is not a file; it is read twice, so that it cannot be a pipe`);
  const file = await open(path).catch(cannotRead);
  try {
    return await readOnce(file, path, options);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readOnce(file: FileHandle, path: string, { countKnown, onProgress, signal }: OpenOptions) {
  const before = await file.stat({ bigint: true });
  const start = await readStart(file);
  refuseOtherFormats(start);
  const end = await endOf(file, Number(before.size));
  const [separator, namedDelimiter] = separatorLine.exec(start.toString()) ?? [];
  const { delimiter, index: headerIndex } = findHeader({ start, namedDelimiter, parserOptions, countKnown });
  const lineEnd = /\r\n|\r|\n/.exec(start.toString())?.[0] ?? '\n';
  const checked = checkBytes(bytesOf(file, end), lineEnd, (doneBytes) => onProgress?.(doneBytes, Number(before.size)));
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

  /** Throws when the file was written since it was opened. */
  const refuseChange = async (): Promise<void> => {
    const now = await file.stat({ bigint: true });
    if (now.mtimeNs !== before.mtimeNs || now.size !== before.size)
      throw new CannotImport(`${path} was changed while it was read`);
  };
  await refuseChange();
  return {
    path,
    header: names,
    headerLine,
    /** The rows with text above the header. */
    titles,
    delimiter,
    rows,
    /** The part of an import key that names the content (docs/decisions/0050). */
    hash: checked.hash(),
    hasBom: start.indexOf('\uFEFF') === 0,
    lineEnd,
    /** Excel's line that names the delimiter, as it stands in the file; empty without one, or with a wrong one. */
    separatorLine: namedDelimiter === delimiter ? separator!.replace('\uFEFF', '') : '',
    /** Reads every row below the header that has text. */
    async *read(): AsyncGenerator<CsvRow> {
      for await (const row of rowsOf(bytesOf(file, end), delimiter))
        if (row.line > headerLine && !isBlank(row.cells)) yield row;
    },
    refuseChange,
    close: () => file.close(),
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
async function* rowsOf(bytes: AsyncIterable<Buffer>, delimiter: string): AsyncGenerator<CsvRow> {
  let line = 1;
  /** The lines of the rows that the parser has read ahead. */
  const lines: number[] = [];
  // Counted here: the parser's own number is that of a row's end, with CR LF inside quotes as two lines.
  const on_record = (cells: string[]): string[] => {
    lines.push(line);
    if (cells.length > maxCells) throw new CannotImport(`the row at line ${line} has more than ${maxCells} cells`);
    line += 1 + cells.reduce((sum, cell) => sum + (/[\r\n]/.test(cell) ? cell.match(/\r\n|\r|\n/g)!.length : 0), 0);
    return cells;
  };
  const parser = parse({ ...parserOptions(delimiter), on_record });
  try {
    const rows: AsyncIterable<string[]> = pipeline(withoutQuoteSpaces(bytes, delimiter), parser, () => undefined);
    for await (const cells of rows) yield { line: lines.shift()!, cells };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === 'CSV_QUOTE_NOT_CLOSED')
      throw new CannotImport(`the row at line ${line} opens a quote that is never closed`);
    if (error.code === 'CSV_MAX_RECORD_SIZE') throw tooLong(line);
    throw new CannotImport(`the row at line ${line} cannot be read: ${error.code}`);
  }
}
