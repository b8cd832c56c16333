import { Refusal } from '../errors/error-dictionary.ts';
import type { AccessStore } from './ports.ts';

/** Milliseconds. */
const window = 60_000;
/** A process takes this part of what is left for itself: round trips stay rare, and little is left unused with the others. */
const shareOfLeft = 64;

/** What this process may still let pass of a client's window. */
interface Share {
  left: number;
  /** So many more were refused in this window: the store has fewer. */
  refused: number;
  /** Of the process's monotonic clock. */
  endsAt: number;
  taking: Promise<void> | undefined;
}

/**
 * Counts the users that each client asks for, over all processes of one database, and throws 429 above `perMinute` until
 * the minute that began with the first of them is over; 0 counts nothing. The caller counts before it reads the fields,
 * so that refused requests count too. A batch passes whole or not at all; one that does not pass counts for nothing.
 */
export function makeRateLimit(
  perMinute: number,
  store: Pick<AccessStore, 'takeQuota'>,
): (clientId: string, users: number) => Promise<void> {
  const shares = new Map<string, Share>();

  async function take(clientId: string, share: Share, users: number): Promise<void> {
    const begun = performance.now();
    const { taken, endsInMs } = await store.takeQuota(clientId, {
      users,
      limit: perMinute,
      shareOfLeft,
      windowMs: window,
    });
    share.endsAt = begun + endsInMs;
    share.left += taken;
    if (taken === 0) share.refused = users;
  }

  return async (clientId, users) => {
    if (perMinute === 0) return;
    const share = shares.get(clientId) ?? { left: 0, refused: Infinity, endsAt: 0, taking: undefined };
    shares.set(clientId, share);
    for (;;) {
      if (performance.now() >= share.endsAt) Object.assign(share, { left: 0, refused: Infinity });
      if (users <= share.left) {
        share.left -= users;
        return;
      }
      const lacking = users - share.left;
      if (users > perMinute) throw tooMany(`${users} users are more than the ${perMinute} of a minute`, window);
      if (lacking >= share.refused)
        throw tooMany(`more than ${perMinute} users in a minute`, share.endsAt - performance.now());
      // One at a time: requests that arrive together would take the shares of other processes too.
      share.taking ??= take(clientId, share, lacking).finally(() => (share.taking = undefined));
      await share.taking;
    }
  };
}

/** 429 with the whole seconds until the window ends. */
export function tooMany(detail: string, msBeforeNext: number): Refusal {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
  return new Refusal('TOO_MANY_REQUESTS', `${detail}, try again in ${seconds} s`, seconds);
}
