import type { CountryCode } from 'libphonenumber-js/max';
import { readEmail } from './email.ts';
import { type ErrorName, errorDictionary } from '../errors/error-dictionary.ts';
import { passwordProblem } from '../passwords/password.ts';
import { readPhone } from './phone.ts';
import { flawOf, isWrong, plainText, properName, type Wrong } from '../text.ts';

/** A broken rule of one field. `path` is the input field, e.g. `["tagSerials", "1"]`. */
export interface Problem {
  name: ErrorName;
  detail: string;
  path: string[];
}

/** What a caller sent, of any JSON type: REST does not type its bodies. */
export type CreateUserInput = {
  readonly [
    F in
      | 'employeeID'
      | 'name'
      | 'username'
      | 'email'
      | 'phone'
      | 'password'
      | 'isActive'
      | 'tagSerials'
      | 'organizationSerial'
  ]?: unknown;
};

/** Normalised fields: `null` is empty, `undefined` is not well-formed (a problem says how). */
export interface Fields {
  employeeID: string | undefined;
  name: string | undefined;
  username: string | null | undefined;
  email: string | null | undefined;
  /** Digits of E.164 without the plus. */
  phone: string | null | undefined;
  /** As given; hashed after NFKC. */
  password: string | null | undefined;
  isActive: boolean | undefined;
  /** Each serial once. */
  tagSerials: string[] | undefined;
  organizationSerial: string | null | undefined;
}

export interface FieldRules {
  defaultCountry: CountryCode;
  passwordMinLength: number;
  commonPasswords: ReadonlySet<string>;
  /** Takes the national one of a phone's two readings: spreadsheets drop leading zeros. Else such a phone is refused. */
  preferNationalPhones?: boolean;
}

const lettersAndDigits = /^[A-Za-z0-9]{1,64}$/;

/** Reads and normalises the fields of one user and tells every format problem, in the order of the contract's table. */
export function readFields(input: CreateUserInput, rules: FieldRules): { fields: Fields; problems: Problem[] } {
  const problems: Problem[] = [];
  const refuse = (name: ErrorName, path: string[], detail: string = errorDictionary[name].detail): undefined => {
    problems.push({ name, detail, path });
  };
  const settle = <T>(read: T | Wrong, name: ErrorName, path: string[]): T | undefined =>
    isWrong(read) ? refuse(name, path, read.wrong) : read;

  const readOfID = identifier(input.employeeID, 'employee id');
  const employeeID =
    readOfID === null
      ? refuse('USER_EMPLOYEE_ID_REQUIRED', ['employeeID'])
      : settle(readOfID, 'USER_EMPLOYEE_ID_INVALID', ['employeeID']);
  const readOfName = properName(input.name, 'name', 200);
  const name =
    readOfName === null ? refuse('USER_NAME_REQUIRED', ['name']) : settle(readOfName, 'USER_NAME_INVALID', ['name']);
  const username = settle(identifier(input.username, 'username'), 'USER_USERNAME_INVALID', ['username']);

  const [readOfEmail, readOfPhone] = [
    readEmail(input.email),
    readPhone(input.phone, rules.defaultCountry, rules.preferNationalPhones),
  ];
  if (readOfEmail === null && readOfPhone === null) refuse('USER_EMAIL_OR_PHONE_REQUIRED', ['email']);
  const email = settle(readOfEmail, 'USER_EMAIL_INVALID', ['email']);
  const phone = settle(readOfPhone, 'USER_PHONE_INVALID', ['phone']);
  const password = readPassword(input, phone, rules, (name, detail) => refuse(name, ['password'], detail));

  const isActive = settle(readIsActive(input.isActive), 'USER_IS_ACTIVE_REQUIRED', ['isActive']);
  const tagSerials = readTagSerials(input.tagSerials, (path, detail) =>
    refuse('USER_TAG_SERIALS_INVALID', ['tagSerials', ...path], detail),
  );
  const organizationSerial = settle(
    plainText(input.organizationSerial, 'organizationSerial'),
    'USER_ORGANIZATION_SERIAL_INVALID',
    ['organizationSerial'],
  );
  const fields = { employeeID, name, username, email, phone, password, isActive, tagSerials, organizationSerial };
  return { fields, problems };
}

function identifier(value: unknown, what: string): string | null | Wrong {
  const text = plainText(value, what);
  return typeof text === 'string' && !lettersAndDigits.test(text) ? { wrong: undefined } : text;
}

/** The password is empty only when absent, null or ""; it is never trimmed. */
function readPassword(
  input: CreateUserInput,
  phone: string | null | undefined,
  rules: FieldRules,
  refuse: (name: ErrorName, detail?: string) => undefined,
): string | null | undefined {
  const value = input.password;
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string') return refuse('USER_PASSWORD_INVALID', 'password must be a string');
  const flaw = flawOf(value, 'password');
  const problem = flaw ? 'USER_PASSWORD_INVALID' : passwordProblem(value, ownData(input, phone), rules);
  if (problem === 'USER_PASSWORD_INVALID')
    return refuse(problem, flaw?.wrong ?? `password must have ${rules.passwordMinLength} to 128 characters`);
  return problem ? refuse(problem) : value;
}

/** Only a boolean is one; a word says that it is wrong, nothing that it is missing. */
export function readIsActive(value: unknown): boolean | Wrong {
  if (typeof value === 'boolean') return value;
  const isEmpty = value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
  return { wrong: isEmpty ? undefined : 'isActive must be true or false' };
}

function readTagSerials(value: unknown, refuse: (path: string[], detail?: string) => undefined): string[] | undefined {
  if (!Array.isArray(value))
    return plainText(value, 'tagSerials') === null ? [] : refuse([], 'tagSerials must be a list of strings');
  const serials = [...new Set<unknown>(value)];
  if (serials.length > 100) return refuse([]);
  let areWell = true;
  for (const serial of serials) {
    const what = 'a tag serial';
    const flaw = typeof serial === 'string' ? flawOf(serial, what) : { wrong: `${what} must be a string` };
    if (!flaw) continue;
    areWell = false;
    refuse([String(value.indexOf(serial))], flaw.wrong);
  }
  return areWell ? (serials as string[]) : undefined;
}

/** What a password must not be made of: the user's own data, well-formed or not; of what is far too long its beginning. */
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
