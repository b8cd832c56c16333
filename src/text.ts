import { randomInt } from 'node:crypto';

/** Why a value is not well-formed: a sentence that names its field; undefined if the dictionary's sentence suffices. */
export interface Wrong {
  readonly wrong: string | undefined;
}

/** Whether the result of a reader is a `Wrong` and not a value. */
export function isWrong(read: unknown): read is Wrong {
  return typeof read === 'object' && read !== null && 'wrong' in read;
}

/**
 * Longer runs make `normalize` quadratic: 128,000 marks take 24 s. The number is that of UAX #15 section 13 (Stream-
 * Safe Text Format). The look-behind keeps the search linear when there are many shorter runs.
 */
const longMarkRun = /(?<!\p{M})\p{M}{31}/u;
/** Bidi overrides and isolates hide or reorder what follows; U+2028 and U+2029 are line ends. */
const deceptive = /[\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;
/** Characters without ink: controls, format characters, spaces, fillers, the empty Braille pattern. */
const invisible = /[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;
const visible = /[^\p{M}\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;

/**
 * Returns why a string cannot be stored: SQLite takes a NUL, Postgres does not, and neither keeps a lone surrogate.
 * Takes linear time, so it comes before any `normalize`.
 * @param what the field, as a sentence names it
 * @returns null for a string that every store can keep
 */
export function flawOf(text: string, what: string): Wrong | null {
  if (!text.isWellFormed() || /\p{Cc}/u.test(text)) return { wrong: undefined };
  return longMarkRun.test(text) ? { wrong: `${what} allows at most 30 combining marks in a row` } : null;
}

/**
 * Reads a value that must be a string and leaves it as it is.
 * @returns null for an empty value: absent, null, "" or only spaces
 */
export function plainText(value: unknown, what: string): string | null | Wrong {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string') return { wrong: `${what} must be a string` };
  return flawOf(value, what) ?? (value.trim() === '' ? null : value);
}

/**
 * Reads a string like `plainText`, trimmed and NFC-composed.
 * @param maxLength in code points
 * @returns null for an empty value
 */
export function composedText(value: unknown, what: string, maxLength: number): string | null | Wrong {
  const trimmed = typeof value === 'string' ? value.trim() : value;
  if (typeof trimmed === 'string' && isFarTooLong(trimmed, maxLength)) return { wrong: undefined };
  const text = plainText(trimmed, what);
  if (text === null || isWrong(text)) return text;
  const composed = text.normalize('NFC');
  // NFC takes some characters apart, e.g. U+0344. The stored value must pass when it is read again.
  return lengthOf(composed) > maxLength ? { wrong: undefined } : (flawOf(composed, what) ?? composed);
}

/**
 * Reads a name in the form in which it is stored.
 * @param maxLength in code points
 * @returns null for an empty value
 */
export function properName(value: unknown, what: string, maxLength: number): string | null | Wrong {
  const name = composedText(value, what, maxLength);
  if (name === null || isWrong(name)) return name;
  if (deceptive.test(name)) return { wrong: undefined };
  return visible.test(name) ? name : { wrong: `${what} has no visible character` };
}

/** Returns the first invisible character, as a sentence names it (`U+200B`); null when there is none. */
export function invisibleIn(text: string): string | null {
  const [character] = invisible.exec(text) ?? [];
  return character === undefined ? null : `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * Whether no normalisation can shorten a text to `maxLength` code points: one is composed of at most 4, of 2 UTF-16
 * units each (UAX #15). Checked before normalising, which takes a quarter of a second for a megabyte.
 */
export function isFarTooLong(text: string, maxLength: number): boolean {
  return text.length > maxLength * 8;
}

/**
 * Makes a stranger's text fit into a sentence: on one line and cut off.
 * @param maxLength in UTF-16 units
 */
export function oneLine(text: string, maxLength = 500): string {
  const line = text.slice(0, maxLength + 1).replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
  return text.length > maxLength ? `${line.slice(0, maxLength)}…` : line;
}

/** Counts the code points of a text: close to what a person counts, and countable in every language. */
export function lengthOf(text: string): number {
  return [...text].length;
}

/** Generates a text of equally likely characters of `alphabet` with the system's random generator. */
export function randomText(alphabet: string, length: number): string {
  let text = '';
  while (text.length < length) text += alphabet[randomInt(alphabet.length)];
  return text;
}
