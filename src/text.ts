import { randomInt } from 'node:crypto';

/** Whether it is a string that every store can keep: a NUL passes SQLite and fails in Postgres, a lone surrogate fits in neither. */
export function isPlain(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed() && !/\p{Cc}/u.test(value);
}

/** A string without control characters as it was given; null when empty, undefined when it is anything else. */
export function plainText(value: unknown): string | null | undefined {
  if (value === undefined || value === null || value === '') return null;
  if (!isPlain(value)) return undefined;
  return value.trim() === '' ? null : value;
}

/** A name as it is kept, trimmed and composed; null when empty, too long or with characters that a name can't have. */
export function properName(given: string, most: number): string | null {
  if (!isPlain(given) || /[\u2028\u2029\u202A-\u202E\u2066-\u2069]/u.test(given)) return null;
  const trimmed = given.trim();
  if (isFarTooLong(trimmed, most)) return null;
  const name = trimmed.normalize('NFC');
  return name === '' || lengthOf(name) > most ? null : name;
}

/**
 * Whether no normalisation can bring a text down to `most` code points: one is made of at most 4, of 2 UTF-16 units each
 * (UAX #15). Asked before the work is done: a megabyte takes a quarter of a second.
 */
export function isFarTooLong(text: string, most: number): boolean {
  return text.length > most * 8;
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
