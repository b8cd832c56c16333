import type { MailRow } from '../mail/ports.ts';

/** A row of the outbox with its user, as both engines read it. */
interface Selected {
  row: Omit<MailRow, 'userSerial' | 'email' | 'sealed'> & { ciphertext: Uint8Array | null };
  userSerial: string;
  email: string | null;
}

/** Returns a mail as an operator sees it. */
export function mailRow({ row, userSerial, email }: Selected): MailRow {
  const { id, state, attempts, createdAt, dueAt, lastError, ciphertext } = row;
  // A user who loses the email loses its mails with it.
  const address = email!;
  return { id, state, userSerial, email: address, attempts, createdAt, dueAt, lastError, sealed: ciphertext !== null };
}
