import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js';
import { z } from 'zod';
import { type ErrorName, errorDictionary } from '../errors/error-dictionary.ts';
import { passwordProblem } from '../passwords/password.ts';
import { isFarTooLong, isPlain, plainText, properName } from '../text.ts';

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
}

const lettersAndDigits = /^[A-Za-z0-9]{1,64}$/;
const emailAddress = z.email();

/** Reads and normalises the fields of one user and tells every format problem, in the order of the contract's table. */
export function readFields(input: CreateUserInput, rules: FieldRules): { fields: Fields; problems: Problem[] } {
  const problems: Problem[] = [];
  const refuse = (name: ErrorName, path: string[], detail: string = errorDictionary[name].detail): undefined => {
    problems.push({ name, detail, path });
  };

  const employeeID = required(identifier(input.employeeID), (missing) =>
    refuse(missing ? 'USER_EMPLOYEE_ID_REQUIRED' : 'USER_EMPLOYEE_ID_INVALID', ['employeeID']),
  );
  const name = required(personName(input.name), (missing) =>
    refuse(missing ? 'USER_NAME_REQUIRED' : 'USER_NAME_INVALID', ['name']),
  );
  const username = identifier(input.username);
  if (username === undefined) refuse('USER_USERNAME_INVALID', ['username']);

  const email = emailOf(input.email);
  const phone = phoneOf(input.phone, rules.defaultCountry);
  if (email === null && phone === null) refuse('USER_EMAIL_OR_PHONE_REQUIRED', ['email']);
  if (email === undefined) refuse('USER_EMAIL_INVALID', ['email']);
  if (phone === undefined) refuse('USER_PHONE_INVALID', ['phone']);

  const password = passwordOf(input.password);
  const wrong =
    password === null
      ? null
      : password === undefined
        ? 'USER_PASSWORD_INVALID'
        : passwordProblem(password, ownData(input, phone), rules);
  if (wrong)
    refuse(
      wrong,
      ['password'],
      wrong === 'USER_PASSWORD_INVALID' ? `password must have ${rules.passwordMinLength} to 128 characters` : undefined,
    );

  const isActive =
    typeof input.isActive === 'boolean' ? input.isActive : refuse('USER_IS_ACTIVE_REQUIRED', ['isActive']);
  const tagSerials = tagSerialsOf(input.tagSerials, (path) =>
    refuse('USER_TAG_SERIALS_INVALID', ['tagSerials', ...path]),
  );
  const organizationSerial = plainText(input.organizationSerial);
  if (organizationSerial === undefined) refuse('USER_ORGANIZATION_SERIAL_INVALID', ['organizationSerial']);

  return {
    fields: {
      employeeID,
      name,
      username,
      email,
      phone,
      password: wrong ? undefined : password,
      isActive,
      tagSerials,
      organizationSerial,
    },
    problems,
  };
}

function required<T>(value: T | null | undefined, refuse: (missing: boolean) => undefined): T | undefined {
  return value ?? refuse(value === null);
}

function identifier(value: unknown): string | null | undefined {
  const given = plainText(value);
  return given && !lettersAndDigits.test(given) ? undefined : given;
}

function personName(value: unknown): string | null | undefined {
  const given = plainText(value);
  return given ? (properName(given, 200) ?? undefined) : given;
}

function emailOf(value: unknown): string | null | undefined {
  const given = plainText(value);
  if (!given) return given;
  const trimmed = given.trim();
  if (isFarTooLong(trimmed, 254)) return undefined;
  const email = trimmed.normalize('NFC');
  return email.length <= 254 && email.lastIndexOf('@') <= 64 && emailAddress.safeParse(email).success
    ? email
    : undefined;
}

function phoneOf(value: unknown, defaultCountry: CountryCode): string | null | undefined {
  const given = plainText(value);
  if (!given) return given;
  const phone = given.trim().normalize('NFC');
  if (!/^[0-9 +\-().]+$/.test(phone)) return undefined;
  const parsed = parsePhoneNumberFromString(phone, { defaultCountry, extract: false });
  // isValid() would refuse the numbers of a numbering plan newer than this library.
  return parsed && !parsed.ext && parsed.isPossible() ? parsed.number.slice(1) : undefined;
}

/** The password is empty only when absent, null or ""; it is never trimmed. */
function passwordOf(value: unknown): string | null | undefined {
  if (value === undefined || value === null || value === '') return null;
  return isPlain(value) ? value : undefined;
}

function tagSerialsOf(value: unknown, refuse: (path: string[]) => undefined): string[] | undefined {
  if (!Array.isArray(value)) return plainText(value) === null ? [] : refuse([]);
  const serials = [...new Set<unknown>(value)];
  if (serials.length > 100) return refuse([]);
  const wrong = serials.filter((serial) => !isPlain(serial));
  for (const serial of wrong) refuse([String(value.indexOf(serial))]);
  return wrong.length > 0 ? undefined : (serials as string[]);
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
