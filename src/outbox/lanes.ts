import type { DeliveryPolicy, Flight } from './kind.ts';
import type { DueDelivery } from './ports.ts';

/** How many attempts run at once. */
export const maxInFlight = 16;
/** The slots of first attempts and of repeated ones, so that neither lane takes all from the other. */
const maxFirst = 12;
const maxRepeated = 8;
/** Repeated attempts to domains where attempts hang: at ten seconds each, they would take every slot. */
const maxHung = 2;

/** Whether a flight leaves its slot to a row that waits: this one now, or none yet (ask again in `inMs`), or none. */
export type GivingWay<Due extends DueDelivery> =
  | { kind: 'now'; flight: Flight<Due> }
  | { kind: 'later'; inMs: number }
  | { kind: 'none' };

/** Counts the first attempts that may begin beside these flights. */
export function roomForFirst<Due extends DueDelivery>(flights: readonly Flight<Due>[]): number {
  return Math.min(maxFirst - flights.filter(({ first }) => first).length, maxInFlight - flights.length);
}

/**
 * Counts the repeated attempts that may begin beside these flights.
 * @param isHung whether a flight goes to a domain where attempts hang
 * @param inside whether the attempts to begin go to such a domain
 */
export function roomForRepeated<Due extends DueDelivery>(
  flights: readonly Flight<Due>[],
  isHung: (flight: Flight<Due>) => boolean,
  inside: boolean,
): number {
  const repeated = flights.filter(({ first }) => !first);
  return Math.min(
    maxRepeated - repeated.length,
    maxInFlight - flights.length,
    inside ? maxHung - repeated.filter(isHung).length : maxRepeated,
  );
}

/**
 * Chooses the first attempt that leaves its slot: the one most overdue, one at a time (`docs/decisions/0046`). An
 * attempt that still connects waits for the server, as the next one would, so it stays.
 */
export function whoGivesWay<Due extends DueDelivery>(
  flights: readonly Flight<Due>[],
  { overdueAt }: Pick<DeliveryPolicy<Due>, 'overdueAt'>,
): GivingWay<Due> {
  if (roomForFirst(flights) > 0 || flights.some(({ abort }) => abort.signal.aborted)) return { kind: 'none' };
  const [next] = flights
    .filter(({ first, phase }) => first && phase !== 'connecting')
    .map((flight) => ({ flight, overdueAt: overdueAt(flight) }))
    .toSorted((a, b) => a.overdueAt - b.overdueAt);
  if (!next || next.overdueAt === Infinity) return { kind: 'none' };
  const inMs = next.overdueAt - performance.now();
  return inMs <= 0 ? { kind: 'now', flight: next.flight } : { kind: 'later', inMs };
}
