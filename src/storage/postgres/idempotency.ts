import { unavailable } from '../../errors/error-dictionary.ts';
import type { Hold, IdempotencyStore, Progress } from '../../users/idempotency-store.ts';
import type { Postgres } from './open.ts';
import type { Session } from './session.ts';

/** Two in a row are rare already: each time the record must be deleted in the same instant. */
const maxReserveTries = 100;

const isOver = `record.created_at <= now() - $6 * interval '1 millisecond'`;
/** A lease that ends more than twice as late as it may is of a clock that was ahead. */
const isFree = `(record.lease_ends_at <= now()
  or record.lease_ends_at > excluded.lease_ends_at + $5 * interval '1 millisecond' or record.holder = $3)`;

/**
 * Holds a key that is new, old enough, or left by a call that died. Sent twice, after a lost connection, it holds it
 * twice.
 */
const reserveStatement = {
  name: 'idempotency-reserve',
  text: `
    with taking as (
      insert into idempotency_keys as record
        (client_id, key, holder, fingerprint, lease_ends_at, results, completed, created_at)
      select $1, $2, $3, ($4::bytea[])[1], now() + $5 * interval '1 millisecond', null, false, now()
      on conflict (client_id, key) do update set
        holder = excluded.holder, lease_ends_at = excluded.lease_ends_at, completed = false,
        fingerprint = case when ${isOver} then excluded.fingerprint else record.fingerprint end,
        results = case when ${isOver} then null else record.results end,
        created_at = case when ${isOver} then excluded.created_at else record.created_at end
      where ${isOver} or (record.fingerprint = any($4) and not record.completed and ${isFree})
      returning results
    )
    select 'reserved' as kind, results from taking
    union all
    select case when not fingerprint = any($4) then 'reused' when completed then 'completed' else 'in-use' end, results
    from idempotency_keys where client_id = $1 and key = $2 and not exists (select from taking)`,
};

const isHeld = 'client_id = $1 and key = $2 and holder = $3 and not completed';
const after = (milliseconds: string) => `now() + ${milliseconds} * interval '1 millisecond'`;
const valuesOf = ({ clientId, key, holder }: Hold) => [clientId, key, holder];

const renewStatement = {
  name: 'idempotency-renew',
  text: `update idempotency_keys set lease_ends_at = ${after('$4')} where ${isHeld} returning true`,
};

const writeProgressStatement = {
  name: 'idempotency-write-progress',
  text: `update idempotency_keys set results = $4, completed = $5 where ${isHeld} returning true`,
};

/** Sent again after a lost answer, it finds what it wrote itself. */
const noteStatement = {
  name: 'idempotency-note',
  text: `
    update idempotency_keys set results = $4, completed = $5
    where client_id = $1 and key = $2 and holder = $3 and (not completed or results = $4) returning true`,
};

/**
 * One round trip: a row is one of the two, and a second time neither. The clock is cut to the column's milliseconds:
 * rounded up, a key would be in use still for a call in the same millisecond.
 */
const releaseStatement = {
  name: 'idempotency-release',
  text: `
    with freed as (delete from idempotency_keys where ${isHeld} and results is null)
    update idempotency_keys set lease_ends_at = date_trunc('milliseconds', now())
    where ${isHeld} and results is not null`,
};

const bringBackStatement = {
  name: 'idempotency-bring-back',
  text: 'update idempotency_keys set created_at = now() where created_at > now()',
};
const deleteOldStatement = {
  name: 'idempotency-delete-old',
  text: `
    delete from idempotency_keys where ctid = any(array(
      select ctid from idempotency_keys where created_at <= now() - $1 * interval '1 millisecond'
      limit $2 for update skip locked
    )) returning true`,
};

/** Writes what became of a call so far; returns false when the hold is lost. */
export async function writeProgress(session: Session, hold: Hold, progress: Progress): Promise<boolean> {
  const values = [...valuesOf(hold), progress.results, progress.completed];
  return (await session.query(writeProgressStatement, values)).length === 1;
}

/** Makes the store of idempotency keys in one Postgres; leases are of the database's clock (docs/decisions/0044). */
export function makePostgresIdempotencyStore({ run }: Pick<Postgres, 'run'>): IdempotencyStore {
  return {
    reserve: (hold, fingerprints, leaseMs, keepMs) =>
      run(async (session) => {
        type Row =
          | { kind: 'reserved' | 'reused' | 'in-use'; results: string | null }
          | { kind: 'completed'; results: string };
        const values = [...valuesOf(hold), fingerprints, leaseMs, keepMs];
        for (let tries = 0; tries < maxReserveTries; tries++) {
          // No row: the record went between the snapshot of the statement and its end.
          const [row] = await session.query<Row>(reserveStatement, values);
          if (row) return row;
        }
        throw unavailable('contention', 'the record of an idempotency key changes all the time');
      }),
    renew: (hold, leaseMs) =>
      run(async (session) => (await session.query(renewStatement, [...valuesOf(hold), leaseMs])).length === 1),
    note: (hold, { results, completed }) =>
      run(async (session) => {
        const rows = await session.query(noteStatement, [...valuesOf(hold), results, completed]);
        return rows.length === 1;
      }),
    release: (hold) => run(async (session) => void (await session.query(releaseStatement, valuesOf(hold)))),
    deleteOld: (keepMs, limit) =>
      run(async (session) => {
        await session.query(bringBackStatement, []);
        return (await session.query(deleteOldStatement, [keepMs, limit])).length;
      }),
  };
}
