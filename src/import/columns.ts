import type { CreateUserInput } from '../users/fields.ts';
import type { UserField } from '../users/user-field.ts';
import { type FieldName as Field, fieldNames, userFields } from '../users/user-fields.ts';
import { CannotImport } from './ports.ts';

const required = fieldNames.filter((name) => 'required' in userFields[name]);

/** The columns that the error file adds to each row. */
export const errorColumns = ['errorLine', 'errorCode', 'errorDetail'] as const;

/** A file without rows: the header and a line end. */
export const template = `${fieldNames.map((field) => userFields[field].csv[0]).join(',')}\r\n`;

/** In UTF-16 units. No name of a column is longer, and folding takes time. */
const maxNameLength = 200;
/** Compares names and words: case, spaces, hyphens and marks do not count. */
const squeeze = (text: string): string =>
  text.length > maxNameLength
    ? ''
    : text
        .normalize('NFKC')
        .toLowerCase()
        .replace(/[\s\p{C}\p{Pd}\uFE0F_.*:()]+/gu, '');
/** What stands in brackets at the end of a name and makes another thing of it, e.g. the phone of somebody else. */
const anotherThing = new RegExp(
  '(?<!sesuai )ktp|\\bkk\\b|darurat|emergency|kerabat|keluarga|family|atasan|manager|supervisor|pasangan|istri|' +
    'suami|ayah|ibu|tua|wali|panggil|nick|lama|old|rumah|home|fax',
  'i',
);
/** Folds the name of a column: brackets at its end, as in "Email (wajib)", do not count, and "#" is "No". */
const fold = (cell: string): string =>
  squeeze(
    cell
      .slice(0, maxNameLength + 1)
      .normalize('NFKC')
      .replace(/(?<=[\p{L}\p{N}].*)[([{]([^()[\]{}]*)[)\]}][\s*?:]*$/su, (all, inside) =>
        anotherThing.test(inside) ? all : '',
      )
      .replaceAll('#', 'no')
      .replace(/[?/]+/g, ''),
  );
const fields = new Map(
  fieldNames.flatMap((field) => userFields[field].csv.map((name): [string, Field] => [fold(name), field])),
);
const onlyIfAlone: ReadonlySet<string> = new Set(
  fieldNames.flatMap((field) => {
    const description: UserField = userFields[field];
    return (description.csvIfAlone ?? []).map(fold);
  }),
);
const errors: ReadonlySet<string> = new Set(errorColumns.map(fold));
const fieldOf = (cell: string): Field | undefined => fields.get(fold(cell));
const isErrorColumn = (cell: string): boolean => errors.has(fold(cell));
const isNik = (cell: string): boolean => fold(cell) === 'nik';

/** Counts the columns with a known name. */
export function countKnown(header: readonly string[]): number {
  return header.filter((cell) => fieldOf(cell) || isErrorColumn(cell)).length;
}

/** What the header of a file says. */
export interface Columns {
  /** The column of each field, from 0. */
  positions: ReadonlyMap<Field, number>;
  /** The columns that the error file repeats: all but the three of an earlier error file. */
  kept: readonly number[];
  /** Whether the employee ID stands in a column NIK. */
  nikIsEmployeeID: boolean;
  notes: string[];
}

/** Where the header stands in its file. */
export interface HeaderLines {
  /** From 1. */
  headerLine: number;
  /** Rows with text above it. */
  titles: readonly { line: number; cells: readonly string[] }[];
}

/** The columns of a header, matched by name, and what keeps them from being imported. */
export interface MatchedColumns extends Columns {
  /** Names of the missing columns. */
  missing: string[];
  /** Fields that two columns name: the first one has the field. */
  twice: string[];
}

/**
 * Matches fields and columns by name. A name that may mean something else counts only if no other column has the field.
 */
export function matchColumns(
  header: readonly string[],
  { titles }: Pick<HeaderLines, 'titles'> = { titles: [] },
  isUpsert = false,
): MatchedColumns {
  const positions = new Map<Field, number>();
  const unknown: string[] = [];
  const twice: string[] = [];
  const notes = titles.map(
    ({ line, cells }) => `line ${line}, above the names of the columns, was skipped: ${quoted(cells.join(' '))}`,
  );
  const sure = new Map<Field | undefined, string>(
    header.filter((cell) => !onlyIfAlone.has(fold(cell))).map((cell) => [fieldOf(cell), cell]),
  );
  for (const [position, cell] of header.entries()) {
    const field = fieldOf(cell);
    const before = field && positions.get(field);
    if (field && sure.has(field) && onlyIfAlone.has(fold(cell)))
      notes.push(
        `ignored, as ${quoted(sure.get(field)!)} is the ` +
          `${userFields[field].label.replace(/ id$/, ' ID')}: ${quoted(cell)}`,
      );
    else if (before !== undefined)
      twice.push(`the column ${field} is there twice: ${quoted(header[before]!)} and ${quoted(cell)}`);
    else if (field) positions.set(field, position);
    else if (cell.trim() !== '' && !isErrorColumn(cell)) unknown.push(quoted(cell));
  }
  if (unknown.length > 0) notes.push(`ignored, as the name is unknown: ${unknown.join(', ')}`);
  return { ...columnsAt(header, positions, notes), missing: missingIn(positions, isUpsert), twice };
}

