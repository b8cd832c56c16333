import type { CountryCode } from 'libphonenumber-js/max';
import { type ErrorName, errorDictionary } from '../errors/error-dictionary.ts';
import { passwordProblem } from '../passwords/password.ts';
import { flawOf, isWrong, plainText, properName, type Wrong } from '../text.ts';
import { readEmail } from './email.ts';
import { readPhone } from './phone.ts';
import type { UserField } from './user-field.ts';
import { type FieldName, fieldNames, type FieldValue, userFields } from './user-fields.ts';

/** A rule that one field breaks. `path` is the input field, for example `["tagSerials", "1"]`. */
export interface Problem {
  name: ErrorName;
  detail: string;
  path: string[];
}

/** What a caller sent, of any JSON type: REST does not type its bodies. */
export type CreateUserInput = { readonly [F in FieldName]?: unknown };

/** Normalised fields: `null` is empty, `undefined` is not well-formed (a problem says how). */
export type Fields = { [F in FieldName]: FieldValue<(typeof userFields)[F]> | undefined };

/** The rules by which fields are read. */
export interface FieldRules {
  defaultCountry: CountryCode;
  passwordMinLength: number;
  commonPasswords: ReadonlySet<string>;
  /** Prefers the national reading of a phone that has two: spreadsheets drop leading zeros. Else it is refused. */
  preferNationalPhones?: boolean;
}

/** The most tags of one user. */
export const tagLimit = 100;
/**
 * Tag serials of one user that are reported as wrong or as unknown: the reports of a batch fill an answer otherwise.
 */
export const tagProblemLimit = 10;

const maxName = 200;
const lettersAndDigits = /^[A-Za-z0-9]{1,64}$/;

/** Why a value is not well-formed. `name` is set for another row of the dictionary, `path` for an item of the field. */
interface Flaw extends Wrong {
  readonly name?: ErrorName;
  readonly path?: string[];
}
type Reading = string | boolean | string[] | null | Flaw | Flaw[];
/** Reads one field; `read` holds the fields that precede it in the table. */
type Reader = (
  value: unknown,
  field: UserField,
  context: { input: CreateUserInput; read: Partial<Fields>; rules: FieldRules },
) => Reading;

const readers: Record<UserField['reader'], Reader> = {
  identifier: (value, { label }) => {
    const text = plainText(value, label);
    return typeof text === 'string' && !lettersAndDigits.test(text) ? { wrong: undefined } : text;
  },
  properName: (value, { label }) => properName(value, label, maxName),
  plainText: (value, { label }) => plainText(value, label),
  email: (value) => readEmail(value),
  phone: (value, _, { rules }) => readPhone(value, rules.defaultCountry, rules.preferNationalPhones),
  password: readPassword,
  isActive: (value) => readIsActive(value),
  tagSerials: readTagSerials,
};

/** Reads and normalises the fields of one user. Reports every format problem in the order of the contract's table. */
export function readFields(input: CreateUserInput, rules: FieldRules): { fields: Fields; problems: Problem[] } {
  const problems: Problem[] = [];
  const read: Partial<Record<FieldName, unknown>> = {};
  const refuse = (name: ErrorName, path: string[], detail: string = errorDictionary[name].detail) =>
    problems.push({ name, detail, path });
  for (const name of fieldNames) {
    const field: UserField = userFields[name];
    const reading = readers[field.reader](input[name], field, { input, read: read as Partial<Fields>, rules });
    const flaws = flawsIn(reading);
    // A problem of two fields. It comes before their format problems: of two empty fields there are none.
    if (name === 'phone' && reading === null && read.email === null) refuse('USER_EMAIL_OR_PHONE_REQUIRED', ['email']);
    if (reading === null && field.required) refuse(field.missing ?? field.invalid, [name]);
    for (const flaw of flaws) refuse(flaw.name ?? field.invalid, flaw.path ?? [name], flaw.wrong);
    read[name] = flaws.length > 0 || (reading === null && field.required) ? undefined : reading;
  }
  return { fields: read as Fields, problems };
}

function flawsIn(reading: Reading): readonly Flaw[] {
  if (isWrong(reading)) return [reading];
  return Array.isArray(reading) && isWrong(reading[0]) ? (reading as Flaw[]) : [];
}

/** The password is empty only when absent, null or ""; it is never trimmed. */
function readPassword(...[value, { invalid, label }, { input, read, rules }]: Parameters<Reader>): Reading {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string') return { wrong: `${label} must be a string` };
  const flaw = flawOf(value, label);
  const name = flaw ? invalid : passwordProblem(value, ownData(input, read.phone), rules);
  if (name === null) return value;
  const lengths = `${label} must have ${rules.passwordMinLength} to 128 characters`;
  return { name, wrong: name === invalid ? (flaw?.wrong ?? lengths) : undefined };
}

/** Reads a boolean. Any other value is wrong, with a sentence of its own unless it is empty. */
export function readIsActive(value: unknown): boolean | Wrong {
  if (typeof value === 'boolean') return value;
  const isEmpty = value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
  return { wrong: isEmpty ? undefined : 'isActive must be true or false' };
}

function readTagSerials(...[value, { label }]: Parameters<Reader>): Reading {
  if (!Array.isArray(value))
    return plainText(value, label) === null ? [] : { wrong: `${label} must be a list of strings` };
  const places = placesOf(value);
  if (places.size > tagLimit) return { wrong: undefined };
  const what = 'a tag serial';
  const flaws: Flaw[] = [];
  for (const [serial, place] of places) {
    const flaw = typeof serial === 'string' ? flawOf(serial, what) : { wrong: `${what} must be a string` };
    if (flaw) flaws.push({ ...flaw, path: [label, String(place)] });
    if (flaws.length === tagProblemLimit) break;
  }
  return flaws.length > 0 ? flaws : ([...places.keys()] as string[]);
}

/**
 * Returns the different serials of a list, each with the index where it stands first; of too many only the beginning.
 */
export function placesOf(serials: readonly unknown[]): Map<unknown, number> {
  const places = new Map<unknown, number>();
  for (const [index, serial] of serials.entries()) {
    if (places.size > tagLimit) break;
    if (!places.has(serial)) places.set(serial, index);
  }
  return places;
}

/** Lists the user's own data, well-formed or not, of which a password must not consist; long values are cut. */
function ownData(input: CreateUserInput, phone: string | null | undefined): string[] {
  const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 1_000) : '');
  return [
    text(input.employeeID),
    text(input.username),
    text(input.email).split('@', 1)[0]!,
    ...text(input.name).split(/[^\p{L}\p{M}\p{N}]+/u),
    text(input.phone),
    text(input.phone).replace(/[^0-9]/g, ''),
    phone ?? '',
  ].map((piece) => piece.trim());
}
