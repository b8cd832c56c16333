import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import { batch } from '../../batch.ts';
import { Refusal } from '../../errors/error-dictionary.ts';
import {
  type AddOutcome,
  type ConflictQuery,
  type ConflictReport,
  type NewEntry,
  type UniqueField,
  uniqueFields,
  type UserStore,
} from '../../users/ports.ts';
import { makeAddUsers } from './add-users.ts';
import { makeAnalyzeAfterGrowth } from './analyze-after-growth.ts';
import { waitedForLock } from './failures.ts';
import type { Postgres } from './open.ts';
import { makePostgresUserReader } from './read-users.ts';
import { outbox, users } from './tables.ts';
import { lookUpStatement } from './user-statements.ts';

/** Single users that share a statement at most. */
const maxShared = 64;

/** The users of all companies in one Postgres. */
export function makePostgresUserStore(postgres: Postgres): UserStore {
  const { db, query, run, transaction } = postgres;
  const { addUsers, findLanded } = makeAddUsers({
    ...postgres,
    lookUp,
    onGrowth: makeAnalyzeAfterGrowth(() => run(() => db.execute(sql`analyze users, user_tags, outbox`))),
  });

  async function lookUp(companyId: string, queries: readonly ConflictQuery[]): Promise<ConflictReport[]> {
    type Row = Record<UniqueField, boolean> & {
      imported: boolean;
      unknownTags: string[];
      organizationIsActive: boolean | null;
    };
    const rows = await query<Row>(lookUpStatement, [
      companyId,
      JSON.stringify(queries.map((one, position) => ({ position, ...one }))),
    ]);
    return rows.map(({ imported, unknownTags, organizationIsActive, ...taken }, at) => ({
      taken: uniqueFields.filter((field) => taken[field]),
      imported,
      unknownTags,
      organization:
        queries[at]!.organizationSerial === null
          ? 'none'
          : organizationIsActive === null
            ? 'unknown'
            : organizationIsActive
              ? 'active'
              : 'inactive',
    }));
  }

  const lookUpMany = (companyId: string, queries: readonly ConflictQuery[]) => run(() => lookUp(companyId, queries));

  // Single users that come together share the round trips of their company, as batches do: they are most of the cost.
  const lookUpOne = batch((queries: readonly ConflictQuery[], companyId) => lookUpMany(companyId, queries), maxShared);
  const addOne = batch(
    async (entries: readonly NewEntry[], companyId): Promise<readonly (AddOutcome | Promise<AddOutcome>)[]> => {
      try {
        return (await addUsers(companyId, entries, { allOrNone: false }))!;
      } catch (error) {
        if (entries.length === 1 || (error instanceof Refusal && !waitedForLock(error))) throw error;
        // Each by itself, so that what is wrong with one, or waits for somebody's lock, fails for it alone.
        const landed = await run(() => findLanded(companyId, entries));
        return entries.map(async (entry, at) =>
          landed?.[at]?.outcome === 'added'
            ? landed[at]
            : (await addUsers(companyId, [entry], { allOrNone: false }))![0]!,
        );
      }
    },
    maxShared,
  );

  return {
    ...makePostgresUserReader({ query, run }),
    lookUp: async (companyId, queries) =>
      queries.length === 1 ? [await lookUpOne(queries[0]!, companyId)] : lookUpMany(companyId, queries),
    add: async (companyId, entries, options) =>
      entries.length === 1 && !options.record
        ? [await addOne(entries[0]!, companyId)]
        : addUsers(companyId, entries, options),
    // The lock on the user's row lets the next call see what one that was faster wrote.
    replacePassword: (companyId, serial, { passwordHash, mail, at, notWithinMs }) =>
      transaction(async (db) => {
        const now = sql`date_trunc('milliseconds', now())`;
        const [user] = await db
          .select({
            id: users.id,
            // Of the wall clock: a transaction's own now() may lie before the commit that it waited for.
            passedMs: sql<
              number | null
            >`(extract(epoch from clock_timestamp() - ${users.passwordResentAt}) * 1000)::float8`,
          })
          .from(users)
          .where(and(eq(users.companyId, companyId), eq(users.serial, serial), isNotNull(users.email)))
          .for('update');
        if (!user) return { kind: 'unknown' };
        const passed = user.passedMs ?? Infinity;
        if (passed >= 0 && passed < notWithinMs) return { kind: 'too-soon', retryAfterMs: notWithinMs - passed };
        await db.update(users).set({ passwordHash, passwordResentAt: now }).where(eq(users.id, user.id));
        await db.delete(outbox).where(and(eq(outbox.userId, user.id), inArray(outbox.state, ['queued', 'dead'])));
        await db.insert(outbox).values({
          id: mail.id,
          userId: user.id,
          state: 'queued',
          ...mail.sealed,
          attempts: 0,
          dueAt: now,
          createdAt: at,
        });
        return { kind: 'replaced' };
      }),
  };
}
