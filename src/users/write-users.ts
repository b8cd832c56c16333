import { Refusal } from '../errors/error-dictionary.ts';
import type { OutboxEntry } from '../outbox/ports.ts';
import { queueKeyOf } from '../passwords/hash-queue.ts';
import type { Hasher } from '../passwords/hasher.ts';
import { takenProblem } from './conflicts.ts';
import type { Problem } from './fields.ts';
import { LostHold, type Reservation } from './idempotency.ts';
import type { Progress } from './idempotency-store.ts';
import { type ImportUserOutcome, passwordDeliveryOf } from './outcome.ts';
import type { Step } from './plan.ts';
import {
  type Caller,
  type UniqueField,
  uniqueFields,
  type UserStore,
  type UserWrite,
  type WriteOutcome,
} from './ports.ts';
import { makePrepareWrites, type PrepareWritesNeeds } from './prepare-writes.ts';

/** The needs of writing users. */
export interface WriteUsersNeeds extends PrepareWritesNeeds {
  store: Pick<UserStore, 'lookUp' | 'add' | 'write'>;
  hasher: PrepareWritesNeeds['hasher'] & Pick<Hasher, 'isWaiting'>;
  /** Called after the commit that queued a mail. */
  wakeDelivery: () => void;
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

/**
 * Makes the writing of planned steps: each user with its tag links and its mail, all in one transaction. Throws
 * `LostHold`.
 */
export function makeWriteUsers(needs: WriteUsersNeeds) {
  const prepareWrites = makePrepareWrites(needs);

  return async function writeUsers(
    caller: Caller,
    steps: readonly Step[],
    { allOrNone, reservation, progress }: WriteOptions,
  ): Promise<Written> {
    if (steps.length === 0) return { kind: 'written', outcomes: [] };
    try {
      const writes = await prepareWrites(caller, steps, reservation);
      const outcomesOf = (written: readonly WriteOutcome[]) => steps.map((step, at) => outcomeOf(step, written[at]!));
      const record = reservation
        ? { hold: reservation.hold, progress: (written: readonly WriteOutcome[]) => progress(outcomesOf(written)) }
        : undefined;
      // Of a crowd of creations the store may write several at once.
      const isCreation = writes.length === 1 && writes[0]!.kind === 'add';
      const moreFollow = isCreation && needs.hasher.isWaiting(queueKeyOf(caller.clientId, 1));
      const written = await write(caller, writes, { allOrNone, record, moreFollow });
      if (!written) throw new LostHold();
      const outcomes = outcomesOf(written);
      const isWritten = !allOrNone || outcomes.every(({ kind }) => kind !== 'lost');
      if (isWritten && writes.some((one, at) => mailOf(one) && outcomes[at]!.kind !== 'lost')) needs.wakeDelivery();
      return { kind: 'written', outcomes };
    } catch (error) {
      if (error instanceof Refusal) return { kind: 'unavailable', refusal: error };
      throw error;
    }
  };

  /** Adds by the verb that is made for it where nobody is changed. */
  async function write(
    { companyId }: Caller,
    writes: readonly UserWrite[],
    options: Parameters<UserStore['write']>[2],
  ): Promise<readonly WriteOutcome[] | null> {
    const entries = writes.flatMap((one) => (one.kind === 'add' ? [one.entry] : []));
    return entries.length === writes.length
      ? needs.store.add(companyId, entries, options)
      : needs.store.write(companyId, writes, options);
  }
}

function mailOf(write: UserWrite): OutboxEntry | null {
  return write.kind === 'add' ? write.entry.mail : write.change.mail;
}

function outcomeOf(step: Step, written: WriteOutcome): ImportUserOutcome | Lost {
  switch (written.kind) {
    case 'added':
      return { kind: 'created', user: written.user, passwordDelivery: passwordDeliveryOf(written.user) };
    case 'changed': {
      const { changed, newPassword } = step as Extract<Step, { kind: 'change' }>;
      return {
        kind: 'updated',
        user: written.user,
        changed,
        passwordDelivery: newPassword ? 'EMAIL' : 'NONE',
      };
    }
    case 'taken':
      return { kind: 'lost', problem: isUnique(written.field) ? takenProblem(written.field) : null };
    case 'reference-gone':
    case 'version-mismatch':
    case 'unknown':
      return { kind: 'lost', problem: null };
  }
}

function isUnique(field: string): field is UniqueField {
  return (uniqueFields as readonly string[]).includes(field);
}
