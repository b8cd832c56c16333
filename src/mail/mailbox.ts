import { uuidv7 } from '../uuid.ts';
import type { Message, Transport } from './ports.ts';
import { composeRaw } from './smtp.ts';

export interface MailboxMail extends Omit<Message, 'messageId'> {
  id: string;
  receivedAt: Date;
  /** RFC 5322, as a mail server would have got it. */
  source: string;
}

export interface Mailbox {
  transport: Transport;
  /** Newest first. */
  list(): readonly MailboxMail[];
  find(id: string): MailboxMail | undefined;
}

export interface MailboxNeeds {
  /** The sender, as `composeRaw` takes it. */
  from: Parameters<typeof composeRaw>[1];
  /** How many mails are kept at most. */
  capacity?: number | undefined;
  /** Milliseconds since 1970. */
  now: () => number;
}

/**
 * The development mailbox: the newest `capacity` mails. It is kept in memory on purpose, so that no password in clear
 * text is at rest anywhere. A mail delivered twice is shown twice, as an employee's inbox would.
 */
export function makeMailbox({ from, capacity = 500, now }: MailboxNeeds): Mailbox {
  const mails: MailboxMail[] = [];

  return {
    async transport({ to, subject, text, html, messageId }, signal) {
      const source = (await composeRaw({ messageId, to, subject, text, html }, from)).toString('utf8');
      signal.throwIfAborted();
      const at = now();
      mails.unshift({ id: uuidv7(at), receivedAt: new Date(at), to, subject, text, html, source });
      mails.length = Math.min(mails.length, capacity);
    },
    list: () => mails,
    find: (id) => mails.find((mail) => mail.id === id),
  };
}
