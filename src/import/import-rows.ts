import { errorDictionary } from '../errors/error-dictionary.ts';
import { type Columns, inputOf, upsertInputOf } from './columns.ts';
import type { ErrorSink } from './error-lines.ts';
import { CannotImport, type ImportRow, type RowOutcome, type Target } from './ports.ts';
import type { CsvFile, CsvRow } from './read-csv.ts';
import { type ImportReport, makeCounter } from './report.ts';
import { english, type Translate } from '../translate.ts';

/** Rows in one transaction, or in one call of the API. */
const maxChunkRows = 200;
/** Characters of a chunk with its delimiters: long rows go in smaller chunks. */
const maxChunkLength = 262_144;

/** What an import needs. */
export interface ImportOptions {
  csv: CsvFile;
  columns: Columns;
  target: Target;
  dryRun: boolean;
  /** Whether the target changes users who are there: then what the file does not say stays as it is. */
  isUpsert?: boolean;
  /** Where rejected rows go; closed at the end. */
  errors: ErrorSink | null;
  /** The language of the report; default English. */
  translate?: Translate;
  /** Runs between two chunks, so that others can write into the same database. */
  yieldToOtherWriters?: (() => Promise<void>) | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: (done: number, total: number) => void;
}

/**
 * Imports each row, chunk by chunk: creates or changes its user. The rejected rows go to `errors`; a dry run writes
 * nothing. Throws `CannotImport` when it cannot go on; `signal` ends it between two chunks, with a report.
 */
export async function importRows({
  csv,
  columns,
  target,
  dryRun,
  isUpsert = false,
  errors,
  translate = english,
  yieldToOtherWriters,
  signal,
  onProgress,
}: ImportOptions): Promise<ImportReport> {
  const begunAt = performance.now();
  const counter = makeCounter(columns, translate);
  let rows = 0;
  let interrupted = false;
  try {
    onProgress?.(0, csv.rows);
    for await (const chunk of chunksOf(csv.read())) {
      if (signal?.aborted) throw signal.reason;
      await csv.refuseChange();
      const parsed = chunk.map((row) => parsedRow(row, csv, columns, isUpsert));
      const outcomes = await outcomesOf(parsed, csv.header.length, target);
      const rejected = parsed.flatMap((row, at) => counter.add(row, outcomes[at]!, errors?.translate ?? english) ?? []);
      await errors?.add(rejected);
      rows += chunk.length;
      onProgress?.(rows, csv.rows);
      if (outcomes.some(({ kind }) => kind === 'created' || kind === 'updated')) await yieldToOtherWriters?.();
    }
  } catch (error) {
    if (!signal?.aborted || (error as Error).name !== 'AbortError') throw endedAt(rows, csv.rows, error as Error);
    interrupted = true;
  } finally {
    await errors?.close();
  }
  const counts = counter.counts();
  return {
    dryRun,
    interrupted,
    total: csv.rows,
    rows,
    created: counts.created,
    updated: counts.updated,
    unchanged: counts.unchanged,
    valid: counts.valid,
    actions: counts.actions,
    imported: counts.imported,
    rejected: counts.rejected,
    rejections: counts.rejections,
    firstRejected: counts.firstRejected,
    errorFile: errors && counts.rejected > 0 ? errors.path : null,
    notes: counts.notes,
    seconds: Math.round(performance.now() - begunAt) / 1_000,
  };
}

function parsedRow({ line, cells }: CsvRow, { hash }: CsvFile, columns: Columns, isUpsert: boolean): ImportRow {
  const input = isUpsert ? upsertInputOf(cells, columns) : inputOf(cells, columns);
  return { line, cells, key: `${hash}:${line}`, input };
}

/** Sends the rows of a chunk to the target, except those that are rejected here. */
async function outcomesOf(rows: readonly ImportRow[], columns: number, target: Target): Promise<RowOutcome[]> {
  const own = rows.map(({ cells }) => rejectSurplus(cells, columns));
  const sent = rows.filter((_, at) => own[at] === null);
  const outcomes = (sent.length > 0 ? await target(sent) : []).values();
  return own.map((outcome) => outcome ?? outcomes.next().value!);
}

/** Rejects a row that is longer than the header: a cell holds the delimiter, and nobody can know which one. */
function rejectSurplus(cells: readonly string[], columns: number): RowOutcome | null {
  if (!cells.slice(columns).some((cell) => cell.trim() !== '')) return null;
  const detail =
    `the row has ${cells.length} cells and the header ${columns}: ` + 'put a cell that holds the delimiter into quotes';
  const { errorCode } = errorDictionary.BAD_REQUEST;
  return { kind: 'rejected', problems: [{ errorCode, name: 'BAD_REQUEST', detail, path: [] }] };
}

function endedAt(rows: number, total: number, error: Error): CannotImport {
  // A full disk or a busy database passes; a wrong secret or another file under the same name does not.
  const mayPass = !(error instanceof CannotImport) || error.mayPass;
  const [done, all] = [rows, total].map((count) => count.toLocaleString('en'));
  const state = `${done} of ${all} rows are done${mayPass ? '; the same command goes on from there' : ''}.`;
  return new CannotImport(`${error.message}\n${state}`, { cause: error, mayPass });
}

/** Groups rows into chunks. The same file always gives the same chunks. */
async function* chunksOf(rows: AsyncIterable<CsvRow>): AsyncGenerator<CsvRow[]> {
  let chunk: CsvRow[] = [];
  let chunkLength = 0;
  for await (const row of rows) {
    const length = row.cells.reduce((sum, cell) => sum + cell.length + 1, 0);
    if (chunk.length === maxChunkRows || (chunk.length > 0 && chunkLength + length > maxChunkLength)) {
      yield chunk;
      chunk = [];
      chunkLength = 0;
    }
    chunk.push(row);
    chunkLength += length;
  }
  if (chunk.length > 0) yield chunk;
}
