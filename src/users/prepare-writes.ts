import type { Origin, OutboxEntry } from '../outbox/ports.ts';
import { queueKeyOf } from '../passwords/hash-queue.ts';
import type { Hasher, PasswordOrigin } from '../passwords/hasher.ts';
import { generatePassword } from '../passwords/password.ts';
import { uuidv7 } from '../uuid.ts';
import { endsMails } from './changes.ts';
import type { Candidate } from './conflicts.ts';
import type { FieldRules } from './fields.ts';
import type { Reservation } from './idempotency.ts';
import type { WellFormed } from './outcome.ts';
import type { Creation, Step } from './plan.ts';
import type { Caller, NewEntry, UserWrite } from './ports.ts';

/** The needs of preparing writes. */
export interface PrepareWritesNeeds {
  hasher: Pick<Hasher, 'assertCapacity' | 'hash' | 'batchDepth'>;
  rules: () => Promise<Pick<FieldRules, 'passwordMinLength'>>;
  /** The mail with the password, sealed for the outbox. */
  sealMail: (userSerial: string, password: string, origin: Origin) => OutboxEntry;
  /** Milliseconds since 1970. */
  now: () => number;
}

interface Hashed {
  origin: PasswordOrigin;
  password: string;
  passwordHash: string;
}

/**
 * Makes the preparation of planned steps for the store: it hashes their passwords and seals their mails. A step that is
 * prepared again in a later round keeps its password.
 */
export function makePrepareWrites(needs: PrepareWritesNeeds) {
  const hashes = new WeakMap<Candidate, Hashed>();

  /** Hashes all passwords. A batch has only `batchDepth` hashes queued, so that it does not delay others. */
  return async function prepareWrites(
    caller: Caller,
    steps: readonly Step[],
    reservation: Reservation | null,
  ): Promise<UserWrite[]> {
    const writes: UserWrite[] = [];
    const left = steps.entries();
    const { passwordMinLength } = await needs.rules();
    const key = queueKeyOf(caller.clientId, steps.length);
    const hash = async (candidate: Candidate, chosen: string | null): Promise<Hashed> => {
      const origin = chosen === null ? 'generated' : 'chosen';
      const known = hashes.get(candidate);
      if (known?.origin === origin) return known;
      const password = chosen ?? generatePassword(passwordMinLength);
      const hashed = { origin, password, passwordHash: await needs.hasher.hash(origin, password, key) } as const;
      hashes.set(candidate, hashed);
      return hashed;
    };
    const work = async (): Promise<void> => {
      for (const [at, step] of left) {
        writes[at] = await writeOf(caller, step, hash);
        await reservation?.prolong();
      }
    };
    await Promise.all(Array.from({ length: Math.min(needs.hasher.batchDepth, steps.length) }, work));
    return writes;
  };

  async function writeOf(
    caller: Caller,
    step: Step,
    hash: (candidate: Candidate, chosen: string | null) => Promise<Hashed>,
  ): Promise<UserWrite> {
    const { candidate } = step;
    if (step.kind === 'create')
      return { kind: 'add', entry: entryOf(caller, step, await hash(candidate, candidate.fields.password ?? null)) };
    const { user, after, parts, newPassword } = step;
    const hashed = newPassword && (await hash(candidate, newPassword.chosen));
    return {
      kind: 'change',
      change: {
        serial: user.serial,
        version: user.version,
        ...parts,
        ...(hashed && { passwordHash: hashed.passwordHash }),
        endsMails: newPassword !== null || endsMails(user, after),
        mail: hashed && mailOf(caller, candidate, user.serial, hashed.password),
        at: new Date(needs.now()),
      },
    };
  }

  /** The mails of a batch take turns with those of others: the first goes before everybody's second. */
  function mailOf(caller: Caller, { index }: Candidate, serial: string, password: string): OutboxEntry {
    return { ...needs.sealMail(serial, password, caller), turn: (caller.firstTurn ?? 0) + index };
  }

  function entryOf(caller: Caller, { candidate, serial }: Creation, { password, passwordHash }: Hashed): NewEntry {
    const { password: _, ...user } = candidate.fields as WellFormed;
    return {
      user: {
        ...user,
        id: uuidv7(needs.now(), candidate.index),
        companyId: caller.companyId,
        serial,
        passwordHash,
        importKey: candidate.importKey,
        createdAt: new Date(needs.now()),
      },
      mail: user.email === null ? null : mailOf(caller, candidate, serial, password),
    };
  }
}
