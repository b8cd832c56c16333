import { type FileHandle, open, rm } from 'node:fs/promises';
import { type Columns, errorColumns } from './columns.ts';
import { type ErrorFormat, type ErrorSink, errorFileOf, makeErrorLines } from './error-lines.ts';
import { CannotImport } from './ports.ts';
import { english, type Translate } from '../translate.ts';

const headBytes = 65_536;

/**
 * Opens the file of rejected rows. Each run removes the file of the run before at once, and creates its own with the
 * first rejected row. Throws `CannotImport` when the path holds another file.
 */
export async function openErrorFile(
  csv: ErrorFormat & { path: string },
  columns: Columns,
  translate: Translate = english,
): Promise<ErrorSink> {
  const path = errorFileOf(csv.path);
  if (!isErrorFile(await headOf(path)))
    throw new CannotImport(
      `${path} is the path for rejected rows, but it is not a file of rejected rows: move it away`,
    );
  await rm(path, { force: true });
  const lines = makeErrorLines(csv, columns);
  let file: FileHandle | undefined;
  return {
    path,
    translate,
    async add(rows) {
      if (rows.length === 0) return;
      const head = file === undefined ? lines.head() : '';
      // 0600: the rows may hold passwords.
      file ??= await open(path, 'wx', 0o600);
      await file.writeFile([head, ...rows.map(lines.lineOf)].join(''));
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
