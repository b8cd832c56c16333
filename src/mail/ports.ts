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

/** What the delivery needs of a store. Every verb is atomic. */
export interface Outbox {
  /**
   * Takes a lease of `leaseMs` on at most `limit` due mails, oldest due first, and counts the attempt, in one statement.
   * `first` chooses between mails never tried and mails tried before, these within some recipients' domains or outside of them.
   */
  claim(
    limit: number,
    leaseMs: number,
    first: boolean,
    among?: { domains: readonly string[]; inside: boolean },
  ): Promise<DueMail[]>;
  /** Moves the end of these leases to `leaseMs` from now, where the lease is still this one. */
  renew(mails: readonly Pick<DueMail, 'id' | 'attempts'>[], leaseMs: number): Promise<void>;
  /** The mail server accepted it: the sealed password leaves the row. */
  markSent(mail: Pick<DueMail, 'id' | 'attempts'>): Promise<void>;
  /** Gives the lease back; the next attempt is due at `retryAt`. */
  markFailed(mail: Pick<DueMail, 'id' | 'attempts'>, error: string, retryAt: Date): Promise<void>;
  /** Puts it into the dead letter. */
  markDead(mail: Pick<DueMail, 'id' | 'attempts'>, error: string): Promise<void>;
  /** Newest first; `state` narrows. */
  list(filter: { state?: OutboxRow['state'] | undefined; limit: number }): Promise<OutboxRow[]>;
  /** Takes a dead mail back into the queue, due now, with its attempts and its day counted anew. */
  retry(id: string): Promise<RetryOutcome>;
  /**
   * Makes due now what is due later than so many milliseconds from now: a clock that was ahead has put it there. `first` are
   * mails never tried. Those of the ids `held` are in flight here: they have leases that end so late, and are renewed.
   */
  pullIn(aheadMs: { first: number; repeated: number }, held: readonly string[]): Promise<void>;
  /**
   * Erases at most `limit` sealed passwords that went to the dead letter before `before`; answers how many. Mails that went there
   * by a clock that was ahead count from now on.
   */
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
 * Hands one mail to a mail server, or to the development mailbox. Throws when it was not accepted; `signal` gives the attempt
 * up. `handedOver` is called when the server has the whole mail, and only its answer is missing: it may deliver it from then on.
 */
export type Transport = (message: Message, signal: AbortSignal, handedOver?: () => void) => Promise<void>;
