import type { Attempt } from './attempt.ts';
import type { Flight, Phase } from './kind.ts';
import type { DueDelivery } from './ports.ts';

/** What `makeFlights` needs. */
export interface FlightsNeeds<Due extends DueDelivery> {
  attempt: Attempt<Due>;
  /** Called when a flight has reached its server, for a kind that reports it. */
  onSending: () => void;
  /** Called when the slot of a flight is free, once or, where its record took longer, twice. */
  onLanded: (flight: Flight<Due>) => void;
}

/** The attempts in progress. */
export interface Flights<Due extends DueDelivery> {
  /** Lists the attempts that take a slot, oldest first. */
  list(): Flight<Due>[];
  /** Lists the rows whose outcome is still to be recorded. */
  rows(): Due[];
  /** Begins an attempt; `onEnd` is called when it has landed. */
  begin(due: Due, as: Pick<Flight<Due>, 'first' | 'isProbe'>, onEnd?: () => void): Flight<Due>;
  /** Aborts every attempt in progress. */
  abort(reason: Error): void;
  /** Resolves when every attempt now in progress has landed. */
  landed(): Promise<unknown>;
}

/** Keeps the attempts in progress. */
export function makeFlights<Due extends DueDelivery>(needs: FlightsNeeds<Due>): Flights<Due> {
  const landings = new Map<Flight<Due>, Promise<void>>();
  return {
    list: () => [...landings.keys()].filter(({ isOver }) => !isOver),
    rows: () => [...landings.keys()].map(({ due }) => due),
    begin(due, { first, isProbe }, onEnd) {
      const begunAt = performance.now();
      const abort = new AbortController();
      const flight: Flight<Due> = {
        due,
        first,
        isProbe,
        begunAt,
        sendingAt: begunAt,
        phase: 'sending',
        isOver: false,
        abort,
      };
      const onPhase = (phase: Phase): void => {
        flight.phase = phase;
        if (phase !== 'sending') return;
        flight.sendingAt = performance.now();
        needs.onSending();
      };
      const attempt = needs.attempt(flight, onPhase, () => {
        flight.isOver = true;
        needs.onLanded(flight);
      });
      const landing = attempt.then(() => {
        landings.delete(flight);
        onEnd?.();
        needs.onLanded(flight);
      });
      landings.set(flight, landing);
      return flight;
    },
    abort(reason) {
      for (const { abort } of landings.keys()) abort.abort(reason);
    },
    landed: () => Promise.all(landings.values()),
  };
}
