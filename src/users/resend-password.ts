import { tooMany } from '../errors/error-dictionary.ts';
import type { Origin, OutboxEntry } from '../outbox/ports.ts';
import { problem } from './conflicts.ts';
import type { Problem } from './fields.ts';
import { queueKeyOf } from '../passwords/hash-queue.ts';
import type { Hasher } from '../passwords/hasher.ts';
import { generatePassword } from '../passwords/password.ts';
import type { User, UserStore, Caller } from './ports.ts';

/** The outcome of resending a password. */
export type ResendPasswordOutcome =
  | { kind: 'resent'; user: User; passwordDelivery: 'EMAIL' }
  | { kind: 'refused'; problems: [Problem] };
/** Gives a user a new password and mails it. */
export type ResendPassword = (caller: Caller, serial: string) => Promise<ResendPasswordOutcome>;

/** A user gets at most one new password within this time: each is a mail that the user may not have requested. */
const onceInMs = 60_000;

/** The needs of resending a password. */
export interface ResendPasswordNeeds {
  store: Pick<UserStore, 'find' | 'replacePassword'>;
  hasher: Pick<Hasher, 'hash'>;
  passwordMinLength: number;
  /** Counts the call as one requested user; throws 429. */
  rateLimit: (clientId: string, users: number) => Promise<void>;
  sealMail: (userSerial: string, password: string, origin: Origin) => OutboxEntry;
  /** Called after the commit that queued the mail. */
  wakeDelivery: () => void;
  now: () => number;
}

/**
 * Makes the call that gives a user a new random password and mails it. The old password ends at once, and its unsent
 * mails are deleted; a mail that is being sent carries a password that no longer works. Throws 429 for a user who got
 * one less than a minute ago, over all processes: one of several calls at once succeeds.
 */
export function makeResendPassword(needs: ResendPasswordNeeds): ResendPassword {
  return async (caller, serial) => {
    await needs.rateLimit(caller.clientId, 1);
    const user = await needs.store.find(caller.companyId, { serial });
    if (!user) return { kind: 'refused', problems: [problem('USER_NOT_FOUND', ['serial'])] };
    if (user.email === null) return { kind: 'refused', problems: [problem('USER_HAS_NO_EMAIL', ['serial'])] };
    const password = generatePassword(needs.passwordMinLength);
    const passwordHash = await needs.hasher.hash('generated', password, queueKeyOf(caller.clientId, 1));
    const mail = needs.sealMail(serial, password, caller);
    const replaced = await needs.store.replacePassword(caller.companyId, serial, {
      passwordHash,
      mail,
      at: new Date(needs.now()),
      notWithinMs: onceInMs,
    });
    if (replaced.kind === 'unknown') return { kind: 'refused', problems: [problem('USER_NOT_FOUND', ['serial'])] };
    if (replaced.kind === 'too-soon')
      throw tooMany('this user got a new password less than a minute ago', replaced.retryAfterMs);
    needs.wakeDelivery();
    return { kind: 'resent', user, passwordDelivery: 'EMAIL' };
  };
}
