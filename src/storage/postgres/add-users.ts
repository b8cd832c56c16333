import { conflictQueryOf } from '../../users/conflicts.ts';
import {
  type AddOptions,
  type AddOutcome,
  type ConflictQuery,
  type ConflictReport,
  foldKey,
  type NewEntry,
  type Organization,
  type Tag,
  type UniqueField,
  type User,
} from '../../users/ports.ts';
import { violated } from './failures.ts';
import { heldBy } from './idempotency.ts';
import type { Postgres } from './open.ts';
import { findBySerials } from './read-users.ts';
import { idempotencyKeys } from './tables.ts';
import { addStatement, toRow } from './user-statements.ts';

/** Which unique index of `users` stands for which field. */
const uniqueIndexes: Record<string, UniqueField | 'serial' | 'importKey'> = {
  users_serial: 'serial',
  users_employee_id: 'employeeID',
  users_email: 'email',
  users_phone: 'phone',
  users_username: 'username',
  users_import_key: 'importKey',
};

type Query = Postgres['query'];

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

export interface AddUsersNeeds extends Pick<Postgres, 'db' | 'query' | 'once' | 'onTransaction'> {
  lookUp: (companyId: string, queries: readonly ConflictQuery[]) => Promise<ConflictReport[]>;
  /** Called with the number of entries that were tried. */
  onGrowth: (users: number) => void;
}

/**
 * Adds users with their tag links, mails and record: all in one statement; then, when some are refused, all but those that
 * a look-up refuses; then one by one. A lost connection is found out by the serials of the entries.
 */
