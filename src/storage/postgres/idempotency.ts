import { and, eq, or, sql } from 'drizzle-orm';
import type { Hold, IdempotencyStore } from '../../users/ports.ts';
import type { Postgres } from './open.ts';
import { idempotencyKeys as keys } from './tables.ts';

/** Takes a key that is new, old enough, or left by a call that died; a call that is sent twice, after a lost connection, takes it twice. */
const reserveStatement = {
  name: 'idempotency-reserve',
  text: `
    with taking as (
      insert into idempotency_keys as record (client_id, key, holder, fingerprint, lease_ends_at, results, completed, created_at)
      select $1, $2, $3, ($4::bytea[])[1], now() + $5 * interval '1 millisecond', null, false, now()
      on conflict (client_id, key) do update set
        holder = excluded.holder, lease_ends_at = excluded.lease_ends_at,
        fingerprint = case when record.created_at <= now() - $6 * interval '1 millisecond' then excluded.fingerprint else record.fingerprint end,
        results = case when record.created_at <= now() - $6 * interval '1 millisecond' then null else record.results end,
        completed = false,
        created_at = case when record.created_at <= now() - $6 * interval '1 millisecond' then excluded.created_at else record.created_at end
      where record.created_at <= now() - $6 * interval '1 millisecond'
        or (record.fingerprint = any($4) and not record.completed and (record.lease_ends_at <= now() or record.lease_ends_at > excluded.lease_ends_at + $5 * interval '1 millisecond' or record.holder = $3))
      returning results
    )
    select 'reserved' as outcome, results from taking
    union all
    select case when not fingerprint = any($4) then 'reused' when completed then 'completed' else 'in-use' end, results
    from idempotency_keys where client_id = $1 and key = $2 and not exists (select from taking)`,
};

/**
 * One round trip: a row is one of the two, and a second time neither. The clock is cut to the column's milliseconds: rounded up,
 * a key would be in use still for a call in the same millisecond.
 */
const releaseStatement = {
  name: 'idempotency-release',
  text: `
    with freed as (
      delete from idempotency_keys where client_id = $1 and key = $2 and holder = $3 and not completed and results is null
    )
    update idempotency_keys set lease_ends_at = date_trunc('milliseconds', now()) where client_id = $1 and key = $2 and holder = $3 and not completed and results is not null`,
};

export const heldBy = ({ clientId, key, holder }: Hold) =>
  and(eq(keys.clientId, clientId), eq(keys.key, key), eq(keys.holder, holder), eq(keys.completed, false));
const leaseOf = (leaseMs: number) => ({ leaseEndsAt: sql`now() + ${leaseMs} * interval '1 millisecond'` });

/** Idempotency keys in one Postgres; leases are of the database's clock. */
export function makePostgresIdempotencyStore({ db, query, run }: Postgres): IdempotencyStore {
  return {
    reserve: ({ clientId, key, holder }, fingerprints, leaseMs, keepMs) =>
      run(async () => {
        type Row =
          | { outcome: 'reserved' | 'reused' | 'in-use'; results: string | null }
          | { outcome: 'completed'; results: string };
        for (;;) {
          // No row: the record went between the snapshot of the statement and its end.
          const [row] = await query<Row>(reserveStatement, [clientId, key, holder, fingerprints, leaseMs, keepMs]);
          if (row) return row;
        }
      }),
    renew: (hold, leaseMs) =>
      run(async () => (await db.update(keys).set(leaseOf(leaseMs)).where(heldBy(hold))).rowCount === 1),
    // Sent again after a lost answer it finds what it wrote itself.
    note: ({ clientId, key, holder }, progress) =>
      run(async () => {
        const open = or(eq(keys.completed, false), eq(keys.results, progress.results));
        const mine = and(eq(keys.clientId, clientId), eq(keys.key, key), eq(keys.holder, holder), open);
        return (await db.update(keys).set(progress).where(mine)).rowCount === 1;
      }),
    release: ({ clientId, key, holder }) =>
      run(async () => void (await query(releaseStatement, [clientId, key, holder]))),
    deleteOld: (keepMs, limit) =>
      run(async () => {
        await db.execute(sql`update idempotency_keys set created_at = now() where created_at > now()`);
        const { rowCount } = await db.execute(sql`
          delete from idempotency_keys where ctid = any(array(
            select ctid from idempotency_keys where created_at <= now() - ${keepMs} * interval '1 millisecond' limit ${limit} for update skip locked
          ))`);
        return rowCount ?? 0;
      }),
  };
}
