import { batch } from '../../batch.ts';
import { Refusal } from '../../errors/error-dictionary.ts';
import type { AddOutcome, ConflictQuery, NewEntry, UserStore } from '../../users/ports.ts';
import { findLanded, makeAddUsers } from './add-users.ts';
import { makeAnalyzeAfterGrowth } from './analyze-after-growth.ts';
import { makeEraseUser } from './erase-user.ts';
import { waitedForLock } from './failures.ts';
import { lookUpConflicts } from './look-up-conflicts.ts';
import type { Postgres } from './open.ts';
import { makePostgresUserReader } from './read-users.ts';
import { makeReplacePassword } from './replace-password.ts';
import { makeWriteUsers } from './write-users.ts';

/** Single users that share a statement at most. */
const maxShared = 64;

/**
 * Makes the store of the users of all companies in one Postgres. Single calls share round trips (docs/decisions/0042).
 */
export function makePostgresUserStore(postgres: Postgres): UserStore {
  const { run } = postgres;
  const onGrowth = makeAnalyzeAfterGrowth(() => run((session) => session.command('analyze users, user_tags, outbox')));
  const addUsers = makeAddUsers(postgres, onGrowth);

  const lookUpMany = (companyId: string, queries: readonly ConflictQuery[]) =>
    run((session) => lookUpConflicts(session, companyId, queries));
  const lookUpOne = batch((queries: readonly ConflictQuery[], companyId) => lookUpMany(companyId, queries), maxShared);

  const addOne = batch(
    async (entries: readonly NewEntry[], companyId): Promise<readonly (AddOutcome | Promise<AddOutcome>)[]> => {
      try {
        return (await addUsers(companyId, entries, { allOrNone: false }))!;
      } catch (error) {
        if (entries.length === 1 || (error instanceof Refusal && !waitedForLock(error))) throw error;
        // Each by itself, so that one that is wrong, or waits for a lock, fails alone.
        const landed = await run((session) => findLanded(session, companyId, entries));
        return entries.map(async (entry, at) =>
          landed?.[at]?.kind === 'added' ? landed[at] : (await addUsers(companyId, [entry], { allOrNone: false }))![0]!,
        );
      }
    },
    maxShared,
  );

  return {
    ...makePostgresUserReader(postgres),
    lookUp: async (companyId, queries) =>
      queries.length === 1 ? [await lookUpOne(queries[0]!, companyId)] : lookUpMany(companyId, queries),
    add: async (companyId, entries, options) =>
      entries.length === 1 && !options.record
        ? [await addOne(entries[0]!, companyId)]
        : addUsers(companyId, entries, options),
    write: makeWriteUsers(postgres, onGrowth),
    erase: makeEraseUser(postgres),
    replacePassword: makeReplacePassword(postgres),
  };
}
