import type { AccessStore } from './ports.ts';
import { makeLocalLimit, makeRateLimit } from './rate-limit.ts';

/** A dry run only reads, so more of them pass. */
const dryRunsPerUser = 10;
/** What a read takes from the points of a minute: about the tenths of a millisecond that it occupies the event loop. */
const readPoints = { one: 1, list: 10, search: 100 };
/** Lists that a client may always read in a minute: the configured limit is meant for creations. */
const minListsPerMinute = 600;
/** Bounds of the tokens that a client may get in a minute: each is a row for 12 hours, and no client needs many. */
const tokensPerMinute = { min: 10, max: 60 };

/** The kind of a read. A search looks at up to 10,000 users or tags, which no index serves (docs/decisions/0014). */
export type Read = keyof typeof readPoints;

/** The limits of each client in a minute. Every verb counts, or throws 429. */
export interface Limits {
  /** Users and tags to create and passwords to resend, over all processes. */
  writes: (clientId: string, users: number) => Promise<void>;
  /** Users of dry runs, in each process. */
  dryRuns: (clientId: string, users: number) => Promise<void>;
  /** Reads, in each process. */
  reads: (clientId: string, read: Read, count?: number) => Promise<void>;
  /** Tokens, in each process. */
  tokens: (clientId: string) => Promise<void>;
}

const countNothing = async (): Promise<void> => {};

/** Limits that let everything pass, as for the operator's commands. */
export const noLimits: Limits = {
  writes: countNothing,
  dryRuns: countNothing,
  reads: countNothing,
  tokens: countNothing,
};

/**
 * Makes the limits of the clients of one database.
 * @param perMinute users that a client may create in a minute, from which the other limits follow; 0 for no limit at
 * all
 */
export function makeLimits(perMinute: number, store: Pick<AccessStore, 'takeQuota'>): Limits {
  if (perMinute === 0) return noLimits;
  const reads = makeLocalLimit(Math.max(minListsPerMinute, perMinute) * readPoints.list, 'points of reading');
  const { min, max } = tokensPerMinute;
  return {
    writes: makeRateLimit(perMinute, store),
    dryRuns: makeLocalLimit(perMinute * dryRunsPerUser, 'users of dry runs'),
    reads: (clientId, read, count = 1) => reads(clientId, readPoints[read] * count),
    tokens: makeLocalLimit(Math.min(max, Math.max(min, perMinute)), 'access tokens'),
  };
}
