import { noLimits, statusOf } from '../../outbox/limits.ts';
import type { OutboxAdministration, OutboxRow } from '../../outbox/ports.ts';
import type { OutboxStatus } from '../../outbox/status.ts';
import { readState } from './delivery-state.ts';
import type { Postgres } from './open.ts';

type Queue = Pick<OutboxStatus, 'queued' | 'waitingForKey' | 'dead' | 'oldestMs'>;

/** The queue by its two indexes, each of which serves its own condition only. */
const statusStatement = {
  name: 'outbox-status',
  text: `
    with queue as (
      select
        count(*)::int as queued, count(*) filter (where key_id <> all($1))::int as "waitingForKey",
        min(case when attempts <= 1 then created_at else due_at end) as waits_since
      from (
        select key_id, attempts, created_at, due_at from outbox where state = 'queued' and attempts = 0
        union all
        select key_id, attempts, created_at, due_at from outbox where state = 'queued' and attempts > 0
      ) as waiting
    )
    select
      queued, "waitingForKey", (select count(*)::int from outbox where state = 'dead') as dead,
      greatest(0, coalesce(extract(epoch from now() - waits_since), 0) * 1000)::float8 as "oldestMs"
    from queue`,
};

/** Makes the verb that tells an operator of the outbox, by the database's clock. */
export function makeOutboxStatus({ run }: Pick<Postgres, 'run'>): OutboxAdministration<OutboxRow>['status'] {
  return (keyIds, limits = noLimits) =>
    run(async (session) => {
      const [queue] = await session.query<Queue>(statusStatement, [keyIds]);
      const { state, nowMs } = await readState(session);
      return { ...queue!, ...statusOf(state, limits, nowMs) };
    });
}
