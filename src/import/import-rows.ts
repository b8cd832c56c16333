import { errorDictionary } from '../errors/error-dictionary.ts';
import { type Columns, inputOf } from './columns.ts';
import { openErrorFile, type Rejected } from './error-file.ts';
import { hintFor, lostLeadingZero } from './spreadsheet-hints.ts';
import { CannotImport, type ImportRow, type RowOutcome, type RowProblem, type Target } from './ports.ts';
import type { CsvFile, CsvRow } from './read-csv.ts';

/** Rows that one transaction, or one call of the API, takes. */
const chunkRows = 200;
/** Characters: long rows go in smaller chunks. */
const chunkText = 262_144;
/** Rejected rows that a report names itself. */
const named = 20;

export interface ImportReport {
  dryRun: boolean;
  /** Stopped by Ctrl-C: `rows` is what was done of `total`. */
  interrupted: boolean;
  total: number;
  rows: number;
  created: number;
  /** Would be created: a dry run. */
  valid: number;
  /** Created by an earlier run of this file. */
  imported: number;
  rejected: number;
  rejections: { errorCode: number; message: string; rows: number }[];
  firstRejected: { line: number; errorCode: number; detail: string }[];
  errorFile: string | null;
  notes: string[];
  seconds: number;
}

export interface ImportOptions {
  csv: CsvFile;
  columns: Columns;
  target: Target;
  dryRun: boolean;
  /** Between two chunks: lets others write into the same database. */
  giveWay?: (() => Promise<void>) | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: (done: number, total: number) => void;
}

/** Makes a user of each row, chunk by chunk, and writes the rejected ones to the error file; a dry run writes nothing. */
export async function importRows({
  csv,
  columns,
  target,
  dryRun,
  giveWay,
  signal,
  onProgress,
}: ImportOptions): Promise<ImportReport> {
  const begun = performance.now();
  const count = { created: 0, valid: 0, imported: 0 };
  const rejections = new Map<number, ImportReport['rejections'][number]>();
  const firstRejected: ImportReport['firstRejected'] = [];
  const lostZeros = { rows: 0, firstLine: 0 };
  const errors = dryRun ? null : await openErrorFile(csv, columns);
  let rows = 0;
  let interrupted = false;

  function note({ line, cells, input }: ImportRow, outcome: RowOutcome): Rejected[] {
    if ('became' in outcome) {
      count[outcome.became]++;
      if (outcome.phone !== null && lostLeadingZero(String(input.phone), outcome.phone) && lostZeros.rows++ === 0)
        lostZeros.firstLine = line;
      return [];
    }
    const [{ errorCode, name }] = outcome.problems;
    const detail = sentence(outcome.problems, cells, columns);
    const known = rejections.get(errorCode);
    if (known) known.rows++;
    else rejections.set(errorCode, { errorCode, message: name, rows: 1 });
    if (firstRejected.length < named) firstRejected.push({ line, errorCode, detail });
    return [{ line, cells, errorCode, detail }];
  }

  try {
    onProgress?.(0, csv.rows);
    for await (const chunk of chunksOf(csv.read())) {
      if (signal?.aborted) throw signal.reason;
      await csv.refuseChange();
      const all = chunk.map(({ line, cells }): ImportRow => ({
        line,
        cells,
        key: `${csv.hash}:${line}`,
        input: inputOf(cells, columns),
      }));
      const own = all.map(({ cells }) => surplusOf(cells, csv.header.length));
      const asked = all.filter((_, at) => own[at] === null);
      const outcomes = asked.length > 0 ? (await target(asked)).values() : [].values();
      const before = count.created;
      const rejected = all.flatMap((row, at) => note(row, own[at] ?? outcomes.next().value!));
      await errors?.add(rejected);
      rows += all.length;
      onProgress?.(rows, csv.rows);
      if (count.created > before) await giveWay?.();
    }
  } catch (error) {
    if (!signal?.aborted || (error as Error).name !== 'AbortError')
      throw new CannotImport(
        `${(error as Error).message}\n${whole(rows)} of ${whole(csv.rows)} rows are done; the same command goes on from there.`,
        { cause: error },
      );
    interrupted = true;
  } finally {
    await errors?.close();
  }
  const rejected = rejections.values().reduce((sum, one) => sum + one.rows, 0);
  const { rows: lost, firstLine } = lostZeros;
  return {
    dryRun,
    interrupted,
    total: csv.rows,
    rows,
    ...count,
    rejected,
    rejections: [...rejections.values()].toSorted((a, b) => b.rows - a.rows || a.errorCode - b.errorCode),
    firstRejected,
    errorFile: errors && rejected > 0 ? errors.path : null,
    notes: [
      ...columns.notes,
      ...(lost > 0
        ? [
            `phones with neither a 0 nor a country code in front, as Excel drops leading zeros, were read as national numbers: ${whole(lost)}, the first at line ${firstLine}`,
          ]
        : []),
    ],
    seconds: Math.round(performance.now() - begun) / 1_000,
  };
}

/** The same file gives the same chunks. */
async function* chunksOf(rows: AsyncIterable<CsvRow>): AsyncGenerator<CsvRow[]> {
  let chunk: CsvRow[] = [];
  let text = 0;
  for await (const row of rows) {
    const length = row.cells.reduce((sum, cell) => sum + cell.length, 0);
    if (chunk.length === chunkRows || (chunk.length > 0 && text + length > chunkText)) {
      yield chunk;
      chunk = [];
      text = 0;
    }
    chunk.push(row);
    text += length;
  }
  if (chunk.length > 0) yield chunk;
}

/** A row that is longer than the header has a delimiter inside of a cell: which cell is which cannot be known. */
function surplusOf(cells: readonly string[], columns: number): RowOutcome | null {
  if (!cells.slice(columns).some((cell) => cell.trim() !== '')) return null;
  const detail = `the row has ${cells.length} cells and the header ${columns}: put a cell that holds the delimiter into quotes`;
  return { problems: [{ errorCode: errorDictionary.BAD_REQUEST.errorCode, name: 'BAD_REQUEST', detail, path: [] }] };
}

/** Every problem of a row; the first has its number in a column of its own. */
function sentence(problems: readonly RowProblem[], cells: readonly string[], { places }: Columns): string {
  return problems
    .map(({ errorCode, name, detail, path: [field, part] }, index) => {
      const place = field === undefined ? undefined : places.get(field as Parameters<typeof places.get>[0]);
      const hint = place === undefined || name.endsWith('_EXISTS') ? null : hintFor(field, cells[place] ?? '');
      const which = part === undefined ? '' : `, the ${Number(part) + 1}. of the cell`;
      return `${index > 0 ? `${errorCode} ` : ''}${detail}${which}${hint ? ` (${hint})` : ''}`;
    })
    .join('; ');
}

function whole(number: number): string {
  return number.toLocaleString('en');
}
