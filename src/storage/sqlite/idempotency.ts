import { and, eq, gt, inArray, isNull, lte, sql } from 'drizzle-orm';
import type { Hold, IdempotencyStore } from '../../users/ports.ts';
import type { Sqlite } from './open.ts';
import { idempotencyKeys as keys } from './tables.ts';

export const heldBy = ({ clientId, key, holder }: Hold) =>
  and(eq(keys.clientId, clientId), eq(keys.key, key), eq(keys.holder, holder), eq(keys.completed, false));

/** Idempotency keys in one SQLite file. `now` answers milliseconds since 1970. */
export function makeSqliteIdempotencyStore({ db, write }: Sqlite, now: () => number): IdempotencyStore {
  return {
    reserve: ({ clientId, key, holder }, fingerprints, leaseMs, keepMs) =>
      write(() => {
        const time = now();
        const mine = { holder, leaseEndsAt: new Date(time + leaseMs) };
        const record = db
          .select()
          .from(keys)
          .where(and(eq(keys.clientId, clientId), eq(keys.key, key)))
          .get();
        if (!record || record.createdAt.getTime() <= time - keepMs) {
          const fresh = {
            ...mine,
            fingerprint: fingerprints[0]!,
            results: null,
            completed: false,
            createdAt: new Date(time),
          };
          db.insert(keys)
            .values({ clientId, key, ...fresh })
            .onConflictDoUpdate({ target: [keys.clientId, keys.key], set: fresh })
            .run();
          return { outcome: 'reserved', results: null };
        }
        if (!fingerprints.some((fingerprint) => fingerprint.equals(record.fingerprint))) return { outcome: 'reused' };
        if (record.completed) return { outcome: 'completed', results: record.results! };
        const leaseEnd = record.leaseEndsAt.getTime();
        if (leaseEnd > time && leaseEnd <= time + 2 * leaseMs) return { outcome: 'in-use' };
        db.update(keys)
          .set(mine)
          .where(and(eq(keys.clientId, clientId), eq(keys.key, key)))
          .run();
        return { outcome: 'reserved', results: record.results };
      }),
    renew: (hold, leaseMs) =>
      write(
        () =>
          db
            .update(keys)
            .set({ leaseEndsAt: new Date(now() + leaseMs) })
            .where(heldBy(hold))
            .run().changes === 1,
      ),
    note: (hold, progress) => write(() => db.update(keys).set(progress).where(heldBy(hold)).run().changes === 1),
    release: (hold) =>
      write(() => {
        db.delete(keys)
          .where(and(heldBy(hold), isNull(keys.results)))
          .run();
        db.update(keys)
          .set({ leaseEndsAt: new Date(now()) })
          .where(heldBy(hold))
          .run();
      }),
    deleteOld: (keepMs, limit) =>
      write(() => {
        const time = new Date(now());
        db.update(keys).set({ createdAt: time }).where(gt(keys.createdAt, time)).run();
        const old = db
          .select({ row: sql`rowid` })
          .from(keys)
          .where(lte(keys.createdAt, new Date(now() - keepMs)))
          .limit(limit);
        return db
          .delete(keys)
          .where(inArray(sql`rowid`, old))
          .run().changes;
      }),
  };
}
