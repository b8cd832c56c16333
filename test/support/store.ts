import type { IdempotencyStore } from '../../src/users/idempotency-store.ts';
import type { AddOutcome, ConflictReport, ConflictQuery, NewEntry, NewUser, UserStore } from '../../src/users/ports.ts';

/** Adds one user; throws when the store does not answer with one outcome. */
export async function addOne(
  users: Pick<UserStore, 'add'>,
  user: NewUser,
  mail: NewEntry['mail'],
): Promise<AddOutcome> {
  const [outcome] = (await users.add(user.companyId, [{ user, mail }], { allOrNone: false })) ?? [];
  return outcome!;
}

export async function lookUpOne(
  users: Pick<UserStore, 'lookUp'>,
  companyId: string,
  wanted: Omit<ConflictQuery, 'importKey'>,
): Promise<Omit<ConflictReport, 'imported'>> {
  const [{ imported: _, ...findings } = { imported: false }] = await users.lookUp(companyId, [
    { importKey: null, ...wanted },
  ]);
  return findings as ConflictReport;
}

/** A store of idempotency keys for tests that use none. */
export const noIdempotency: IdempotencyStore = {
  reserve: async () => ({ kind: 'reserved', results: null }),
  renew: async () => true,
  note: async () => true,
  release: async () => undefined,
  deleteOld: async () => 0,
};
