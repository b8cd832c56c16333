import { Refusal, unavailable } from '../errors/error-dictionary.ts';
import type { OutboxEntry } from '../outbox/ports.ts';
import { queueKeyOf } from '../passwords/hash-queue.ts';
import type { Hasher } from '../passwords/hasher.ts';
import { generatePassword } from '../passwords/password.ts';
import { uuidv7 } from '../uuid.ts';
import type { Candidate } from './conflicts.ts';
import type { FieldRules } from './fields.ts';
import { LostHold, type Reservation, type Settled, settledAs } from './idempotency.ts';
import { reasonsFor } from './lost-entries.ts';
import { type ImportUserOutcome, passwordDeliveryOf, type WellFormed } from './outcome.ts';
import type { AddOutcome, Hold, NewEntry, Progress, UserStore, Caller } from './ports.ts';
import { userSerial } from './serial.ts';

/** The needs of writing users. */
export interface WriteUsersNeeds {
  store: Pick<UserStore, 'lookUp' | 'add'>;
  hasher: Pick<Hasher, 'assertCapacity' | 'hash' | 'batchDepth'>;
  rules: () => Promise<Pick<FieldRules, 'passwordMinLength'>>;
  /** The mail with the password, sealed for the outbox. */
  sealMail: (userSerial: string, password: string) => OutboxEntry;
  /** Called after the commit that queued a mail. */
  wakeDelivery: () => void;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** How to write users. */
export interface WriteOptions {
  /** If one cannot be written, none is. */
  allOrNone: boolean;
  reservation: Reservation | null;
  /** The same transaction writes it: the progress of the whole call after the candidates are settled this far. */
  record: { hold: Hold; progress: (candidates: readonly Candidate[], settled: readonly Settled[]) => Progress } | null;
}

/**
 * An outcome for each candidate: null was not written, because of `refusal` or, with `allOrNone`, another candidate.
 */
export interface Written {
  outcomes: (ImportUserOutcome | null)[];
  refusal: Refusal | null;
}

interface Pending {
  at: number;
  candidate: Candidate;
  password: string;
  passwordHash: string;
  entry: NewEntry;
}

/** A try is repeated if a serial already exists, or if a reference appeared and vanished between two look-ups. */
const maxTries = 10;

/**
 * Makes the writing of checked candidates: it hashes their passwords and writes each user, its tag links and its mail
 * in one transaction. A value that another call wrote meanwhile becomes the problem that a later call would get. Throws
 * `LostHold`.
 */
export function makeWriteUsers(needs: WriteUsersNeeds) {
  return async function writeUsers(
    caller: Caller,
    candidates: readonly Candidate[],
    { allOrNone, reservation, record }: WriteOptions,
  ): Promise<Written> {
    const outcomes: Written['outcomes'] = candidates.map(() => null);
    try {
      let pending = await hashAll(caller, candidates, reservation);
      for (let tries = 1; pending.length > 0; tries++) {
        const settledWith = (added: readonly AddOutcome[]): Settled[] => {
          const settled = outcomes.map(settledAs);
          for (const [i, { at, entry }] of pending.entries())
            settled[at] = added[i]!.kind === 'added' ? entry.user.serial : null;
          return settled;
        };
        const added = await needs.store.add(
          caller.companyId,
          pending.map(({ entry }) => entry),
          {
            allOrNone,
            record: record
              ? { hold: record.hold, progress: (added) => record.progress(candidates, settledWith(added)) }
              : undefined,
          },
        );
        if (!added) throw new LostHold();
        if (allOrNone && added.some(({ kind }) => kind !== 'added')) break;
        if (pending.some(({ entry }, i) => entry.mail && added[i]!.kind === 'added')) needs.wakeDelivery();
        for (const [i, { at }] of pending.entries()) outcomes[at] = createdOutcome(added[i]!);
        const lost = pending.filter(({ at }) => outcomes[at] === null);
        const reasons = await reasonsFor(
          needs.store,
          caller.companyId,
          lost,
          added.filter(({ kind }) => kind !== 'added'),
        );
        for (const [i, { at }] of lost.entries()) outcomes[at] = reasons[i]!;
        pending = lost
          .filter(({ at }) => outcomes[at] === null)
          .map((one) => ({ ...one, entry: entryOf(caller, one) }));
        if (pending.length > 0 && tries === maxTries) throw unavailable('a free serial was not found');
      }
      return { outcomes, refusal: null };
    } catch (error) {
      if (error instanceof Refusal) return { outcomes, refusal: error };
      throw error;
    }
  };

  /** Hashes all passwords. A batch has only `batchDepth` hashes queued, so that it does not delay others. */
  async function hashAll(
    caller: Caller,
    candidates: readonly Candidate[],
    reservation: Reservation | null,
  ): Promise<Pending[]> {
    const pending: Pending[] = [];
    const left = candidates.entries();
    const { passwordMinLength } = await needs.rules();
    const key = queueKeyOf(caller.clientId, candidates.length);
    const work = async (): Promise<void> => {
      for (const [at, candidate] of left) {
        const chosen = candidate.fields.password ?? null;
        const password = chosen ?? generatePassword(passwordMinLength);
        const passwordHash = await needs.hasher.hash(chosen === null ? 'generated' : 'chosen', password, key);
        const one = { at, candidate, password, passwordHash };
        pending[at] = { ...one, entry: entryOf(caller, one) };
        await reservation?.prolong();
      }
    };
    await Promise.all(Array.from({ length: Math.min(needs.hasher.batchDepth, candidates.length) }, work));
    return pending;
  }

  function entryOf({ companyId }: Caller, { candidate, password, passwordHash }: Omit<Pending, 'entry'>): NewEntry {
    const { password: _, ...user } = candidate.fields as WellFormed;
    const serial = userSerial(user.name);
    return {
      user: {
        ...user,
        id: uuidv7(needs.now(), candidate.index),
        companyId,
        serial,
        passwordHash,
        importKey: candidate.importKey,
        createdAt: new Date(needs.now()),
      },
      mail: user.email === null ? null : needs.sealMail(serial, password),
    };
  }
}

function createdOutcome(added: AddOutcome): ImportUserOutcome | null {
  if (added.kind !== 'added') return null;
  return { kind: 'created', user: added.user, passwordDelivery: passwordDeliveryOf(added.user) };
}
