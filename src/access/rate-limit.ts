import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { tooMany } from '../errors/error-dictionary.ts';
import type { AccessStore } from './ports.ts';

const windowMs = 60_000;
/** A process takes this part of what is left for itself (docs/decisions/0023). */
const shareOfLeft = 64;
/** Requests of one client that wait for the same share are served in order, so that many rounds mean a flood. */
const maxRounds = 10_000;

/** What this process may still let pass of a client's window. */
interface Share {
  left: number;
  /** The store has fewer users left than this: it refused so many in this window. */
  refusedUsers: number;
  /** By the process's monotonic clock, in milliseconds. */
  endsAt: number;
  taking: Promise<void> | undefined;
}

/**
 * Makes the limit of users that a client may create, over all processes of one database. It throws 429 above
 * `perMinute` until the minute that began with the first of them is over. The caller counts before it reads the fields,
 * so that refused requests count too. A batch passes as a whole or not at all; one that does not pass does not count.
 * @param perMinute users; 0 for no limit
 */
export function makeRateLimit(
  perMinute: number,
  store: Pick<AccessStore, 'takeQuota'>,
): (clientId: string, users: number) => Promise<void> {
  const shares = new Map<string, Share>();

  async function take(clientId: string, share: Share, users: number): Promise<void> {
    const begunAt = performance.now();
    const request = { users, limit: perMinute, shareOfLeft, windowMs };
    const { taken, endsInMs } = await store.takeQuota(clientId, request);
    share.endsAt = begunAt + endsInMs;
    share.left += taken;
    if (taken === 0) share.refusedUsers = users;
  }

  return async (clientId, users) => {
    if (perMinute === 0) return;
    const share = shares.get(clientId) ?? { left: 0, refusedUsers: Infinity, endsAt: 0, taking: undefined };
    shares.set(clientId, share);
    for (let round = 0; round < maxRounds; round++) {
      if (performance.now() >= share.endsAt) Object.assign(share, { left: 0, refusedUsers: Infinity });
      if (users <= share.left) {
        share.left -= users;
        return;
      }
      const lacking = users - share.left;
      if (users > perMinute) throw tooMany(`${users} users are more than the ${perMinute} of a minute`, windowMs);
      if (lacking >= share.refusedUsers) break;
      // One at a time: requests that arrive together would take the shares of other processes too.
      share.taking ??= take(clientId, share, lacking).finally(() => (share.taking = undefined));
      await share.taking;
    }
    throw tooMany(`more than ${perMinute} users in a minute`, share.endsAt - performance.now());
  };
}

/**
 * Makes a limit of points for each key in this process. It throws 429 above `perMinute` until the minute that began
 * with the first of them is over. A call that does not pass does not count. It protects the process itself, or limits
 * what may pass a few times more when several processes run.
 * @param what named by the refusal, e.g. "failed token calls"
 */
export function makeLocalLimit(perMinute: number, what: string): (key: string, points?: number) => Promise<void> {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: windowMs / 1000 });
  return async (key, points = 1) => {
    try {
      await limiter.consume(key, points);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      await limiter.reward(key, points);
      throw tooMany(`more than ${perMinute} ${what} in a minute`, error.msBeforeNext);
    }
  };
}
