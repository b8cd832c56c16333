import type { OutboxEntry } from '../mail/ports.ts';
import { problem } from './conflicts.ts';
import type { Problem } from './fields.ts';
import { type Hasher, laneOf } from '../passwords/hash.ts';
import { generatePassword } from '../passwords/password.ts';
import type { User, UserStore } from './ports.ts';

export type ResendPasswordOutcome = { user: User; passwordDelivery: 'EMAIL' } | { problems: [Problem] };
export type ResendPassword = (
  caller: { clientId: string; companyId: string },
  serial: string,
) => Promise<ResendPasswordOutcome>;

export interface ResendPasswordNeeds {
  store: Pick<UserStore, 'find' | 'replacePassword'>;
  hasher: Hasher;
  passwordMinLength: number;
  /** Counts as a user asked for; throws 429. */
  rateLimit: (clientId: string, users: number) => Promise<void>;
  sealMail: (userSerial: string, password: string) => OutboxEntry;
  /** Called after the commit that queued the mail. */
  wakeDelivery: () => void;
  now: () => number;
}

/**
 * Gives a user a new random password and mails it. The old one ends at once, and so do its mails that were not sent yet;
 * of one that is being sent at this moment the password is of no use any more. Of calls at once the last one wins whole.
 */
export function makeResendPassword(needs: ResendPasswordNeeds): ResendPassword {
  return async (caller, serial) => {
    await needs.rateLimit(caller.clientId, 1);
    const user = await needs.store.find(caller.companyId, { serial });
    if (!user) return { problems: [problem('USER_NOT_FOUND', ['serial'])] };
    if (user.email === null) return { problems: [problem('USER_HAS_NO_EMAIL', ['serial'])] };
    const password = generatePassword(needs.passwordMinLength);
    const passwordHash = await needs.hasher.generated(password, laneOf(caller.clientId, 1));
    const mail = needs.sealMail(serial, password);
    if (
      !(await needs.store.replacePassword(caller.companyId, serial, { passwordHash, mail, at: new Date(needs.now()) }))
    )
      return { problems: [problem('USER_NOT_FOUND', ['serial'])] };
    needs.wakeDelivery();
    return { user, passwordDelivery: 'EMAIL' };
  };
}
