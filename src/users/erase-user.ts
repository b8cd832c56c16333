import { problem } from './conflicts.ts';
import type { Problem } from './fields.ts';
import type { Caller, UserKey, UserStore } from './ports.ts';

/** The outcome of erasing a user. */
export type EraseUserOutcome = { kind: 'erased'; serial: string } | { kind: 'refused'; problems: [Problem] };
/** Erases a user of the caller's company. */
export type EraseUser = (caller: Caller, by: UserKey) => Promise<EraseUserOutcome>;

/** The needs of erasing a user. */
export interface EraseUserNeeds {
  store: Pick<UserStore, 'erase'>;
  /** Counts the call as one requested user; throws 429. */
  rateLimit: (clientId: string, users: number) => Promise<void>;
  now: () => number;
}

/**
 * Makes the erasure of one user with every personal value, for good. Its employee ID, username, email and phone are
 * free then. The second time, and for an unknown user, it refuses 10105. A mail that is being sent is not called back.
 */
export function makeEraseUser({ store, rateLimit, now }: EraseUserNeeds): EraseUser {
  return async (caller, by) => {
    await rateLimit(caller.clientId, 1);
    const serial = await store.erase(caller.companyId, by, new Date(now()));
    return serial === null
      ? { kind: 'refused', problems: [problem('USER_NOT_FOUND', Object.keys(by))] }
      : { kind: 'erased', serial };
  };
}
