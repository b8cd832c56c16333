import { isIP } from 'node:net';
import type { z } from 'zod';
import { readMailAddress } from '../mail/mail-address.ts';
import type { MailAddress } from '../mail/ports.ts';

/** Whether a text is the address of an SQLite file, or of a Postgres whose own settings in the query are integers. */
export function isDatabaseUrl(text: string): boolean {
  if (/^file:.+/.test(text)) return true;
  const url = URL.parse(text);
  if (
    url === null ||
    !/^postgres(ql)?:$/.test(url.protocol) ||
    !(url.hostname || url.searchParams.has('host')) ||
    `${url.hostname}${url.searchParams.get('host')}`.includes(',') ||
    !decodes(url.username + url.password) ||
    isCutShort(url)
  )
    return false;
  return ['pool', 'connect_timeout', 'statement_timeout'].every((name) =>
    /^[1-9]\d{0,5}$/.test(url.searchParams.get(name) ?? '1'),
  );
}

/** Whether an address is of SQLite's database in memory, or of a temporary one: the driver ignores spaces around it. */
export function isInMemory(text: string): boolean {
  return /^file:(?:\/\/)?\s*(?::memory:)?\s*$/.test(text);
}

/** Whether an address has a host, credentials that can be percent-decoded, and no misspelled demand for TLS. */
export function isSmtpUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^smtps?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    decodes(url.username + url.password) &&
    !isCutShort(url) &&
    /^(true|false)$/.test(url.searchParams.get('requireTLS') ?? 'false')
  );
}

/**
 * Whether a mail server must take TLS. Its address decides; else it must where the gateway signs in, and in production,
 * unless the host is this machine. Somebody in between could strip STARTTLS and get the credentials and the mails.
 */
export function demandsTls(smtpUrl: string | null, production: boolean): boolean {
  if (smtpUrl === null) return false;
  const { hostname, username, searchParams } = new URL(smtpUrl);
  const demanded = searchParams.get('requireTLS');
  if (demanded !== null) return demanded === 'true';
  return (production || username !== '') && !isLoopback(hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase());
}

/**
 * Whether a character that was not encoded ended the host within the credentials: `smtp://user:12#34@host` has the host
 * `user`, the port 12 and the fragment `34@host`.
 */
function isCutShort({ pathname, searchParams, hash }: URL): boolean {
  return hash !== '' || pathname.includes('@') || searchParams.keys().some((name) => name.includes('@'));
}

function decodes(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Parses a sender: `Name <address>` or an address alone. */
export function mailbox(text: string, context: z.RefinementCtx): Readonly<MailAddress> {
  const address = readMailAddress(text);
  if (!address) context.addIssue('a mail address with or without a name, e.g. Ruangkerja <no-reply@example.com>');
  return Object.freeze(address ?? { name: '', address: '' });
}

/** Whether a text is an address of http or https, without credentials and as one word. */
export function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    !/[\s\p{C}]/u.test(text) &&
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    url.username === ''
  );
}

/** Whether a host is 127.0.0.0/8, ::1 or localhost. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
