import type { DueDelivery, Outbox, OutboxAdministration, OutboxRow } from '../outbox/ports.ts';
import type { Certainty, Phase } from '../outbox/kind.ts';
import type { Quota } from './quota.ts';

/** A language of the password mail. */
export type Locale = 'id' | 'en';

/** A password mail that this process holds a lease on; its payload is the password. */
export interface DueMail extends DueDelivery {
  name: string;
  email: string;
  username: string | null;
  isActive: boolean;
  /** Whether it replaces an earlier password, which no longer works. */
  replacesPassword: boolean;
  companyName: string;
  /** The language of the company; like the two below null for that of the installation. */
  locale: Locale | null;
  signInUrl: string | null;
  /** `Name <address>` or an address. */
  replyTo: string | null;
}

/** A password mail as an operator sees it. */
export interface MailRow extends OutboxRow {
  userSerial: string;
  email: string;
}

/** The outbox of the password mails. */
export interface MailOutbox extends Outbox<DueMail>, OutboxAdministration<MailRow> {}

/** A mail address with the name that stands before it; the name may be empty. */
export interface MailAddress {
  name: string;
  address: string;
}

/** A finished mail to one recipient. */
export interface Message {
  /** Without angle brackets; the same at every attempt. */
  messageId: string;
  from: MailAddress;
  to: MailAddress;
  /** Where an answer goes; null for `from`. */
  replyTo: MailAddress | null;
  subject: string;
  text: string;
  html: string;
}

/**
 * What a failed attempt says: the mail server cannot be used by any mail (`server`, with how sure that is), it takes no
 * more for now (`quota`), or it will never accept this recipient (`recipient`). Every other error is about this mail
 * and this moment.
 */
export class DeliveryFailure extends Error {
  readonly of: 'server' | 'quota' | 'recipient';
  readonly certainty: Certainty;
  /** How the delivery pauses for a quota. */
  readonly quota: Quota | undefined;
  constructor(of: DeliveryFailure['of'], cause: unknown, certainty: Certainty = 'certain', quota?: Quota) {
    super(cause instanceof Error ? cause.message : String(cause), { cause: (cause as Error | undefined)?.cause });
    this.of = of;
    this.certainty = certainty;
    this.quota = quota;
  }
}

/**
 * Hands one mail to a mail server, or to the development mailbox. Throws when it was not accepted: a `DeliveryFailure`
 * where more than this mail is known to be the reason. `signal` ends the attempt. A transport that connects reports
 * each phase as it begins. Returns what the server said, without its words: see `receiptOf`.
 */
export type Transport = (
  message: Message,
  signal: AbortSignal,
  onPhase?: (phase: Phase) => void,
) => Promise<string | undefined | void>;
