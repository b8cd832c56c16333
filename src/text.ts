import { randomInt } from 'node:crypto';

/** Why a value is not well-formed: a sentence that names its field, or undefined where the dictionary's own sentence says it. */
export interface Wrong {
  readonly wrong: string | undefined;
}

export function isWrong(read: unknown): read is Wrong {
  return typeof read === 'object' && read !== null && 'wrong' in read;
}

/**
 * Longer runs make `normalize` quadratic: 128,000 marks take 24 s. UAX #15 section 13 (Stream-Safe Text Format) has the number.
 * The look-behind keeps the search linear where there are many shorter runs.
 */
const longMarkRun = /(?<!\p{M})\p{M}{31}/u;
/** Bidi overrides and isolates hide or reorder what follows; U+2028 and U+2029 are line ends. */
const deceptive = /[\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;
/** What leaves no ink: controls, format characters, spaces, fillers, the empty Braille pattern. */
const invisible = /[\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;
const visible = /[^\p{M}\p{Cc}\p{Cf}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/u;

/**
 * Null for a string that every store can keep: a NUL passes SQLite and fails in Postgres, a lone surrogate fits in neither.
 * Takes linear time, so that it comes before any `normalize`.
 * @param what the field, as a sentence names it
 */
export function flawOf(text: string, what: string): Wrong | null {
  if (!text.isWellFormed() || /\p{Cc}/u.test(text)) return { wrong: undefined };
  return longMarkRun.test(text) ? { wrong: `${what} allows at most 30 combining marks in a row` } : null;
}

/** A value that must be a string, as it came; null when it is empty: absent, null, "" or only spaces. */
export function plainText(value: unknown, what: string): string | null | Wrong {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string') return { wrong: `${what} must be a string` };
  return flawOf(value, what) ?? (value.trim() === '' ? null : value);
}

/** The same without spaces, tabs and line ends around it, NFC-composed, for a field of at most `maxLength` code points. */
export function composedText(value: unknown, what: string, maxLength: number): string | null | Wrong {
  const trimmed = typeof value === 'string' ? value.trim() : value;
  if (typeof trimmed === 'string' && isFarTooLong(trimmed, maxLength)) return { wrong: undefined };
  const text = plainText(trimmed, what);
  if (text === null || isWrong(text)) return text;
  const composed = text.normalize('NFC');
  // Composing takes some characters apart, U+0344 for one: what is kept must pass when it is read again.
  return lengthOf(composed) > maxLength ? { wrong: undefined } : (flawOf(composed, what) ?? composed);
}

/** A name as it is kept; null when empty. */
export function properName(value: unknown, what: string, maxLength: number): string | null | Wrong {
  const name = composedText(value, what, maxLength);
  if (name === null || isWrong(name)) return name;
  if (deceptive.test(name)) return { wrong: undefined };
  return visible.test(name) ? name : { wrong: `${what} has no visible character` };
}

/** The first character that cannot be seen, as a sentence names it (`U+200B`); null when there is none. */
export function invisibleIn(text: string): string | null {
  const [character] = invisible.exec(text) ?? [];
  return character === undefined ? null : `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

/**
 * Whether no normalisation can bring a text down to `maxLength` code points: one is made of at most 4, of 2 UTF-16 units each
 * (UAX #15). Checked before the work is done: a megabyte takes a quarter of a second.
 */
export function isFarTooLong(text: string, maxLength: number): boolean {
  return text.length > maxLength * 8;
}

/** Length in code points: what a person counts, more or less, and what every language can count. */
export function lengthOf(text: string): number {
  return [...text].length;
}

/** Characters of `alphabet`, each as likely as any other, from the system's generator. */
export function randomText(alphabet: string, length: number): string {
  let text = '';
  while (text.length < length) text += alphabet[randomInt(alphabet.length)];
  return text;
}
