import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Columns } from './columns.ts';
import { errorColumns } from './columns.ts';
import { CannotImport } from './ports.ts';
import type { CsvFile } from './read-csv.ts';

export interface Rejected {
  line: number;
  cells: readonly string[];
  errorCode: number;
  detail: string;
}

/** `users.csv` has `users.errors.csv`. */
export function errorFileOf(path: string): string {
  return path.replace(/(?:\.[^./\\]*)?$/, '.errors.csv');
}

/**
 * The file of rejected rows, written anew by each run: the one before is removed at once, and made when the first row
 * comes. Cells stay as they were, also one that a spreadsheet takes for a formula: what is mended is imported again,
 * and a phone begins with a plus.
 */
export async function openErrorFile(
  csv: Pick<CsvFile, 'path' | 'header' | 'delimiter' | 'lineEnd' | 'hasBom'> & { separatorLine?: string },
  { kept }: Columns,
) {
  const path = errorFileOf(csv.path);
  const { delimiter, header, lineEnd } = csv;
  // Of the first row: names of columns in quotes may have line ends, and a spreadsheet may have put all of them into quotes.
  const ours = new RegExp(
    `^(?:$|(?:\uFEFF?"?sep=[^\\r\\n]*\\s+)?(?:"[^"]*"|[^"\\r\\n])*?"?${errorColumns.join('"?[^"\\r\\n]"?')})`,
  );
  if (!ours.test(await beginning(path)))
    throw new CannotImport(`${path} is where rejected rows go, and it is no file of rejected rows: move it away`);
  await rm(path, { force: true });
  let file: FileHandle | undefined;
  const lineOf = (cells: readonly unknown[]): string =>
    cells.map((cell) => quoted(String(cell), delimiter)).join(delimiter) + lineEnd;

  return {
    path,
    async add(rows: readonly Rejected[]): Promise<void> {
      if (rows.length === 0) return;
      const first = file === undefined;
      // It may hold passwords.
      file ??= await open(path, 'wx', 0o600);
      const head = first
        ? [
            (csv.hasBom ? '\uFEFF' : '') +
              (csv.separatorLine ?? '') +
              lineOf([...kept.map((place) => header[place]), ...errorColumns]),
          ]
        : [];
      await file.writeFile(
        [
          ...head,
          ...rows.map(({ cells, line, errorCode, detail }) =>
            // Cells that have no column stand behind: those before them keep theirs.
            lineOf([
              ...kept.map((place) => cells[place] ?? ''),
              line,
              errorCode,
              detail,
              ...cells.slice(header.length),
            ]),
          ),
        ].join(''),
      );
    },
    close: async () => file?.close(),
  };
}

function quoted(cell: string, delimiter: string): string {
  return cell.includes(delimiter) || /["\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

async function beginning(path: string): Promise<string> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new CannotImport(`${path} is where rejected rows go, and it cannot be read: ${error.message}`);
  });
  if (!file) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
