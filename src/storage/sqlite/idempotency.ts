import { gt, inArray, lte, sql } from 'drizzle-orm';
import type { Hold, IdempotencyStore, Progress } from '../../users/idempotency-store.ts';
import { columnsOf } from './columns.ts';
import type { Sqlite } from './open.ts';
import type { Session } from './session.ts';
import { idempotencyKeys as keys } from './tables.ts';

const recordColumns = columnsOf({
  fingerprint: keys.fingerprint,
  leaseEndsAt: keys.leaseEndsAt,
  results: keys.results,
  completed: keys.completed,
  createdAt: keys.createdAt,
});

const isHeld = 'client_id = ? and key = ? and holder = ? and completed = false';
const valuesOf = ({ clientId, key, holder }: Hold) => [clientId, key, holder];

/** Prepares the statement that writes what became of a call so far; it returns false when the hold is lost. */
export function prepareWriteProgress(prepare: Sqlite['prepare']) {
  const update = prepare(`update idempotency_keys set results = ?, completed = ? where ${isHeld}`);
  return (session: Session, hold: Hold, { results, completed }: Progress): boolean =>
    session.change(update, results, Number(completed), ...valuesOf(hold)) === 1;
}

/**
 * Makes the store of idempotency keys in one SQLite file.
 *
 * @param now answers milliseconds since 1970
 */
export function makeSqliteIdempotencyStore(
  { write, prepare }: Pick<Sqlite, 'write' | 'prepare'>,
  now: () => number,
): IdempotencyStore {
  const find = prepare(`select ${recordColumns.list} from idempotency_keys where client_id = ? and key = ?`, (values) =>
    recordColumns.read(values),
  );
  const begin = prepare(`
    insert into idempotency_keys (client_id, key, holder, lease_ends_at, fingerprint, created_at, results, completed)
    values (?, ?, ?, ?, ?, ?, null, false)
    on conflict do update set holder = excluded.holder, lease_ends_at = excluded.lease_ends_at,
      fingerprint = excluded.fingerprint, created_at = excluded.created_at, results = null, completed = false`);
  const takeOver = prepare('update idempotency_keys set lease_ends_at = ?, holder = ? where client_id = ? and key = ?');
  const moveLease = prepare(`update idempotency_keys set lease_ends_at = ? where ${isHeld}`);
  const deleteEmpty = prepare(`delete from idempotency_keys where ${isHeld} and results is null`);
  const writeProgress = prepareWriteProgress(prepare);

  return {
    reserve: ({ clientId, key, holder }, fingerprints, leaseMs, keepMs) =>
      write((session) => {
        const time = now();
        const record = session.get(find, clientId, key);
        if (!record || record.createdAt.getTime() <= time - keepMs) {
          session.change(begin, clientId, key, holder, time + leaseMs, fingerprints[0]!, time);
          return { kind: 'reserved', results: null };
        }
        if (!fingerprints.some((fingerprint) => fingerprint.equals(record.fingerprint))) return { kind: 'reused' };
        if (record.completed) return { kind: 'completed', results: record.results! };
        const leaseEnd = record.leaseEndsAt.getTime();
        if (leaseEnd > time && leaseEnd <= time + 2 * leaseMs) return { kind: 'in-use' };
        session.change(takeOver, time + leaseMs, holder, clientId, key);
        return { kind: 'reserved', results: record.results };
      }),
    renew: (hold, leaseMs) => write((session) => session.change(moveLease, now() + leaseMs, ...valuesOf(hold)) === 1),
    note: (hold, progress) => write((session) => writeProgress(session, hold, progress)),
    release: (hold) =>
      write((session) => {
        session.change(deleteEmpty, ...valuesOf(hold));
        session.change(moveLease, now(), ...valuesOf(hold));
      }),
    deleteOld: (keepMs, limit) =>
      write(({ db }) => {
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
