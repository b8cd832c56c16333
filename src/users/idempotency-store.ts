/** An idempotency key of a client, held by one call. */
export interface Hold {
  clientId: string;
  key: string;
  /** Random, another for each call: fences a lease against a later holder. */
  holder: string;
}

/** The outcomes of a call so far, as JSON: see users/idempotency.ts. */
export interface Progress {
  results: string;
  completed: boolean;
}

/** The outcome of reserving an idempotency key. */
export type ReserveOutcome =
  /** This call holds the key; `results` come from an earlier call that died before its end. */
  | { kind: 'reserved'; results: string | null }
  | { kind: 'completed'; results: string }
  /** The key belongs to another request. */
  | { kind: 'reused' }
  /** Its first request still runs. */
  | { kind: 'in-use' };

/** The store of idempotency keys. Every verb is atomic. A record ends `keepMs` after its first request. */
export interface IdempotencyStore {
  /**
   * Holds the key for `leaseMs`. A lease that ends more than twice as late was written by a clock that was ahead, and
   * is over. A request is the same if its record has one of `fingerprints`; a new record gets the first of them.
   */
  reserve(hold: Hold, fingerprints: readonly Buffer[], leaseMs: number, keepMs: number): Promise<ReserveOutcome>;
  /** Moves the end of the lease to `leaseMs` from now; false if the hold is lost. */
  renew(hold: Hold, leaseMs: number): Promise<boolean>;
  /** Writes the progress outside of a creation; false if the hold is lost. */
  note(hold: Hold, progress: Progress): Promise<boolean>;
  /** Ends the hold: deletes the record, or, if it has results, lets the next call continue at once. */
  release(hold: Hold): Promise<void>;
  /**
   * Deletes at most `limit` records older than `keepMs`. The age of a record from a clock that was ahead begins now.
   * @returns how many
   */
  deleteOld(keepMs: number, limit: number): Promise<number>;
}
