import { noLimits } from '../../outbox/limits.ts';
import type { OutboxAdministration, OutboxRow } from '../../outbox/ports.ts';
import type { OutboxStatus } from '../../outbox/status.ts';
import type { Postgres } from './open.ts';

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
      greatest(0, coalesce(extract(epoch from now() - waits_since), 0) * 1000)::float8 as "oldestMs",
      held_at as "heldAt", case when paused_until > now() then paused_until end as "pausedUntil",
      case when $2 > 0 and begun_today >= $2 and day_ends_at > now() then day_ends_at end as "dayFullUntil",
      last_accepted_at as "lastAcceptedAt"
    from queue left join deliveries on kind = 'mail'`,
};

/** Makes the verb that tells an operator of the outbox, by the database's clock. */
export function makeOutboxStatus({ run }: Pick<Postgres, 'run'>): OutboxAdministration<OutboxRow>['status'] {
  return (keyIds, { perDay } = noLimits) =>
    run(async (session) => (await session.query<OutboxStatus>(statusStatement, [keyIds, perDay]))[0]!);
}