/** Returns the columns of a header in which the fields stand at these positions. */
export function columnsAt(header: readonly string[], positions: ReadonlyMap<Field, number>, notes: string[]): Columns {
  const kept = [...header.keys()].filter((position) => !isErrorColumn(header[position]!));
  return { positions, kept, nikIsEmployeeID: isNik(header[positions.get('employeeID') ?? -1] ?? ''), notes };
}

/**
 * Names the columns that an import needs and that have no position.
 * @param isUpsert whether users who are there keep what the file lacks
 */
export function missingIn(positions: ReadonlyMap<Field, number>, isUpsert = false): string[] {
  const missing = required
    .filter((field) => !positions.has(field))
    .map((field) => userFields[field].csv.slice(0, 3).join(' / '));
  const isReachable = isUpsert || positions.has('email') || positions.has('phone');
  return isReachable ? missing : [...missing, 'email / phone'];
}

/**
 * Reads which field stands in which column. Throws `CannotImport` when a required column is missing or a field stands
 * in two columns.
 */
export function readHeader(
  header: readonly string[],
  { headerLine, titles }: HeaderLines = { headerLine: 1, titles: [] },
  isUpsert = false,
): Columns {
  const { missing, twice, ...columns } = matchColumns(header, { titles }, isUpsert);
  if (twice[0] !== undefined) throw new CannotImport(twice[0]);
  if (missing.length > 0) {
    const hasOthers = header.some((cell) => cell.trim() !== '' && !fieldOf(cell) && !isErrorColumn(cell));
    throw new CannotImport(
      `line ${headerLine} must name the columns, and these are missing: ${missing.join('; ')}` +
        (hasOthers ? `. Found: ${header.map(quoted).join(', ')}` : ''),
    );
  }
  return columns;
}

function quoted(cell: string): string {
  const text = cell.trim().replace(/\p{Cc}+/gu, ' ');
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/**
 * T and F are not among them: T is true in one file and "tidak" in another. The words of `isActive`, squeezed like
 * the names of columns, so that "Non-Aktif" is one of them.
 */
const words = new Map<string, boolean>([
  ...['true', '1', 'yes', 'y', 'ya', 'iya', 'on', 'enabled', 'aktif', 'active', 'benar', '✓', '✔', '✅'].map(
    (word) => [word, true] as const,
  ),
  ...['false', '0', 'no', 'n', 'tidak', 'off', 'disabled', 'nonaktif', 'inaktif', 'tidakaktif', 'tdkaktif'].map(
    (word) => [word, false] as const,
  ),
  ...['inactive', 'notactive', 'nonactive', 'salah', '✗', '✘', '❌'].map((word) => [word, false] as const),
]);
/** Spreadsheets write 1 and 0 with decimals. */
const wordOf = (cell: string): boolean | undefined =>
  words.get(squeeze(cell.trim().replace(/^([01])[.,]0{1,9}$/, '$1')));

/**
 * Reads the user that a row describes. A known word of `isActive` becomes a boolean, `tagSerials` become a list, and
 * other cells lose stray tabs and line ends. The rules of the fields judge the result.
 */
export function inputOf(cells: readonly string[], { positions }: Columns): CreateUserInput {
  const input: { -readonly [F in Field]?: unknown } = {};
  for (const [field, position] of positions) {
    const cell = cells[position] ?? '';
    input[field] = field === 'password' ? cell : withoutStrayEnds(cell);
  }
  const isActive = String(input.isActive);
  input.isActive = wordOf(isActive) ?? isActive;
  if (positions.has('tagSerials'))
    input.tagSerials = String(input.tagSerials)
      .split(/[\s|,;]+/)
      .filter((serial) => serial !== '');
  return input;
}

/**
 * Reads the user that a row creates or changes: an empty cell of an optional field is absent, so that a user who is
 * there keeps the value, and `-` is null, which clears it.
 */
export function upsertInputOf(cells: readonly string[], columns: Columns): CreateUserInput {
  const input: { -readonly [F in Field]?: unknown } = inputOf(cells, columns);
  for (const [field, position] of columns.positions) {
    if (required.includes(field)) continue;
    const cell = cells[position] ?? '';
    const text = field === 'password' ? cell : cell.trim();
    if (text === '') delete input[field];
    else if (text === '-') input[field] = null;
  }
  return input;
}

/**
 * Drops line ends, tabs and no-break spaces around a cell, which copying leaves. Plain spaces are left to the field's
 * rules.
 */
function withoutStrayEnds(cell: string): string {
  const trimmed = cell.trim();
  return trimmed.length < cell.length && /[^\S ]/.test(cell.replace(trimmed, '')) ? trimmed : cell;
}
