import { Refusal, unavailable } from '../errors/error-dictionary.ts';
import type { OutboxEntry } from '../outbox/ports.ts';
import { queueKeyOf } from '../passwords/hash-queue.ts';
import type { Hasher } from '../passwords/hasher.ts';
import { generatePassword } from '../passwords/password.ts';
import { uuidv7 } from '../uuid.ts';
import { type Candidate, conflictQueryOf, conflictsIn, isSome, takenProblem } from './conflicts.ts';
import type { FieldRules } from './fields.ts';
import { LostHold, type Reservation, type Settled, settledAs } from './idempotency.ts';
import { type ImportUserOutcome, passwordDeliveryOf, type WellFormed } from './outcome.ts';
import type { AddOutcome, Hold, NewEntry, Progress, UniqueField, UserStore } from './ports.ts';
import { userSerial } from './serial.ts';

type Caller = { clientId: string; companyId: string };

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

export interface WriteOptions {
  /** When one cannot be written, none is. */
  allOrNone: boolean;
  reservation: Reservation | null;
  /** Written by the same transaction: the progress of the whole call once the candidates have settled so far. */
  record: { hold: Hold; progress: (candidates: readonly Candidate[], settled: readonly Settled[]) => Progress } | null;
}

/** An outcome for each candidate: null was not written, because of `refusal` or, with `allOrNone`, of another one. */
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

/** A try is repeated for a serial that is taken already, or for a reference that came and went between two looks. */
const maxTries = 10;

/**
 * Hashes the passwords of checked candidates and writes each user, its tag links and its mail in one transaction. What
 * another call took meanwhile becomes the problems that a call a moment later would get. Throws `LostHold`.
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
            settled[at] = added[i]!.outcome === 'added' ? entry.user.serial : null;
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
        if (allOrNone && added.some(({ outcome }) => outcome !== 'added')) break;
        if (pending.some(({ entry }, i) => entry.mail && added[i]!.outcome === 'added')) needs.wakeDelivery();
        for (const [i, { at }] of pending.entries()) outcomes[at] = createdOutcome(added[i]!);
        const lost = pending.filter(({ at }) => outcomes[at] === null);
        const reasons = await reasonsFor(
          caller,
          lost,
          added.filter(({ outcome }) => outcome !== 'added'),
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

  /** Why each was not added, as a call a moment later would be told; null for one to try again. */
  async function reasonsFor(
    { companyId }: Caller,
    lost: readonly Pending[],
    reasons: readonly AddOutcome[],
  ): Promise<(ImportUserOutcome | null)[]> {
    const isSerialTaken = (at: number) => {
      const reason = reasons[at]!;
      return reason.outcome === 'taken' && reason.field === 'serial';
    };
    const looked = lost.filter((_, at) => !isSerialTaken(at));
    const reports =
      looked.length > 0
        ? await needs.store.lookUp(
            companyId,
            looked.map(({ candidate }) => conflictQueryOf(candidate)),
          )
        : [];
    return lost.map((one, at) => {
      const report = reports[looked.indexOf(one)];
      if (!report) return null;
      if (report.imported) return { kind: 'imported' };
      const problems = conflictsIn(report, one.candidate);
      if (isSome(problems)) return { kind: 'refused', problems };
      const reason = reasons[at]!;
      return reason.outcome === 'taken' && reason.field !== 'importKey'
        ? { kind: 'refused', problems: [takenProblem(reason.field as UniqueField)] }
        : null;
    });
  }

  /** A batch has no more hashes queued than it may, so that it delays nobody else. */
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
  if (added.outcome !== 'added') return null;
  return { kind: 'created', user: added.user, passwordDelivery: passwordDeliveryOf(added.user) };
}
