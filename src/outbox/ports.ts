import type { OutboxStatus } from './status.ts';

/** A payload encrypted for one row: AES-256-GCM, `ciphertext` with its 16-byte tag at the end, `nonce` of 12 bytes. */
export interface SealedPayload {
  /** Names the key that sealed it. */
  keyId: string;
  nonce: Buffer;
  ciphertext: Buffer;
}

/** Where a row of the outbox comes from; empty for an operator's command. */
export interface Origin {
  /** The request that queued it. */
  requestId?: string | null | undefined;
  /** W3C Trace Context of that request. */
  traceparent?: string | null | undefined;
  /** The turn of the first row: of a file in chunks, how many came before. Default 0. */
  firstTurn?: number;
}

/** What a transaction writes into the outbox beside the row that the delivery is about (`docs/decisions/0045`). */
export interface OutboxEntry extends Origin {
  /** UUIDv7. */
  id: string;
  sealed: SealedPayload;
  /** Rows of a lower turn go first: the position in its batch, so that a single row waits for no batch. Default 0. */
  turn?: number;
}

/** The right of one process to deliver a row. The number of attempts fences it against a later holder. */
export interface Lease {
  id: string;
  /** Attempts begun, this one included. */
  attempts: number;
}

/** A row that this process holds a lease on; each kind of delivery adds what it needs to send it. */
export interface DueDelivery extends Lease, Origin {
  /** The user that it is about. */
  userSerial: string;
  createdAt: Date;
  sealed: SealedPayload;
}

/** A row as an operator sees it; each kind of delivery adds who it is for. */
export interface OutboxRow {
  id: string;
  state: 'queued' | 'sent' | 'dead';
  attempts: number;
  createdAt: Date;
  dueAt: Date;
  /** Null when no attempt has failed. */
  lastError: string | null;
  /** False once the payload was erased: such a row cannot be sent again. */
  sealed: boolean;
}

/** How an attempt ended. `put off` is one that says nothing about the row: nothing could be delivered then. */
export type AttemptOutcome = 'accepted' | 'failed' | 'put off' | 'dead';

/** An attempt that ended. */
export interface EndedAttempt {
  at: Date;
  /** As the row counted it. */
  attempt: number;
  outcome: AttemptOutcome;
  /** What the receiving server said, or why it was not reached; without secrets and addresses. */
  answer: string | null;
}

/** Which rows an operator means: those that meet everything that is set. */
export interface RowFilter {
  /** At least so old. */
  olderThanMs?: number | undefined;
  /** A part of the last error, without regard to case. */
  error?: string | undefined;
  /** The domain of the recipient, without regard to case. */
  domain?: string | undefined;
}

/** The answer to an operator who sends a row of the dead letter again. */
export type RetryOutcome = 'queued' | 'unknown' | 'not-dead' | 'erased';

/** What all processes share about one kind of delivery. */
export interface DeliveryState {
  /** Since when an operator holds the delivery; null while it runs. */
  heldAt: Date | null;
  /** The pause of a provider's limit: nothing begins before, because of this answer. `pauses` so far in a row. */
  pausedUntil: Date | null;
  pauses: number;
  pauseReason: string | null;
  /** When the limit of a second lets the next one begin. */
  nextAt: Date | null;
  /** The end of the day that the limit of a day counts, and what was begun in it. */
  dayEndsAt: Date | null;
  begunToday: number;
  /** When a row was last accepted, to the second; null when none ever was. */
  lastAcceptedAt: Date | null;
}

/** The limits of the receiving server's provider, for all processes together; 0 for none. */
export interface DeliveryLimits {
  perSecond: number;
  perDay: number;
}

/** The part of pino's logger that the delivery writes to. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Which rows to claim. */
export interface Claim {
  /** At most so many. */
  limit: number;
  leaseMs: number;
  /** True for rows never tried, false for rows tried before. */
  first: boolean;
  /** Only rows that one of these sealed. Two at most. */
  keyIds: readonly string[];
  /** Of the rows tried before, those whose recipient is inside or outside of these domains; default all. */
  among?: { domains: readonly string[]; inside: boolean };
  /** Default none. */
  limits?: DeliveryLimits;
}

/** What a claim took, and when the next one can take more. */
export interface Claimed<Due extends DueDelivery> {
  due: Due[];
  /** Whether what was taken tries a provider's limit out, after a pause. */
  isProbe: boolean;
  /** Milliseconds until the limits, a pause or a hold may let more begin; 0 when they do now. */
  waitMs: number;
  /** Until when the limit of a day lets nothing begin, if that was why. */
  dayFullUntil?: Date | undefined;
}