export function makeAddUsers({ db, query, once, onTransaction, lookUp, onGrowth }: AddUsersNeeds) {
  /** All in one statement, or none. */
  async function addAll(
    query: Query,
    companyId: string,
    entries: readonly NewEntry[],
    record: AddOptions['record'],
  ): Promise<Attempt> {
    const progress = record?.progress(entries.map(asAdded));
    const hold = record?.hold;
    try {
      type Row = { good: boolean; added: boolean; organization: Organization | null; tags: Tag[] };
      const rows = await query<Row>(addStatement, [
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
          rows.map(({ organization, tags }, at) => ({
            outcome: 'added',
            user: toUser(entries[at]!.user, organization, tags),
          })),
        );
      if (rows.every(({ good }) => good)) return lostHold;
      return entries.length === 1 ? settled([{ outcome: 'reference-gone' }]) : someRefused;
    } catch (error) {
      const field = uniqueIndexes[violated('unique', error) ?? ''];
      // Deleted between this statement's snapshot and its end.
      const isReferenceGone = /_(organization|tag)_id_/.test(violated('foreign', error) ?? '');
      if (!field && !isReferenceGone) throw error;
      if (entries.length > 1) return someRefused;
      return settled([field ? { outcome: 'taken', field } : { outcome: 'reference-gone' }]);
    }
  }

  /**
   * Leaves out what a look-up refuses and writes the rest at once: after a race with the same batch, one by one would take
   * two round trips for each, longer than an answer may.
   */
  async function addUnrefused(
    companyId: string,
    entries: readonly NewEntry[],
    { allOrNone, record }: AddOptions,
  ): Promise<Attempt> {
    const reports = await lookUp(
      companyId,
      entries.map(({ user }) => conflictQueryOf({ fields: user, importKey: user.importKey })),
    );
    const refused = reports.map(refusalIn);
    const rest = entries.filter((_, at) => refused[at] === null);
    if (rest.length === entries.length) return someRefused;
    const among = (added: readonly AddOutcome[]): AddOutcome[] => {
      const next = added.values();
      return refused.map((one) => one ?? next.next().value!);
    };
    if (allOrNone) return settled(among(rest.map(asAdded)));
    const ofAll = record && { ...record, progress: (added: readonly AddOutcome[]) => record.progress(among(added)) };
    if (rest.length === 0) {
      const isHeld = !ofAll || (await writeRecord(db, ofAll, []));
      return isHeld ? settled(among([])) : lostHold;
    }
    const attempt = await addAll(query, companyId, rest, ofAll);
    return attempt.kind === 'settled' ? settled(among(attempt.outcomes)) : attempt;
  }

  /** One by one in one transaction, for the rare batch that is refused by something else: a race with the look-up itself. */
  function addEach(
    companyId: string,
    entries: readonly NewEntry[],
    { allOrNone, record }: AddOptions,
  ): Promise<Attempt> {
    return onTransaction(async (db, query) => {
      const outcomes: AddOutcome[] = [];
      await db.execute('savepoint entry');
      for (const entry of entries) {
        const attempt = await addAll(query, companyId, [entry], undefined);
        if (attempt.kind !== 'settled') throw new Error(`a single entry without a record was ${attempt.kind}`);
        const [outcome] = attempt.outcomes;
        // One round trip, or a batch takes longer than an answer may. A savepoint that is rolled back to stays.
        await db.execute(
          outcome!.outcome === 'added' ? 'release savepoint entry; savepoint entry' : 'rollback to savepoint entry',
        );
        outcomes.push(outcome!);
      }
      const isUnwanted = allOrNone && outcomes.some(({ outcome }) => outcome !== 'added');
      const isHeld = isUnwanted || !record || (await writeRecord(db, record, outcomes));
      if (isUnwanted || !isHeld) await db.execute('rollback');
      return isHeld ? settled(outcomes) : lostHold;
    });
  }

  /**
   * What a lost connection left of the entries: null for nothing. One that is not there was refused; answered as a serial
   * that is taken, it is tried again and then finds the reason.
   */
  async function findLanded(companyId: string, entries: readonly NewEntry[]): Promise<AddOutcome[] | null> {
    const serials = entries.map(({ user }) => user.serial);
    const found = new Map((await query<User>(findBySerials, [companyId, serials])).map((user) => [user.serial, user]));
    if (found.size === 0) return null;
    return serials.map((serial): AddOutcome => {
      const user = found.get(serial);
      return user ? { outcome: 'added', user } : { outcome: 'taken', field: 'serial' };
    });
  }

  /** An outcome for each entry, in order; null when the hold of the record is lost. */
  async function addUsers(
    companyId: string,
    given: readonly NewEntry[],
    { allOrNone, record }: AddOptions,
  ): Promise<AddOutcome[] | null> {
    const { entries, inInputOrder } = inLockOrder(given);
    const sorted: AddOptions = {
      allOrNone,
      record: record && { ...record, progress: (outcomes) => record.progress(inInputOrder(outcomes)) },
    };
    const attempt = await once(
      async (): Promise<Attempt> => {
        const all = await addAll(query, companyId, entries, sorted.record);
        if (all.kind !== 'some-refused') return all;
        const unrefused = await addUnrefused(companyId, entries, sorted);
        return unrefused.kind === 'some-refused' ? addEach(companyId, entries, sorted) : unrefused;
      },
      async () => {
        const landed = await findLanded(companyId, entries);
        return landed && settled(landed);
      },
    );
    onGrowth(entries.length);
    return attempt.kind === 'settled' ? inInputOrder(attempt.outcomes) : null;
  }

  return { addUsers, findLanded };
}

/** Two batches with the same users in another order would each wait for the other: in one order only the second waits. */
function inLockOrder(given: readonly NewEntry[]) {
  const keys = given.map(({ user }) => foldKey(user.employeeID));
  const order = [...given.keys()].toSorted((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
  return {
    entries: order.map((at) => given[at]!),
    inInputOrder(outcomes: readonly AddOutcome[]): AddOutcome[] {
      const inputOrder: AddOutcome[] = [];
      for (const [place, at] of order.entries()) inputOrder[at] = outcomes[place]!;
      return inputOrder;
    },
  };
}

/** Whether the hold was still there. */
async function writeRecord(
  db: Pick<Postgres['db'], 'update'>,
  { hold, progress }: NonNullable<AddOptions['record']>,
  outcomes: readonly AddOutcome[],
): Promise<boolean> {
  const { rowCount } = await db.update(idempotencyKeys).set(progress(outcomes)).where(heldBy(hold));
  return rowCount !== 0;
}

/** Before it is known which tags and organization it has. */
function asAdded({ user }: NewEntry): AddOutcome {
  return { outcome: 'added', user: { ...user, tags: [], organization: null } };
}

function refusalIn({ taken, imported, unknownTags, organization }: ConflictReport): AddOutcome | null {
  if (taken[0] || imported) return { outcome: 'taken', field: taken[0] ?? 'importKey' };
  return unknownTags.length > 0 || organization === 'unknown' || organization === 'inactive'
    ? { outcome: 'reference-gone' }
    : null;
}

function toUser(user: NewEntry['user'], organization: Organization | null, tags: Tag[]): User {
  const { serial, employeeID, name, username, email, phone, isActive, createdAt } = user;
  return { serial, employeeID, name, username, email, phone, isActive, createdAt, tags, organization };
}
