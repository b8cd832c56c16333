import { Refusal } from '../errors/error-dictionary.ts';
import type { Origin, OutboxEntry } from '../outbox/ports.ts';
import { queueKeyOf } from '../passwords/hash-queue.ts';
import type { Hasher } from '../passwords/hasher.ts';
import { generatePassword } from '../passwords/password.ts';
import { uuidv7 } from '../uuid.ts';
import { type Candidate, takenProblem } from './conflicts.ts';
import type { FieldRules, Problem } from './fields.ts';
import { LostHold, type Reservation } from './idempotency.ts';
import { type ImportUserOutcome, passwordDeliveryOf, type WellFormed } from './outcome.ts';
import type { Progress } from './idempotency-store.ts';
import type { Step } from './plan.ts';
import {
  type AddOutcome,
  type Caller,
  type NewEntry,
  type UniqueField,
  uniqueFields,
  type UserStore,
} from './ports.ts';
import { userSerial } from './serial.ts';

/** The needs of writing users. */
export interface WriteUsersNeeds {
  store: Pick<UserStore, 'lookUp' | 'add'>;
  hasher: Pick<Hasher, 'assertCapacity' | 'hash' | 'batchDepth'>;
  rules: () => Promise<Pick<FieldRules, 'passwordMinLength'>>;
  /** The mail with the password, sealed for the outbox. */
  sealMail: (userSerial: string, password: string, origin: Origin) => OutboxEntry;
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
  /** The progress of the whole call after these outcomes of the steps, in order: the same transaction writes it. */
  progress: (outcomes: readonly (ImportUserOutcome | Lost)[]) => Progress;
}

/** A step that was not written, because another call wrote first: it must be planned again. */
export interface Lost {
  kind: 'lost';
  /** Of the unique field that refused it; null for another reason. */
  problem: Problem | null;
}

/** What became of the steps: one outcome for each, in order, or why none of them was tried. */
export type Written =
  | { kind: 'written'; outcomes: (ImportUserOutcome | Lost)[] }
  | { kind: 'unavailable'; refusal: Refusal };

interface Hashed {
  password: string;
  passwordHash: string;
}

/**
 * Makes the writing of planned steps: it hashes their passwords and writes each user, its tag links and its mail in one
 * transaction. A step that is written again in a later round keeps its password. Throws `LostHold`.
 */
export function makeWriteUsers(needs: WriteUsersNeeds) {
  const hashes = new WeakMap<Candidate, Hashed>();

  return async function writeUsers(
    caller: Caller,
    steps: readonly Step[],
    { allOrNone, reservation, progress }: WriteOptions,
  ): Promise<Written> {
    if (steps.length === 0) return { kind: 'written', outcomes: [] };
    try {
      const entries = await entriesOf(caller, steps, reservation);
      const record = reservation && {
        hold: reservation.hold,
        progress: (added: readonly AddOutcome[]) => progress(added.map(outcomeOf)),
      };
      const added = await needs.store.add(caller.companyId, entries, { allOrNone, record: record ?? undefined });
      if (!added) throw new LostHold();
      const isWritten = !allOrNone || added.every(({ kind }) => kind === 'added');
      if (isWritten && entries.some(({ mail }, at) => mail && added[at]!.kind === 'added')) needs.wakeDelivery();
      return { kind: 'written', outcomes: added.map(outcomeOf) };
    } catch (error) {
      if (error instanceof Refusal) return { kind: 'unavailable', refusal: error };
      throw error;
    }
  };

  /** Hashes all passwords. A batch has only `batchDepth` hashes queued, so that it does not delay others. */
  async function entriesOf(
    caller: Caller,
    steps: readonly Step[],
    reservation: Reservation | null,
  ): Promise<NewEntry[]> {
    const entries: NewEntry[] = [];
    const left = steps.entries();
    const { passwordMinLength } = await needs.rules();
    const key = queueKeyOf(caller.clientId, steps.length);
    const work = async (): Promise<void> => {
      for (const [at, { candidate }] of left) {
        let hashed = hashes.get(candidate);
        if (!hashed) {
          const chosen = candidate.fields.password ?? null;
          const password = chosen ?? generatePassword(passwordMinLength);
          const passwordHash = await needs.hasher.hash(chosen === null ? 'generated' : 'chosen', password, key);
          hashes.set(candidate, (hashed = { password, passwordHash }));
        }
        entries[at] = entryOf(caller, candidate, hashed);
        await reservation?.prolong();
      }
    };
    await Promise.all(Array.from({ length: Math.min(needs.hasher.batchDepth, steps.length) }, work));
    return entries;
  }

  function entryOf(caller: Caller, candidate: Candidate, { password, passwordHash }: Hashed): NewEntry {
    const { password: _, ...user } = candidate.fields as WellFormed;
    const serial = userSerial(user.name);
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
      mail: user.email === null ? null : needs.sealMail(serial, password, caller),
    };
  }
}

const isUnique = (field: string): field is UniqueField => (uniqueFields as readonly string[]).includes(field);

function outcomeOf(added: AddOutcome): ImportUserOutcome | Lost {
  switch (added.kind) {
    case 'added':
      return { kind: 'created', user: added.user, passwordDelivery: passwordDeliveryOf(added.user) };
    case 'taken':
      return { kind: 'lost', problem: isUnique(added.field) ? takenProblem(added.field) : null };
    case 'reference-gone':
      return { kind: 'lost', problem: null };
  }
}
