import { uuidv7 } from '../uuid.ts';
import { compileMessage } from './message-source.ts';
import type { Message, Transport } from './ports.ts';

/** A mail of the development mailbox. */
export interface MailboxMail extends Omit<Message, 'messageId'> {
  id: string;
  receivedAt: Date;
  /** RFC 5322, as a mail server would have received it. */
  source: string;
}

/** The development mailbox. */
export interface Mailbox {
  /** Puts a mail into the mailbox. */
  transport: Transport;
  /** Lists the mails, newest first. */
  list(): readonly MailboxMail[];
  /** Finds a mail; undefined when newer mails have replaced it. */
  find(id: string): MailboxMail | undefined;
  /** Removes every mail. */
  clear(): void;
}

/** What `makeMailbox` needs. */
export interface MailboxNeeds {
  /** How many mails are kept at most. */
  capacity?: number | undefined;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Makes the development mailbox: the newest `capacity` mails, in memory only (`docs/decisions/0048`). */
export function makeMailbox({ capacity = 500, now }: MailboxNeeds): Mailbox {
  const mails: MailboxMail[] = [];

  return {
    async transport(message, signal) {
      const source = (await compileMessage(message)).source.toString('utf8');
      signal.throwIfAborted();
      const { messageId: _, ...mail } = message;
      const at = now();
      mails.unshift({ id: uuidv7(at), receivedAt: new Date(at), ...mail, source });
      mails.length = Math.min(mails.length, capacity);
    },
    list: () => mails,
    find: (id) => mails.find((mail) => mail.id === id),
    clear: () => void (mails.length = 0),
  };
}
