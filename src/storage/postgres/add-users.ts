import { conflictQueryOf } from '../../users/conflicts.ts';
import {
  type AddOptions,
  type AddOutcome,
  type ConflictReport,
  foldKey,
  type NewEntry,
  type UniqueField,
} from '../../users/ports.ts';
import { toUser } from '../user-columns.ts';
import { type AddedRow, addStatement, toRow } from './add-statement.ts';
import { violated } from './failures.ts';
import { writeProgress } from './idempotency.ts';
import { lookUpConflicts } from './look-up-conflicts.ts';
import type { Postgres } from './open.ts';
import { findBySerials } from './read-users.ts';
import { inTransaction, type Session } from './session.ts';

/** Which unique index of `users` stands for which field. */
export const uniqueIndexes: Record<string, UniqueField | 'serial' | 'importKey'> = {
  users_serial: 'serial',
  users_employee_id: 'employeeID',
  users_email: 'email',
  users_phone: 'phone',
  users_username: 'username',
  users_import_key: 'importKey',
};

/** What a strategy for adding several users answers. */
type Attempt =
  /** One for each entry, in order. */
  | { kind: 'settled'; outcomes: AddOutcome[] }
  /** The hold of the record is lost; nothing was written. */
  | { kind: 'lost-hold' }
  /** Some of several entries cannot be added, and nothing tells which; nothing was written. */
  | { kind: 'some-refused' };

const lostHold = { kind: 'lost-hold' } as const;
const someRefused = { kind: 'some-refused' } as const;
const settled = (outcomes: AddOutcome[]): Attempt => ({ kind: 'settled', outcomes });

/**
 * Makes the function that adds users with their tag links, mails and record: all in one statement; then, when some are
 * refused, all but those that a look-up refuses; then one by one. After a lost connection the serials tell what landed.
 *
 * @param onGrowth is called with the number of entries that were tried
 * @returns an outcome for each entry, in order; null when the hold of the record is lost
 */
export function makeAddUsers({ once }: Pick<Postgres, 'once'>, onGrowth: (users: number) => void) {
  return async (
    companyId: string,
    inputOrder: readonly NewEntry[],
    { allOrNone, record }: AddOptions,
  ): Promise<AddOutcome[] | null> => {
    const { entries, inInputOrder } = inLockOrder(inputOrder);
    const sorted: AddOptions = {
      allOrNone,
      record: record && { ...record, progress: (outcomes) => record.progress(inInputOrder(outcomes)) },
    };
    const attempt = await once(
      async (session): Promise<Attempt> => {
        const all = await addAll(session, companyId, entries, sorted.record);
        if (all.kind !== 'some-refused') return all;
        const unrefused = await addUnrefused(session, companyId, entries, sorted);
        return unrefused.kind === 'some-refused' ? addEach(session, companyId, entries, sorted) : unrefused;
      },
      async (session) => {
        const landed = await findLanded(session, companyId, entries);
        return landed && settled(landed);
      },
    );
    onGrowth(entries.length);
    return attempt.kind === 'settled' ? inInputOrder(attempt.outcomes) : null;
  };
}

/** Adds all in one statement, or none. If a constraint refuses one, the transaction around it, if any, has failed. */
export async function addAll(
  session: Session,
  companyId: string,
  entries: readonly NewEntry[],
  record: AddOptions['record'],
): Promise<Attempt> {
  const progress = record?.progress(entries.map(asAdded));
  const hold = record?.hold;
  try {
    const rows = await session.query<AddedRow>(addStatement, [
      companyId,
      JSON.stringify(entries.map(toRow)),
      hold?.clientId,
      hold?.key,
      hold?.holder,
      progress?.results,
      progress?.completed,
    ]);
    if (rows.every(({ added }) => added))
      return settled(
        rows.map(({ good: _good, added: _added, organization, tags, ...stored }) => ({
          kind: 'added',
          user: toUser(stored, organization, tags),
        })),
      );
    if (rows.every(({ good }) => good)) return lostHold;
    return entries.length === 1 ? settled([{ kind: 'reference-gone' }]) : someRefused;
  } catch (error) {
    const field = uniqueIndexes[violated('unique', error) ?? ''];
    // Deleted between this statement's snapshot and its end.
    const isReferenceGone = /_(organization|tag)_id_/.test(violated('foreign', error) ?? '');
    if (!field && !isReferenceGone) throw error;
    if (entries.length > 1) return someRefused;
    return settled([field ? { kind: 'taken', field } : { kind: 'reference-gone' }]);
  }
}

