import { type FileHandle, open, rm } from 'node:fs/promises';
import { type Columns, errorColumns } from './columns.ts';
import { CannotImport } from './ports.ts';
import type { CsvFile } from './read-csv.ts';

/** A rejected row, as the error file repeats it. */
export interface Rejected {
  line: number;
  cells: readonly string[];
  errorCode: number;
  detail: string;
}

/** Returns the path of the error file: `users.errors.csv` for `users.csv`. */
export function errorFileOf(path: string): string {
  return path.replace(/(?:\.[^./\\]*)?$/, '.errors.csv');
}

const headBytes = 65_536;

/**
 * Opens the file of rejected rows. Each run removes the file of the run before at once, and creates its own with the
 * first rejected row. Cells stay as they were (docs/decisions/0051). Throws `CannotImport` when the path holds another
 * file.
 */
export async function openErrorFile(
  csv: Pick<CsvFile, 'path' | 'header' | 'delimiter' | 'lineEnd' | 'hasBom'> & { separatorLine?: string },
  { kept }: Columns,
) {
  const path = errorFileOf(csv.path);
  const { delimiter, header, lineEnd } = csv;
  if (!isErrorFile(await headOf(path)))
    throw new CannotImport(
      `${path} is the path for rejected rows, but it is not a file of rejected rows: move it away`,
    );
  await rm(path, { force: true });
  let file: FileHandle | undefined;
  const lineOf = (cells: readonly unknown[]): string =>
    cells.map((cell) => quoted(String(cell), delimiter)).join(delimiter) + lineEnd;
  const headerLines = (): string =>
    (csv.hasBom ? '\uFEFF' : '') +
    (csv.separatorLine ?? '') +
    lineOf([...kept.map((position) => header[position]), ...errorColumns]);

  return {
    path,
    async add(rows: readonly Rejected[]): Promise<void> {
      if (rows.length === 0) return;
      const head = file === undefined ? headerLines() : '';
      // 0600: the rows may hold passwords.
      file ??= await open(path, 'wx', 0o600);
      const lines = rows.map(({ cells, line, errorCode, detail }) =>
        // Surplus cells go to the end, so that the others keep their columns.
        lineOf([
          ...kept.map((position) => cells[position] ?? ''),
          line,
          errorCode,
          detail,
          ...cells.slice(header.length),
        ]),
      );
      await file.writeFile([head, ...lines].join(''));
    },
    close: async () => file?.close(),
  };
}

/**
 * Whether a file begins like one of rejected rows, or is empty. Quoted names of columns may contain line ends, and a
 * spreadsheet may have put all of them into quotes.
 */
function isErrorFile(head: string): boolean {
  const separatorLine = '(?:\uFEFF?"?sep *=[^\\r\\n]*\\s+)?';
  const otherColumns = '(?:"[^"]*"|[^"\\r\\n])*?';
  return new RegExp(`^(?:$|${separatorLine}${otherColumns}"?${errorColumns.join('"?[^"\\r\\n]"?')})`).test(head);
}

function quoted(cell: string, delimiter: string): string {
  return cell.includes(delimiter) || /["\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Reads the beginning of a file; empty when there is no file. */
async function headOf(path: string): Promise<string> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new CannotImport(`${path} is the path for rejected rows, but it cannot be read: ${error.message}`);
  });
  if (!file) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