/** The pause after an answer about a provider's limit: the first one, doubled by each in a row up to the longest. */
export interface LimitPause {
  reason: string;
  firstMs: number;
  longestMs: number;
  /** Whether the attempt was a probe: only this makes a pause grow that began before. */
  isProbe: boolean;
}

/**
 * What the delivery loop needs of a store. Every verb is atomic; those that take a lease change nothing once it is
 * lost, and those that end an attempt keep it for the operator.
 */
export interface Outbox<Due extends DueDelivery> {
  /**
   * Leases due rows, those of the lowest turn first, then the oldest due; rows tried before by due time alone. It
   * counts the attempts, and takes them off the limits that all processes share. It leaves rows that other keys sealed
   * alone, and they cost nothing. While the delivery is held or paused it takes none, and one after a pause.
   */
  claim(claim: Claim): Promise<Claimed<Due>>;
  /** Moves the end of these leases to `leaseMs` from now. */
  renew(leases: readonly Lease[], leaseMs: number): Promise<void>;
  /** Records that the row was accepted; the sealed payload leaves it. */
  markSent(lease: Lease, answer?: string): Promise<void>;
  /** Gives the lease back; the next attempt is due at `retryAt`. */
  markFailed(lease: Lease, error: string, retryAt: Date): Promise<void>;
  /**
   * Gives the lease back, due at `retryAt`, and takes the attempt off the count: the failure says nothing about the
   * row.
   */
  release(lease: Lease, error: string, retryAt: Date): Promise<void>;
  /** Gives the lease of a row back whose attempt has not begun, due now. */
  giveBack(lease: Lease, reason: string): Promise<void>;
  /** Puts the row into the dead letter. */
  markDead(lease: Lease, error: string): Promise<void>;
  /** Pauses the delivery of all processes. @returns milliseconds that are left of the pause */
  pause(pause: LimitPause): Promise<number>;
  /** Ends the pauses in a row: a probe got through. The next delivery keeps the distance that the limits ask for. */
  endPauses(limits: DeliveryLimits): Promise<void>;
  /**
   * Counts this process among those that deliver, until it was not seen for `aliveMs`.
   * @returns its position among them, from 0, and how many there are
   */
  join(processId: string, aliveMs: number): Promise<{ position: number; count: number }>;
  /** Takes this process off that list. */
  leave(processId: string): Promise<void>;
  /**
   * Makes due now what is due further ahead than any backoff puts it: a wrong clock did that. Of the rows never tried
   * it looks at the thousand that are next.
   * @param aheadMs how far ahead a row may be due, by whether it was tried before
   * @param keyIds only rows that one of these sealed
   * @param heldIds rows that this process holds: it renews their leases, which may end that late
   */
  pullIn(
    aheadMs: { first: number; repeated: number },
    keyIds: readonly string[],
    heldIds: readonly string[],
  ): Promise<void>;
}

/** What the start, the health check, the purge and an operator need of the same store. */
export interface OutboxAdministration<Row extends OutboxRow> {
  /**
   * Tells what is queued, dead, held and paused; of the queued rows, how many none of `keyIds` sealed.
   * @param limits those of the claims; default none
   */
  status(keyIds: readonly string[], limits?: DeliveryLimits): Promise<OutboxStatus>;
  /** Lists rows, newest first. */
  list(filter: RowFilter & { state?: OutboxRow['state'] | undefined; limit: number }): Promise<Row[]>;
  /** Finds a row with its last attempts, oldest first; null when there is none. */
  show(id: string): Promise<{ row: Row; attempts: EndedAttempt[] } | null>;
  /** Puts a row of the dead letter back into the queue, due now; its attempts start again. */
  retry(id: string): Promise<RetryOutcome>;
  /**
   * Puts the rows of the dead letter that a filter names back into the queue, except those whose payload was erased, in
   * steps that hold up nobody.
   * @returns how many
   */
  retryAll(filter: RowFilter): Promise<number>;
  /**
   * Records queued rows as sent, and their payloads leave them: they were sent after the backup that this database was
   * restored from. Ids of other rows, and of none, count for nothing.
   * @returns how many
   */
  markDelivered(ids: readonly string[]): Promise<number>;
  /** Holds the delivery of all processes until `unhold`. What is in flight goes on. */
  hold(): Promise<void>;
  /** Ends the hold. A pause of a provider's limit ends too, so that an operator can try at once. */
  unhold(): Promise<void>;
  /** Reads what all processes share. */
  deliveryState(): Promise<DeliveryState>;
  /**
   * Erases the payloads of rows that went to the dead letter before `before`. A row that went there in the future, by a
   * clock that was ahead, counts from now on.
   * @returns how many were erased, at most `limit`
   */
  eraseDead(before: Date, limit: number): Promise<number>;
}
