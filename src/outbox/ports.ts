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

/** The answer to an operator who sends a row of the dead letter again. */
export type RetryOutcome = 'queued' | 'unknown' | 'not-dead' | 'erased';

/** The part of pino's logger that the delivery writes to. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/**
 * What the delivery loop needs of a store. Every verb is atomic; those that take a lease change nothing once it is
 * lost.
 */
export interface Outbox<Due extends DueDelivery> {
  /**
   * Leases at most `limit` due rows, oldest due first, and counts the attempt, in one statement. It leaves rows that
   * other keys sealed alone, and they cost nothing.
   * @param first true for rows never tried, false for rows tried before
   * @param keyIds two at most
   * @param among of the rows tried before, those whose recipient is inside or outside of these domains; default all
   */
  claim(
    limit: number,
    leaseMs: number,
    first: boolean,
    keyIds: readonly string[],
    among?: { domains: readonly string[]; inside: boolean },
  ): Promise<Due[]>;
  /** Moves the end of these leases to `leaseMs` from now. */
  renew(leases: readonly Lease[], leaseMs: number): Promise<void>;
  /** Records that the row was accepted; the sealed payload leaves it. */
  markSent(lease: Lease): Promise<void>;
  /** Gives the lease back; the next attempt is due at `retryAt`. */
  markFailed(lease: Lease, error: string, retryAt: Date): Promise<void>;
  /**
   * Gives the lease back, due at `retryAt`, and takes the attempt off the count: the failure says nothing about the
   * row.
   */
  release(lease: Lease, error: string, retryAt: Date): Promise<void>;
  /** Puts the row into the dead letter. */
  markDead(lease: Lease, error: string): Promise<void>;
  /**
   * Makes due now what is due further ahead than any backoff puts it: a wrong clock did that.
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
  /** Tells what is queued, dead, held and paused; of the queued rows, how many none of `keyIds` sealed. */
  status(keyIds: readonly string[]): Promise<OutboxStatus>;
  /** Lists rows, newest first. */
  list(filter: { state?: OutboxRow['state'] | undefined; limit: number }): Promise<Row[]>;
  /** Puts a row of the dead letter back into the queue, due now; its attempts and its day start again. */
  retry(id: string): Promise<RetryOutcome>;
  /**
   * Erases the payloads of rows that went to the dead letter before `before`. A row that went there in the future, by a
   * clock that was ahead, counts from now on.
   * @returns how many were erased, at most `limit`
   */
  eraseDead(before: Date, limit: number): Promise<number>;
}
