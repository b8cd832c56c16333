/** What an operator watches of the outbox, over all processes. */
export interface OutboxStatus {
  queued: number;
  dead: number;
  /** Queued rows that none of the keys sealed. */
  waitingForKey: number;
  /**
   * How long the row that waits longest has waited, in milliseconds; 0 when none waits. A row tried at most once waits
   * since it was queued, one that failed before since its next attempt is due: a recipient that fails for days does not
   * wait for the gateway.
   */
  oldestMs: number;
  /** When an operator held the delivery; null while it runs. */
  heldAt: Date | null;
  /** Until when the delivery pauses; null while it does not. */
  pausedUntil: Date | null;
  /** Until when the limit of a day lets nothing begin; null while it does. */
  dayFullUntil: Date | null;
  /** When a row was accepted last; null for never. */
  lastAcceptedAt: Date | null;
}
