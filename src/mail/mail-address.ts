import type { MailAddress } from './ports.ts';

/** Reads `Name <address>`, or an address alone; null when it is neither. */
export function readMailAddress(text: string): MailAddress | null {
  const [, name = '', address = ''] = /^([^<>]*?)\s*<([^<>]+)>$/.exec(text.trim()) ?? [];
  const bare = address || text.trim();
  // Not z.email(): the domain of development, ruangkerja.localhost, is not a public one.
  if (!/^[^\s@<>,;:"]{1,64}@(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+$/.test(bare) || /\p{Cc}/u.test(text)) return null;
  return { name: name.replace(/^"(.*)"$/, '$1'), address: bare };
}
