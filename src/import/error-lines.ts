import { type Columns, errorColumns } from './columns.ts';
import type { CsvFile } from './read-csv.ts';
import type { Translate } from '../translate.ts';

/** A rejected row, as the error file repeats it. */
export interface Rejected {
  line: number;
  cells: readonly string[];
  errorCode: number;
  /** In the language of the file. */
  detail: string;
}

/** Returns the path of the error file: `users.errors.csv` for `users.csv`. */
export function errorFileOf(path: string): string {
  return path.replace(/(?:\.[^./\\]*)?$/, '.errors.csv');
}

/** Where the rejected rows of a run go. */
export interface ErrorSink {
  /** What a report calls it. */
  path: string;
  /** The language of its sentences. */
  translate: Translate;
  add(rows: readonly Rejected[]): Promise<void>;
  close(): Promise<void>;
}

/** What the lines of rejected rows depend on. */
export type ErrorFormat = Pick<CsvFile, 'header' | 'delimiter' | 'lineEnd' | 'hasBom'> & { separatorLine?: string };

/** Makes the two parts of an error file as text. Cells stay as they were (docs/decisions/0051). */
export function makeErrorLines(
  { header, delimiter, lineEnd, hasBom, separatorLine = '' }: ErrorFormat,
  { kept }: Columns,
) {
  const lineOf = (cells: readonly unknown[]): string =>
    cells.map((cell) => quoted(String(cell), delimiter)).join(delimiter) + lineEnd;
  return {
    head: (): string =>
      (hasBom ? '\uFEFF' : '') + separatorLine + lineOf([...kept.map((position) => header[position]), ...errorColumns]),
    lineOf: ({ cells, line, errorCode, detail }: Rejected): string =>
      // Surplus cells go to the end, so that the others keep their columns.
      lineOf([
        ...kept.map((position) => cells[position] ?? ''),
        line,
        errorCode,
        detail,
        ...cells.slice(header.length),
      ]),
  };
}

function quoted(cell: string, delimiter: string): string {
  return cell.includes(delimiter) || /["\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
