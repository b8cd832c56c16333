import type { AccessStore } from './ports.ts';
import { makeLocalLimit, makeRateLimit } from './rate-limit.ts';

/** A dry run reads, and writes nothing. */
const dryRunsPerUser = 10;
/** What a read costs of a client's minute: roughly the tenths of a millisecond that it takes of the event loop. */
const readPoints = { one: 1, list: 10, search: 100 };
/** Lists that a client may always read in a minute, however low the rate limit is: it is meant for what is created. */
const leastLists = 600;
/** Bounds of the tokens that a client may get in a minute: each is a row for 12 hours, and nobody needs many. */
const tokens = { least: 10, most: 60 };

/** A search looks at up to 10,000 users or tags, which no index serves. */
export type Read = keyof typeof readPoints;

/** How much each client may ask for in a minute; every verb throws 429. */
export interface Limits {
  /** Users and tags to create and passwords to resend. Counted over all processes. */
  writes: (clientId: string, users: number) => Promise<void>;
  /** Users of dry runs. Counted in each process. */
  dryRuns: (clientId: string, users: number) => Promise<void>;
  /** Counted in each process. */
  reads: (clientId: string, read: Read) => Promise<void>;
  /** Counted in each process. */
  tokens: (clientId: string) => Promise<void>;
}

const nothing = async (): Promise<void> => {};
export const noLimits: Limits = { writes: nothing, dryRuns: nothing, reads: nothing, tokens: nothing };

/** @param perMinute users that a client may ask for in a minute, from which the other limits follow; 0 for no limit at all */
export function makeLimits(perMinute: number, store: Pick<AccessStore, 'takeQuota'>): Limits {
  if (perMinute === 0) return noLimits;
  const reads = makeLocalLimit(Math.max(leastLists, perMinute) * readPoints.list, 'points of reading');
  return {
    writes: makeRateLimit(perMinute, store),
    dryRuns: makeLocalLimit(perMinute * dryRunsPerUser, 'users of dry runs'),
    reads: (clientId, read) => reads(clientId, readPoints[read]),
    tokens: makeLocalLimit(Math.min(tokens.most, Math.max(tokens.least, perMinute)), 'access tokens'),
  };
}
