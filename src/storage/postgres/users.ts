import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import { batch } from '../../batch.ts';
import { wantedBy } from '../../users/conflicts.ts';
import { Refusal } from '../../errors/error-dictionary.ts';
import {
  type AddOptions,
  type AddOutcome,
  foldKey,
  type Findings,
  type LookUp,
  type NewEntry,
  type NewUser,
  type Organization,
  type Tag,
  type UniqueField,
  type User,
  uniqueFields,
  type UserStore,
} from '../../users/ports.ts';
import { violated, waitedForLock } from './failures.ts';
import { heldBy } from './idempotency.ts';
import type { Postgres } from './open.ts';
import { findBySerials, makePostgresUserReader } from './read-users.ts';
import { idempotencyKeys, outbox, users } from './tables.ts';
import { addStatement, lookUpStatement } from './user-statements.ts';

/** Which unique index of `users` stands for which field. */
const uniqueIndexes: Record<string, UniqueField | 'serial' | 'importKey'> = {
  users_serial: 'serial',
  users_employee_id: 'employeeID',
  users_email: 'email',
  users_phone: 'phone',
  users_username: 'username',
  users_import_key: 'importKey',
};

/** Single users that share a statement at most. */
const together = 64;

type Query = Postgres['query'];

/** The users of all companies in one Postgres. */
export function makePostgresUserStore({ db, query, run, once, transaction, onTransaction }: Postgres): UserStore {
  async function lookUp(companyId: string, wanted: readonly LookUp[]): Promise<Findings[]> {
    type Row = Record<UniqueField, boolean> & {
      imported: boolean;
      unknownTags: string[];
      organizationIsActive: boolean | null;
    };
    const rows = await query<Row>(lookUpStatement, [
      companyId,
      JSON.stringify(wanted.map((one, position) => ({ position, ...one }))),
    ]);
    return rows.map(({ imported, unknownTags, organizationIsActive, ...taken }, at) => ({
      taken: uniqueFields.filter((field) => taken[field]),
      imported,
      unknownTags,
      organization:
        wanted[at]!.organizationSerial === null
          ? 'none'
          : organizationIsActive === null
            ? 'unknown'
            : organizationIsActive
              ? 'active'
              : 'inactive',
    }));
  }

  /** All of them or none: the reason is the outcome of a single entry, null for a lost hold, and unknown for several. */
  async function addAll(
    query: Query,
    companyId: string,
    entries: readonly NewEntry[],
    record: AddOptions['record'],
  ): Promise<AddOutcome[] | null | 'some cannot'> {
    const progress = record?.progress(entries.map(asAdded));
    const hold = record?.hold;
    try {
      const rows = await query<{ good: boolean; added: boolean; organization: Organization | null; tags: Tag[] }>(
        addStatement,
        [
          companyId,
          JSON.stringify(entries.map(toRow)),
          hold?.clientId,
          hold?.key,
          hold?.holder,
          progress?.results,
          progress?.completed,
        ],
      );
      if (rows.every(({ added }) => added))
        return rows.map(({ organization, tags }, at) => ({
          outcome: 'added',
          user: toUser(entries[at]!.user, organization, tags),
        }));
      if (rows.every(({ good }) => good)) return null;
      return entries.length === 1 ? [{ outcome: 'reference-gone' }] : 'some cannot';
    } catch (error) {
      const field = uniqueIndexes[violated('unique', error) ?? ''];
      // Deleted between this statement's snapshot and its end.
      const gone = /_(organization|tag)_id_/.test(violated('foreign', error) ?? '');
      if (!field && !gone) throw error;
      if (entries.length > 1) return 'some cannot';
      return [field ? { outcome: 'taken', field } : { outcome: 'reference-gone' }];
    }
  }

  /**
   * What a look-up refuses is left out, and the rest written at once: after a race with the same batch one by one would take
   * longer than an answer may, two round trips for each.
   */
  async function addRest(
    companyId: string,
    entries: readonly NewEntry[],
    { allOrNone, record }: AddOptions,
  ): Promise<AddOutcome[] | null | 'some cannot'> {
    const found = await lookUp(
      companyId,
      entries.map(({ user }) => wantedBy({ fields: user, importKey: user.importKey })),
    );
    const refused = found.map(refusalIn);
    const rest = entries.filter((_, at) => refused[at] === null);
    if (rest.length === entries.length) return 'some cannot';
    const among = (added: readonly AddOutcome[]): AddOutcome[] => {
      const next = added.values();
      return refused.map((one) => one ?? next.next().value!);
    };
    if (allOrNone) return among(rest.map(asAdded));
    if (rest.length === 0) {
      const held =
        record &&
        (
          await db
            .update(idempotencyKeys)
            .set(record.progress(among([])))
            .where(heldBy(record.hold))
        ).rowCount;
      return held === 0 ? null : among([]);
    }
    const added = await addAll(
      query,
      companyId,
      rest,
      record && { ...record, progress: (outcomes) => record.progress(among(outcomes)) },
    );
    return Array.isArray(added) ? among(added) : added;
  }

  /** One after the other in one transaction, for the rare batch that is refused by something else: a race with the look-up itself. */
  function addEach(
    companyId: string,
    entries: readonly NewEntry[],
    { allOrNone, record }: AddOptions,
  ): Promise<AddOutcome[] | null> {
    return onTransaction(async (db, query) => {
      const outcomes: AddOutcome[] = [];
      await db.execute('savepoint entry');
      for (const entry of entries) {
        const [outcome] = (await addAll(query, companyId, [entry], undefined)) as AddOutcome[];
        // One round trip, or a batch takes longer than an answer may. A savepoint that is rolled back to stays.
        await db.execute(
          outcome!.outcome === 'added' ? 'release savepoint entry; savepoint entry' : 'rollback to savepoint entry',
        );
        outcomes.push(outcome!);
      }
      if (allOrNone && outcomes.some(({ outcome }) => outcome !== 'added')) {
        await db.execute('rollback');
        return outcomes;
      }
      if (
        record &&
        (await db.update(idempotencyKeys).set(record.progress(outcomes)).where(heldBy(record.hold))).rowCount === 0
      ) {
        await db.execute('rollback');
        return null;
      }
      return outcomes;
    });
  }

  /**
   * Plans that were made for empty tables read a whole company for each look-up, until autovacuum's first ANALYZE, which
   * may come a minute and many users late.
   */
  let learnAt = 64;
  let grown = 0;
  function learn(users: number): void {
    grown += users;
    if (grown < learnAt || learnAt > 100_000) return;
    learnAt *= 8;
    run(() => db.execute(sql`analyze users, user_tags, outbox`)).catch(() => undefined);
  }

  const lookUpMany = (companyId: string, wanted: readonly LookUp[]) => run(() => lookUp(companyId, wanted));

  /** What a lost connection left of entries: null for nothing. What is not there was refused: as a serial that is taken it is tried anew, and then finds the reason. */
  async function landed(companyId: string, entries: readonly NewEntry[]): Promise<AddOutcome[] | null> {
    const serials = entries.map(({ user }) => user.serial);
    const found = new Map((await query<User>(findBySerials, [companyId, serials])).map((user) => [user.serial, user]));
    if (found.size === 0) return null;
    return serials.map((serial): AddOutcome => {
      const user = found.get(serial);
      return user ? { outcome: 'added', user } : { outcome: 'taken', field: 'serial' };
    });
  }

  async function addMany(
    companyId: string,
    given: readonly NewEntry[],
    options: AddOptions,
  ): Promise<AddOutcome[] | null> {
    // Two batches with the same users in another order would wait for each other: in one order only the second waits.
    const keys = given.map(({ user }) => foldKey(user.employeeID));
    const order = [...given.keys()].toSorted((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
    const entries = order.map((at) => given[at]!);
    const inOrder = (outcomes: readonly AddOutcome[]) => {
      const inputOrder: AddOutcome[] = [];
      for (const [place, at] of order.entries()) inputOrder[at] = outcomes[place]!;
      return inputOrder;
    };
    const { record } = options;
    const sorted = {
      ...options,
      record: record && {
        ...record,
        progress: (outcomes: readonly AddOutcome[]) => record.progress(inOrder(outcomes)),
      },
    };
    const added = await once(
      async () => {
        let outcome = await addAll(query, companyId, entries, sorted.record);
        if (outcome === 'some cannot') outcome = await addRest(companyId, entries, sorted);
        return outcome === 'some cannot' ? addEach(companyId, entries, sorted) : outcome;
      },
      () => landed(companyId, entries),
    );
    learn(entries.length);
    return added && inOrder(added);
  }

  // Single users that come together share their round trips, those of a company, as batches do: most of the cost is the round trip.
  const lookUpOne = batch((wanted: readonly LookUp[], companyId) => lookUpMany(companyId, wanted), together);
  const addOne = batch(
    async (entries: readonly NewEntry[], companyId): Promise<readonly (AddOutcome | Promise<AddOutcome>)[]> => {
      try {
        return (await addMany(companyId, entries, { allOrNone: false }))!;
      } catch (error) {
        if (entries.length === 1 || (error instanceof Refusal && !waitedForLock(error))) throw error;
        // Each by itself, so that what is wrong with one, or waits for somebody's lock, fails for it alone.
        const there = await run(() => landed(companyId, entries));
        return entries.map(async (entry, at) =>
          there?.[at]?.outcome === 'added' ? there[at] : (await addMany(companyId, [entry], { allOrNone: false }))![0]!,
        );
      }
    },
    together,
  );

  return {
    ...makePostgresUserReader({ query, run }),
    lookUp: async (companyId, wanted) =>
      wanted.length === 1 ? [await lookUpOne(wanted[0]!, companyId)] : lookUpMany(companyId, wanted),
    add: async (companyId, entries, options) =>
      entries.length === 1 && !options.record
        ? [await addOne(entries[0]!, companyId)]
        : addMany(companyId, entries, options),
    // The update locks the user's row, so that the next statement sees the mail of a call that was faster.
    replacePassword: (companyId, serial, { passwordHash, mail, at }) =>
      transaction(async (db) => {
        const reachable = and(eq(users.companyId, companyId), eq(users.serial, serial), isNotNull(users.email));
        const [user] = await db.update(users).set({ passwordHash }).where(reachable).returning({ id: users.id });
        if (!user) return false;
        await db.delete(outbox).where(and(eq(outbox.userId, user.id), inArray(outbox.state, ['queued', 'dead'])));
        await db.insert(outbox).values({
          id: mail.id,
          userId: user.id,
          state: 'queued',
          ...mail.sealed,
          attempts: 0,
          dueAt: sql`date_trunc('milliseconds', now())`,
          createdAt: at,
        });
        return true;
      }),
  };
}

/** Before it is known which tags and organization it has. */
function asAdded({ user }: NewEntry): AddOutcome {
  return { outcome: 'added', user: { ...user, tags: [], organization: null } };
}

function refusalIn({ taken, imported, unknownTags, organization }: Findings): AddOutcome | null {
  if (taken[0] || imported) return { outcome: 'taken', field: taken[0] ?? 'importKey' };
  return unknownTags.length > 0 || organization === 'unknown' || organization === 'inactive'
    ? { outcome: 'reference-gone' }
    : null;
}

/** As JSON of the statement: bytes in hexadecimal digits. */
function toRow({ user, mail }: NewEntry, position: number) {
  const fold = (value: string | null) => value && foldKey(value);
  const sealed = mail && {
    mailId: mail.id,
    keyId: mail.sealed.keyId,
    nonce: mail.sealed.nonce.toString('hex'),
    ciphertext: mail.sealed.ciphertext.toString('hex'),
  };
  return {
    position,
    ...user,
    employeeIDKey: fold(user.employeeID),
    nameKey: fold(user.name),
    usernameKey: fold(user.username),
    emailKey: fold(user.email),
    ...sealed,
  };
}

function toUser(user: NewUser, organization: Organization | null, tags: Tag[]): User {
  const { serial, employeeID, name, username, email, phone, isActive, createdAt } = user;
  return { serial, employeeID, name, username, email, phone, isActive, createdAt, tags, organization };
}
