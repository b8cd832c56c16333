/** A language of the password mail. */
export type Locale = 'id' | 'en';

/** A password sealed for one mail: AES-256-GCM, `ciphertext` with its 16-byte tag at the end, `nonce` of 12 bytes. */
export interface SealedPassword {
  keyId: string;
  nonce: Buffer;
  ciphertext: Buffer;
}

/** What the transaction that creates a user writes into the outbox. `id` is a UUIDv7. */
export interface OutboxEntry {
  id: string;
  sealed: SealedPassword;
}

/** A mail that this process holds a lease on. */
export interface DueMail {
  id: string;
  userSerial: string;
  name: string;
  email: string;
  companyName: string;
  /** The company's own language; null takes the installation's. */
  locale: Locale | null;
  /** Attempts begun, this one included; fences the lease against a later holder. */
  attempts: number;
  createdAt: Date;
  sealed: SealedPassword;
}

export interface OutboxRow {
  id: string;
  state: 'queued' | 'sent' | 'dead';
  userSerial: string;
  email: string;
  attempts: number;
  createdAt: Date;
  dueAt: Date;
  lastError: string | null;
  /** False once the password was erased: such a mail can't be sent again. */
  sealed: boolean;
}

export type RetryOutcome = 'queued' | 'unknown' | 'not-dead' | 'erased';

/** The part of pino's logger that the delivery writes to. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the delivery needs of a store. Every verb is atomic. */
export interface Outbox {
  /**
   * Takes a lease of `leaseMs` on at most `limit` due mails, oldest due first, and counts the attempt, in one statement.
   * `first` chooses between mails never tried and mails tried before, these within some recipients' domains or outside of
   * them. Only mails sealed by one of `keyIds`, two at most, are taken: the others wait, and cost nothing.
   */
  claim(
    limit: number,
    leaseMs: number,
    first: boolean,
    keyIds: readonly string[],
    among?: { domains: readonly string[]; inside: boolean },
  ): Promise<DueMail[]>;
  /** Moves the end of these leases to `leaseMs` from now, where the lease is still this one. */
  renew(mails: readonly Pick<DueMail, 'id' | 'attempts'>[], leaseMs: number): Promise<void>;
  /** The mail server accepted it: the sealed password leaves the row. */
  markSent(mail: Pick<DueMail, 'id' | 'attempts'>): Promise<void>;
  /** Gives the lease back; the next attempt is due at `retryAt`. */
  markFailed(mail: Pick<DueMail, 'id' | 'attempts'>, error: string, retryAt: Date): Promise<void>;
  /** Gives the lease back as if the mail had not been tried, due at `retryAt`: the failure says nothing about this mail. */
  release(mail: Pick<DueMail, 'id' | 'attempts'>, error: string, retryAt: Date): Promise<void>;
  /** Puts it into the dead letter. */
  markDead(mail: Pick<DueMail, 'id' | 'attempts'>, error: string): Promise<void>;
  /** How many queued mails none of `keyIds` sealed. */
  countWaitingForKey(keyIds: readonly string[]): Promise<number>;
  /** Newest first; `state` narrows. */
  list(filter: { state?: OutboxRow['state'] | undefined; limit: number }): Promise<OutboxRow[]>;
  /** Takes a dead mail back into the queue, due now, with its attempts and its day counted anew. */
  retry(id: string): Promise<RetryOutcome>;
  /** Erases at most `limit` sealed passwords that went to the dead letter before `before`; answers how many. */
  eraseDead(before: Date, limit: number): Promise<number>;
}

/** A finished mail, one recipient. */
export interface Message {
  /** Without angle brackets; the same at every attempt. */
  messageId: string;
  to: { name: string; address: string };
  subject: string;
  text: string;
  html: string;
}

/**
 * What a failed attempt says: the mail server as a whole cannot be used, by whatever mail (`server`), or it will never take
 * this recipient (`recipient`). Every other error is about this mail and this moment.
 */
export class DeliveryFailure extends Error {
  readonly of: 'server' | 'recipient';
  constructor(of: 'server' | 'recipient', cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause: (cause as Error | undefined)?.cause });
    this.of = of;
  }
}

/**
 * How far an attempt came. While it is `connecting` nothing depends on the mail; once it is `handed over` only the server's
 * answer is missing, and the server may deliver the mail from then on.
 */
export type Phase = 'connecting' | 'sending' | 'handed over';

/**
 * Hands one mail to a mail server, or to the development mailbox. Throws when it was not accepted, a `DeliveryFailure` where
 * the reason is known to be the server or the recipient; `signal` gives the attempt up. A transport that connects first
 * reports each phase as it begins.
 */
export type Transport = (message: Message, signal: AbortSignal, onPhase?: (phase: Phase) => void) => Promise<void>;
