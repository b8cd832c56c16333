import type { CreateUserInput } from '../users/fields.ts';
import { type FieldName as Field, fieldNames, userFields } from '../users/user-fields.ts';
import { CannotImport } from './ports.ts';

const required = fieldNames.filter((name) => 'required' in userFields[name]);

/** What the error file adds to each row. */
export const errorColumns = ['errorLine', 'errorCode', 'errorDetail'] as const;

/** The header of an empty file. */
export const template = `${fieldNames.map((field) => userFields[field].csv[0]).join(',')}\r\n`;

/** UTF-16 units: no name of a column is longer, and folding takes time. */
const longestName = 200;
const fold = (cell: string): string =>
  cell.length > longestName
    ? ''
    : cell
        .normalize('NFKC')
        .toLowerCase()
        .replace(/[\s\p{C}\p{Pd}_.*:()]+/gu, '');
const fields = new Map(
  fieldNames.flatMap((field) => userFields[field].csv.map((name): [string, Field] => [fold(name), field])),
);
const errors: ReadonlySet<string> = new Set(errorColumns.map(fold));
const fieldOf = (cell: string): Field | undefined => fields.get(fold(cell));
const isErrorColumn = (cell: string): boolean => errors.has(fold(cell));
/** Nomor Induk Karyawan, an employee's number, or Nomor Induk Kependudukan, the 16 digits of everybody's identity card. */
const isNik = (cell: string): boolean => fold(cell) === 'nik';

/** How many columns have a known name. */
export function countKnown(header: readonly string[]): number {
  return header.filter((cell) => fieldOf(cell) || isErrorColumn(cell)).length;
}

export interface Columns {
  /** Where each field stands. */
  places: ReadonlyMap<Field, number>;
  /** What the error file repeats: all but the columns of an error file before. */
  kept: readonly number[];
  /** The employee ID stands in a column NIK. */
  nikIsEmployeeID: boolean;
  notes: string[];
}

/**
 * Which field stands where. NIK is the employee ID only where no other column is. Throws when a required column is missing, or
 * one is there twice.
 */
export function readHeader(header: readonly string[]): Columns {
  const places = new Map<Field, number>();
  const unknown: string[] = [];
  const notes: string[] = [];
  const others = header.filter((cell) => fieldOf(cell) === 'employeeID' && !isNik(cell));
  for (const [place, cell] of header.entries()) {
    const field = fieldOf(cell);
    const before = field && places.get(field);
    if (others.length > 0 && isNik(cell))
      notes.push(`ignored, as ${quoted(others[0]!)} is the employee ID: ${quoted(cell)}`);
    else if (before !== undefined)
      throw new CannotImport(`the column ${field} is there twice: ${quoted(header[before]!)} and ${quoted(cell)}`);
    else if (field) places.set(field, place);
    else if (cell.trim() !== '' && !isErrorColumn(cell)) unknown.push(quoted(cell));
  }
  const missing = required
    .filter((field) => !places.has(field))
    .map((field) => userFields[field].csv.slice(0, 3).join(' or '));
  if (!places.has('email') && !places.has('phone')) missing.push('email or phone');
  if (missing.length > 0)
    throw new CannotImport(
      `line 1 must name the columns, and these are missing: ${missing.join('; ')}${unknown.length > 0 ? `. Found: ${header.map(quoted).join(', ')}` : ''}`,
    );
  if (unknown.length > 0) notes.push(`ignored, as the name is unknown: ${unknown.join(', ')}`);
  const kept = [...header.keys()].filter((place) => !isErrorColumn(header[place]!));
  return { places, kept, nikIsEmployeeID: isNik(header[places.get('employeeID')!]!), notes };
}

function quoted(cell: string): string {
  const text = cell.trim().replace(/\p{Cc}+/gu, ' ');
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

/** Folded as the names of columns are: "Non-Aktif" is one of them. */
const words = new Map<string, boolean>([
  ...['true', '1', 'yes', 'y', 'ya', 'aktif', 'active', 'benar'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'n', 'tidak', 'nonaktif', 'tidakaktif', 'inactive', 'notactive', 'nonactive', 'salah'].map(
    (word) => [word, false] as const,
  ),
]);

/** The user that a row describes: `isActive` where a word is read, `tagSerials` separated, other cells without stray tabs and line ends. */
export function inputOf(cells: readonly string[], { places }: Columns): CreateUserInput {
  const input: { -readonly [F in Field]?: unknown } = {};
  for (const [field, place] of places) {
    const cell = cells[place] ?? '';
    input[field] = field === 'password' ? cell : withoutStrayEnds(cell);
  }
  const isActive = String(input.isActive);
  input.isActive = words.get(fold(isActive)) ?? isActive;
  if (places.has('tagSerials'))
    input.tagSerials = String(input.tagSerials)
      .split(/[\s|,;]+/)
      .filter((serial) => serial !== '');
  return input;
}

/** Without the line ends, tabs and no-break spaces around it that copying leaves; mere spaces are the field's to judge. */
function withoutStrayEnds(cell: string): string {
  const trimmed = cell.trim();
  return trimmed.length < cell.length && /[^\S ]/.test(cell.replace(trimmed, '')) ? trimmed : cell;
}
