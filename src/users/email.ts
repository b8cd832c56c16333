import { z } from 'zod';
import { composedText, invisibleIn, isWrong, type Wrong } from '../text.ts';

/** RFC 5321 section 4.5.3.1. */
const maxLength = 254;
const maxLocalLength = 64;

/**
 * An email as it is kept, trimmed and composed; null when empty. It is what HTML's `input type=email` accepts, whose labels
 * neither begin nor end with a hyphen, with a dot in the domain, and with a local part that RFC 5321 (dot-string) has.
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
