import type { Answered } from '../api/http/exchange.ts';

/** What this process has answered since its start. */
export interface Tally {
  calls: number;
  /** Calls that were answered with a status from 400 on. */
  failures: number;
  created: number;
  refused: number;
}

/** Makes the counts of the home page. */
export function makeTally() {
  const tally: Tally = { calls: 0, failures: 0, created: 0, refused: 0 };
  return {
    /** Counts an answered call of GraphQL or REST; pages are not counted. */
    answered({ route, status, outcomes = [] }: Answered): void {
      if (route === undefined) return;
      tally.calls++;
      if (status >= 400) tally.failures++;
      for (const { kind } of outcomes) if (kind === 'created' || kind === 'refused') tally[kind]++;
    },
    read: (): Tally => ({ ...tally }),
  };
}
