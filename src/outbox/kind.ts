import type { DueDelivery } from './ports.ts';

/**
 * How far an attempt came. While it is `connecting`, nothing depends on the delivery. Once it is `handed over`, only
 * the answer of the receiving server is missing, and that server may act on the delivery from then on.
 */
export type Phase = 'connecting' | 'sending' | 'handed over';

/** One attempt in progress. Times are milliseconds of `performance.now()`. */
export interface Flight<Due extends DueDelivery> {
  readonly due: Due;
  /** Whether it takes a slot of the first attempts. */
  readonly first: boolean;
  /** Whether it tries a provider's limit out, after a pause. */
  readonly isProbe: boolean;
  readonly begunAt: number;
  /** When the receiving server was reached, for a kind that reports it; `begunAt` before that. */
  sendingAt: number;
  phase: Phase;
  /** Whether it was accepted, which is still to be recorded: its slot is free. */
  isOver: boolean;
  readonly abort: AbortController;
}

/**
 * How sure it is that nothing can be delivered now. `likely` and `possible` failures came once the receiving server
 * knew the delivery, so that it may be at fault.
 */
export type Certainty = 'certain' | 'likely' | 'possible';

/** What one attempt came to. `error` is what the outbox and the log keep: one line without secrets. */
export type SendResult =
  /** `answer` is what the receiving server said: one line without secrets. */
  | { kind: 'accepted'; answer?: string | undefined }
  /** It failed now and may succeed later. */
  | { kind: 'failed'; error: string }
  /** Nothing can be delivered now, whatever the delivery; by default this is certain. */
  | { kind: 'unavailable'; error: string; certainty?: Certainty | undefined }
  /** The provider takes no more for now; the pause that this asks for is shared by all processes. */
  | { kind: 'limited'; error: string; certainty: Certainty; firstMs: number; longestMs: number }
  /** The recipient will never accept it. */
  | { kind: 'refused for good'; error: string }
  /** The sealed payload was changed: nothing was sent. */
  | { kind: 'unreadable'; error: string };

/** How an attempt ended, as the policy learns it. `gave way` is an attempt that the delivery aborted. */
export type Ending = 'accepted' | 'refused' | 'gave way';

/** Whether deliveries may begin: all, one at a time, or none for `pauseMs`. `reason` is kept with a row put back. */
export type Gate =
  | { kind: 'open' }
  | { kind: 'one at a time'; reason: string }
  | { kind: 'closed'; reason: string; pauseMs: number };

/** What a kind of delivery has learned about the servers and recipients that it delivers to. */
export interface DeliveryPolicy<Due extends DueDelivery> {
  gate(): Gate;
  /** Domains whose recipients hung lately: few attempts to them run at once. */
  hungDomains(): readonly string[];
  /** The domain of the recipient, in lower case. */
  domainOf(due: Due): string;
  /** From when on, by `performance.now()`, an attempt may have to give way; Infinity for never. */
  overdueAt(flight: Flight<Due>): number;
  /** Learns how an attempt ended that reached the server. */
  ended(flight: Flight<Due>, ending: Ending): void;
  /**
   * Learns that an attempt found nothing to be deliverable.
   * @returns milliseconds until the delivery is worth another attempt; null where the failure is to count as one of
   * this delivery
   */
  unavailable(flight: Flight<Due>, error: string, certainty: Certainty): number | null;
  /**
   * Learns that an attempt was answered with a provider's limit.
   * @returns the longest pause that this is worth, in milliseconds; null where the failure is to count as one of this
   * delivery
   */
  limited(flight: Flight<Due>, certainty: Certainty): number | null;
}

/** All that tells one kind of delivery from another. */
export interface DeliveryKind<Due extends DueDelivery> {
  /** One word for the log; its plural ends in s. */
  noun: string;
  /** The ids of the keys whose payloads can be sent: only they are claimed. Two at most. */
  keyIds: readonly string[];
  /**
   * Sends one delivery. Never throws. After `signal` is aborted it ends soon; reports each phase as it begins, or none,
   * and then counts as `sending`.
   */
  send(due: Due, signal: AbortSignal, onPhase: (phase: Phase) => void): Promise<SendResult>;
  policy: DeliveryPolicy<Due>;
}
