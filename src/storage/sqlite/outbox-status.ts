import { setImmediate as endOfIteration } from 'node:timers/promises';
import { count, eq, sql } from 'drizzle-orm';
import { newDelivery, noLimits, statusOf } from '../../outbox/limits.ts';
import type { OutboxAdministration, OutboxRow } from '../../outbox/ports.ts';
import type { Sqlite } from './open.ts';
import { deliveries, outbox } from './tables.ts';

/** Rows that one iteration of the event loop reads, in a millisecond or two. */
const sliceRows = 2_000;

interface QueuedRow {
  keyId: string;
  turn: number;
  dueAt: number;
  id: string;
  waitsSince: number;
}

/** Reads the next queued rows in the order of their index. */
const sliceStatement = (attempts: string, order: readonly string[]) => `
  select key_id as keyId, turn, due_at as dueAt, id, iif(attempts <= 1, created_at, due_at) as waitsSince from outbox
  where state = 'queued' and attempts ${attempts} and (${order.join()}) > (${order.map((name) => `$${name}`).join()})
  order by ${order.join()} limit ${sliceRows}`;
const beforeFirst = { key_id: '', turn: 0, due_at: 0, id: '' };

/**
 * Makes the verb that tells an operator of the outbox. It reads the queue in slices, so that a million queued rows do
 * not stop the event loop.
 */
export function makeOutboxStatus(
  { run, prepare }: Pick<Sqlite, 'run' | 'prepare'>,
  now: () => number,
): OutboxAdministration<OutboxRow>['status'] {
  const slices = [
    prepare<QueuedRow>(sliceStatement('= 0', ['key_id', 'turn', 'due_at', 'id'])),
    prepare<QueuedRow>(sliceStatement('> 0', ['key_id', 'due_at', 'id'])),
  ];

  async function* queuedRows(): AsyncGenerator<QueuedRow[]> {
    for (const slice of slices) {
      let after = beforeFirst;
      for (let isWhole = true; isWhole; await endOfIteration()) {
        const rows = await run((session) => session.all(slice, after));
        yield rows;
        const last = rows.at(-1);
        if (last) after = { key_id: last.keyId, turn: last.turn, due_at: last.dueAt, id: last.id };
        isWhole = rows.length === sliceRows;
      }
    }
  }

  return async (keyIds, limits = noLimits) => {
    const counts = { queued: 0, waitingForKey: 0 };
    let waitsSince = Infinity;
    for await (const rows of queuedRows())
      for (const row of rows) {
        counts.queued++;
        if (!keyIds.includes(row.keyId)) counts.waitingForKey++;
        waitsSince = Math.min(waitsSince, row.waitsSince);
      }
    const { dead, delivery } = await run(({ db }) => ({
      dead: db
        .select({ count: count() })
        .from(outbox)
        .where(sql`${outbox.state} = 'dead'`)
        .get()!.count,
      delivery: db.select().from(deliveries).where(eq(deliveries.kind, 'mail')).get(),
    }));
    const time = now();
    return {
      ...counts,
      dead,
      oldestMs: Math.max(0, time - waitsSince),
      ...statusOf(delivery ?? newDelivery, limits, time),
    };
  };
}
