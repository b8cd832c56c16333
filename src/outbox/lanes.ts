import type { DeliveryPolicy, Flight } from './kind.ts';
import type { DueDelivery } from './ports.ts';

/** How many attempts may run at once. Each lane may take most slots, none takes all from another. */
export interface Lanes {
  /** First and repeated attempts together: the connections. */
  maxInFlight: number;
  maxFirst: number;
  maxRepeated: number;
  /** Repeated attempts to domains where attempts hang: at ten seconds each, they would take every slot. */
  maxHung: number;
}

/** Computes the lanes of so many connections; 16 give 12 first attempts, 8 repeated ones and 2 to hung domains. */
export function lanesOf(connections: number): Lanes {
  return {
    maxInFlight: connections,
    maxFirst: Math.ceil((connections * 3) / 4),
    maxRepeated: Math.ceil(connections / 2),
    maxHung: Math.ceil(connections / 8),
  };
}

/** Whether a flight leaves its slot to a row that waits: this one now, or none yet (ask again in `inMs`), or none. */
export type GivingWay<Due extends DueDelivery> =
  | { kind: 'now'; flight: Flight<Due> }
  | { kind: 'later'; inMs: number }
  | { kind: 'none' };

/** Counts the first attempts that may begin beside these flights. */
export function roomForFirst<Due extends DueDelivery>(flights: readonly Flight<Due>[], lanes: Lanes): number {
  return Math.min(lanes.maxFirst - flights.filter(({ first }) => first).length, lanes.maxInFlight - flights.length);
}

/**
 * Counts the repeated attempts that may begin beside these flights.
 * @param isHung whether a flight goes to a domain where attempts hang
 * @param inside whether the attempts to begin go to such a domain
 */
export function roomForRepeated<Due extends DueDelivery>(
  flights: readonly Flight<Due>[],
  lanes: Lanes,
  isHung: (flight: Flight<Due>) => boolean,
  inside: boolean,
): number {
  const repeated = flights.filter(({ first }) => !first);
  return Math.min(
    lanes.maxRepeated - repeated.length,
    lanes.maxInFlight - flights.length,
    inside ? lanes.maxHung - repeated.filter(isHung).length : lanes.maxRepeated,
  );
}

/**
 * Chooses the first attempt that leaves its slot: the one most overdue, one at a time (`docs/decisions/0046`). An
 * attempt that still connects waits for the server, as the next one would, so it stays.
 */
export function whoGivesWay<Due extends DueDelivery>(
  flights: readonly Flight<Due>[],
  lanes: Lanes,
  { overdueAt }: Pick<DeliveryPolicy<Due>, 'overdueAt'>,
): GivingWay<Due> {
  if (roomForFirst(flights, lanes) > 0 || flights.some(({ abort }) => abort.signal.aborted)) return { kind: 'none' };
  const [next] = flights
    .filter(({ first, phase }) => first && phase !== 'connecting')
    .map((flight) => ({ flight, overdueAt: overdueAt(flight) }))
    .toSorted((a, b) => a.overdueAt - b.overdueAt);
  if (!next || next.overdueAt === Infinity) return { kind: 'none' };
  const inMs = next.overdueAt - performance.now();
  return inMs <= 0 ? { kind: 'now', flight: next.flight } : { kind: 'later', inMs };
}
