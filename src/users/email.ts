import { z } from 'zod';
import { composedText, invisibleIn, isWrong, type Wrong } from '../text.ts';

/** RFC 5321 section 4.5.3.1. */
const maxLength = 254;
const maxLocalLength = 64;

/**
 * Reads an email in its stored form, trimmed and composed; null when empty. It accepts what HTML's `input type=email`
 * accepts (no label begins or ends with a hyphen) if the domain has a dot and the local part is a dot-string of RFC
 * 5321.
 */
export function readEmail(value: unknown): string | null | Wrong {
  const hidden = typeof value === 'string' && value.length <= maxLength * 8 ? invisibleIn(value.trim()) : null;
  if (hidden !== null) return { wrong: `email is not a valid address: it holds an invisible character, ${hidden}` };
  const email = composedText(value, 'email', maxLength);
  if (email === null || isWrong(email)) return email;
  const at = email.lastIndexOf('@');
  const isAddress =
    z.regexes.html5Email.test(email) &&
    email.includes('.', at) &&
    at <= maxLocalLength &&
    !/^\.|\.\.|\.$/.test(email.slice(0, at));
  return isAddress ? email : { wrong: undefined };
}
