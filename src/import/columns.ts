import type { CreateUserInput } from '../users/fields.ts';
import { CannotImport } from './ports.ts';

type Field = keyof CreateUserInput;

/** The names of each column; the first is the template's. */
export const columnNames: Record<Field, readonly string[]> = {
  employeeID: ['employeeID', 'ID Karyawan', 'NIK'],
  name: ['name', 'Nama'],
  username: ['username', 'Nama Pengguna'],
  email: ['email', 'Surel'],
  phone: ['phone', 'Telepon', 'No HP'],
  password: ['password', 'Kata Sandi'],
  isActive: ['isActive', 'Aktif', 'Status'],
  tagSerials: ['tagSerials', 'Tag'],
  organizationSerial: ['organizationSerial', 'Organisasi'],
};
const required = ['employeeID', 'name', 'isActive'] as const;

/** What the error file adds to each row. */
export const errorColumns = ['errorLine', 'errorCode', 'errorDetail'] as const;

export const template = `${Object.values(columnNames)
  .map(([name]) => name)
  .join(',')}\r\n`;

const fields = new Map(
  Object.entries(columnNames).flatMap(([field, names]) => names.map((name) => [name.toLowerCase(), field as Field])),
);
const fieldOf = (cell: string): Field | undefined => fields.get(cell.trim().toLowerCase());
const isErrorColumn = (cell: string): boolean =>
  errorColumns.some((name) => name.toLowerCase() === cell.trim().toLowerCase());

/** How many columns have a known name. */
export function countKnown(header: readonly string[]): number {
  return header.filter((cell) => fieldOf(cell) || isErrorColumn(cell)).length;
}

export interface Columns {
  /** Where each field stands. */
  places: ReadonlyMap<Field, number>;
  /** What the error file repeats: all but the columns of an error file before. */
  kept: readonly number[];
  notes: string[];
}

/** Which field stands where. Throws when a required column is missing, or one is there twice. */
export function readHeader(header: readonly string[]): Columns {
  const places = new Map<Field, number>();
  const unknown: string[] = [];
  for (const [place, cell] of header.entries()) {
    const field = fieldOf(cell);
    const before = field && places.get(field);
    if (before !== undefined)
      throw new CannotImport(`the column ${field} is there twice: ${quoted(header[before]!)} and ${quoted(cell)}`);
    if (field) places.set(field, place);
    else if (cell.trim() !== '' && !isErrorColumn(cell)) unknown.push(quoted(cell));
  }
  const missing = required.filter((field) => !places.has(field)).map((field) => columnNames[field].join(' or '));
  if (!places.has('email') && !places.has('phone')) missing.push('email or phone');
  if (missing.length > 0)
    throw new CannotImport(
      `line 1 must name the columns, and these are missing: ${missing.join('; ')}${unknown.length > 0 ? `. Found: ${header.map(quoted).join(', ')}` : ''}`,
    );
  const notes = unknown.length > 0 ? [`ignored, as the name is unknown: ${unknown.join(', ')}`] : [];
  return { places, kept: [...header.keys()].filter((place) => !isErrorColumn(header[place]!)), notes };
}

function quoted(cell: string): string {
  const text = cell.trim().replace(/\p{Cc}+/gu, ' ');
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

const words = new Map<string, boolean>([
  ...['true', '1', 'yes', 'ya', 'aktif'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'tidak', 'nonaktif'].map((word) => [word, false] as const),
]);

/** The user that a row describes, its cells as they are but for `isActive`, where a word is read, and `tagSerials`, which are separated. */
export function inputOf(cells: readonly string[], { places }: Columns): CreateUserInput {
  const input: { -readonly [F in Field]?: unknown } = {};
  for (const [field, place] of places) input[field] = cells[place] ?? '';
  const isActive = String(input.isActive);
  input.isActive = words.get(isActive.trim().toLowerCase()) ?? isActive;
  if (places.has('tagSerials'))
    input.tagSerials = String(input.tagSerials)
      .split(/[\s|,;]+/)
      .filter((serial) => serial !== '');
  return input;
}
