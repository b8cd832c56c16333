import {
  type AddOutcome,
  type NewEntry,
  uniqueFields,
  type UserChange,
  type UserStore,
  type UserWrite,
  type WriteOutcome,
} from '../../users/ports.ts';
import { addAll, inLockOrder, uniqueIndexes } from './add-users.ts';
import { changeUsers } from './change-users.ts';
import { violated } from './failures.ts';
import { writeProgress } from './idempotency.ts';
import type { Postgres } from './open.ts';
import type { Session } from './session.ts';

/**
 * Makes the verb that adds and changes users in one transaction: the changes in one statement and the additions in
 * another, or one by one in order, when a constraint refuses that.
 *
 * @param onGrowth is called with the number of users that were added
 */
export function makeWriteUsers(
  { transaction, exclusively }: Pick<Postgres, 'transaction' | 'exclusively'>,
  onGrowth: (users: number) => void,
): UserStore['write'] {
  return async (companyId, steps, { allOrNone, record }) => {
    const write = async (session: Session) => {
      const outcomes = (await writeTogether(session, companyId, steps)) ?? (await writeEach(session, companyId, steps));
      const isUnwanted = allOrNone && !outcomes.every(isDone);
      const isHeld = isUnwanted || !record || (await writeProgress(session, record.hold, record.progress(outcomes)));
      if (isUnwanted || !isHeld) await session.command('rollback');
      return isHeld ? outcomes : null;
    };
    const outcomes = await (needsLock(steps) ? exclusively(companyId, write) : transaction(write));
    onGrowth(outcomes?.filter(({ kind }) => kind === 'added').length ?? 0);
    return outcomes;
  };
}

/**
 * Whether a write could wait for another one that waits for it: two that swap a unique value, or give tags that are
 * deleted meanwhile, or change the same users in another order. A change of one row's other fields only waits.
 */
function needsLock(steps: readonly UserWrite[]): boolean {
  const [step] = steps;
  if (steps.length > 1 || step?.kind !== 'change') return true;
  const { set, tagSerials } = step.change;
  return tagSerials !== undefined || uniqueFields.some((field) => set[field] !== undefined);
}

/** Returns null, and leaves nothing written, if only the way one by one tells what becomes of each step. */
async function writeTogether(
  session: Session,
  companyId: string,
  steps: readonly UserWrite[],
): Promise<WriteOutcome[] | null> {
  const changes = steps.flatMap((step) => (step.kind === 'change' ? [step.change] : []));
  // One statement changes a row once, and no row that it adds.
  const serials = steps.map((step) => (step.kind === 'add' ? step.entry.user.serial : step.change.serial));
  if (new Set(serials).size < serials.length) return null;
  await session.command('savepoint together');
  const changed = changes.length === 0 ? [] : await changesOrNull(session, companyId, changes);
  const added = changed && (await addSorted(session, companyId, steps));
  if (changed && added) {
    const [nextChanged, nextAdded] = [changed.values(), added.values()];
    return steps.map(({ kind }) => (kind === 'change' ? nextChanged : nextAdded).next().value!);
  }
  await session.command('rollback to savepoint together');
  return null;
}

/** Returns null if one of several cannot be added. */
async function addSorted(
  session: Session,
  companyId: string,
  steps: readonly UserWrite[],
): Promise<AddOutcome[] | null> {
  const { entries, inInputOrder } = inLockOrder(steps.flatMap((step) => (step.kind === 'add' ? [step.entry] : [])));
  if (entries.length === 0) return [];
  const attempt = await addAll(session, companyId, entries, undefined);
  if (attempt.kind !== 'settled' || !attempt.outcomes.every(isDone)) return null;
  return inInputOrder(attempt.outcomes);
}

async function writeEach(session: Session, companyId: string, steps: readonly UserWrite[]): Promise<WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  await session.command('savepoint step');
  for (const step of steps) {
    const outcome =
      step.kind === 'add'
        ? await addOne(session, companyId, step.entry)
        : await changeOne(session, companyId, step.change);
    // One round trip. A savepoint that is rolled back to stays.
    await session.command(isDone(outcome) ? 'release savepoint step; savepoint step' : 'rollback to savepoint step');
    outcomes.push(outcome);
  }
  return outcomes;
}

async function addOne(session: Session, companyId: string, entry: NewEntry): Promise<AddOutcome> {
  const attempt = await addAll(session, companyId, [entry], undefined);
  if (attempt.kind !== 'settled') throw new Error(`a single entry without a record was ${attempt.kind}`);
  return attempt.outcomes[0]!;
}

async function changeOne(session: Session, companyId: string, change: UserChange): Promise<WriteOutcome> {
  try {
    return (await changeUsers(session, companyId, [change]))[0]!;
  } catch (error) {
    const field = uniqueIndexes[violated('unique', error) ?? ''];
    if (!field) throw error;
    return { kind: 'taken', field };
  }
}

/** Returns null if a constraint refuses one of the changes. */
async function changesOrNull(session: Session, companyId: string, changes: readonly UserChange[]) {
  try {
    return await changeUsers(session, companyId, changes);
  } catch (error) {
    if (violated('unique', error) === null) throw error;
    return null;
  }
}

function isDone({ kind }: WriteOutcome): boolean {
  return kind === 'added' || kind === 'changed';
}