/**
 * Leaves out what a look-up refuses and writes the rest at once: after a race with the same batch, one by one would
 * take two round trips for each, longer than an answer may.
 */
async function addUnrefused(
  session: Session,
  companyId: string,
  entries: readonly NewEntry[],
  { allOrNone, record }: AddOptions,
): Promise<Attempt> {
  const queries = entries.map(({ user }) => conflictQueryOf({ fields: user, importKey: user.importKey }));
  const refusals = (await lookUpConflicts(session, companyId, queries)).map(refusalIn);
  const rest = entries.filter((_, at) => refusals[at] === null);
  if (rest.length === entries.length) return someRefused;
  const among = (added: readonly AddOutcome[]): AddOutcome[] => {
    const next = added.values();
    return refusals.map((refusal) => refusal ?? next.next().value!);
  };
  if (allOrNone) return settled(among(rest.map(asAdded)));
  const ofAll = record && { ...record, progress: (added: readonly AddOutcome[]) => record.progress(among(added)) };
  if (rest.length === 0) {
    const isHeld = !ofAll || (await writeProgress(session, ofAll.hold, ofAll.progress([])));
    return isHeld ? settled(among([])) : lostHold;
  }
  const attempt = await addAll(session, companyId, rest, ofAll);
  return attempt.kind === 'settled' ? settled(among(attempt.outcomes)) : attempt;
}

/**
 * Adds one by one in one transaction, for the rare batch that something else refuses: a race with the look-up itself.
 */
function addEach(
  session: Session,
  companyId: string,
  entries: readonly NewEntry[],
  { allOrNone, record }: AddOptions,
): Promise<Attempt> {
  return inTransaction(session, async () => {
    const outcomes: AddOutcome[] = [];
    await session.command('savepoint entry');
    for (const entry of entries) {
      const attempt = await addAll(session, companyId, [entry], undefined);
      if (attempt.kind !== 'settled') throw new Error(`a single entry without a record was ${attempt.kind}`);
      const [outcome] = attempt.outcomes;
      // One round trip, or a batch takes longer than an answer may. A savepoint that is rolled back to stays.
      await session.command(
        outcome!.kind === 'added' ? 'release savepoint entry; savepoint entry' : 'rollback to savepoint entry',
      );
      outcomes.push(outcome!);
    }
    const isUnwanted = allOrNone && outcomes.some(({ kind }) => kind !== 'added');
    const isHeld = isUnwanted || !record || (await writeProgress(session, record.hold, record.progress(outcomes)));
    if (isUnwanted || !isHeld) await session.command('rollback');
    return isHeld ? settled(outcomes) : lostHold;
  });
}

/**
 * Finds what a lost connection left of the entries. One that is not there was refused; answered as a serial that is
 * taken, it is tried again and then finds the reason.
 *
 * @returns null when nothing is there
 */
export async function findLanded(
  session: Session,
  companyId: string,
  entries: readonly NewEntry[],
): Promise<AddOutcome[] | null> {
  const serials = entries.map(({ user }) => user.serial);
  const found = await findBySerials(session, companyId, serials);
  if (found.length === 0) return null;
  const users = new Map(found.map((user) => [user.serial, user]));
  return serials.map((serial): AddOutcome => {
    const user = users.get(serial);
    return user ? { kind: 'added', user } : { kind: 'taken', field: 'serial' };
  });
}

/**
 * Sorts entries: two batches with the same users in another order would each wait for the other, in one order only the
 * second waits.
 */
export function inLockOrder(inputOrder: readonly NewEntry[]) {
  const keys = inputOrder.map(({ user }) => foldKey(user.employeeID));
  const order = [...inputOrder.keys()].toSorted((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
  return {
    entries: order.map((at) => inputOrder[at]!),
    inInputOrder(outcomes: readonly AddOutcome[]): AddOutcome[] {
      const inputOrder: AddOutcome[] = [];
      for (const [place, at] of order.entries()) inputOrder[at] = outcomes[place]!;
      return inputOrder;
    },
  };
}

/** Before it is known which tags and organization it has. */
function asAdded({ user }: NewEntry): AddOutcome {
  return { kind: 'added', user: { ...user, tags: [], organization: null, version: 1, updatedAt: user.createdAt } };
}

function refusalIn({ taken, imported, unknownTags, organization }: ConflictReport): AddOutcome | null {
  if (taken[0] || imported) return { kind: 'taken', field: taken[0] ?? 'importKey' };
  return unknownTags.length > 0 || organization === 'unknown' || organization === 'inactive'
    ? { kind: 'reference-gone' }
    : null;
}
