import { and, asc, desc, eq, gt, inArray, isNotNull, type SQL, sql } from 'drizzle-orm';
import type { MailRow } from '../../mail/ports.ts';
import type { OutboxAdministration, RetryOutcome, RowFilter } from '../../outbox/ports.ts';
import { mailRow } from '../mail-row.ts';
import { contains } from './contains.ts';
import { lockState, readState, writeState } from './delivery-state.ts';
import type { Postgres } from './open.ts';
import type { Session } from './session.ts';
import { outbox, outboxAttempts, users } from './tables.ts';

const erased = { keyId: null, nonce: null, ciphertext: null };
const stepRows = 500;
const noId = '00000000-0000-0000-0000-000000000000';
/** The database's clock, cut to the columns' milliseconds: rounding up would make "due now" the future. */
const clock = `date_trunc('milliseconds', now())`;
const databaseNow = sql.raw(clock);
/** Written out, not bound: only so can a plan that serves every value use the partial index. */
const stateIs = {
  queued: sql`${outbox.state} = 'queued' and ${outbox.state} <> 'sent'`,
  dead: sql`${outbox.state} = 'dead' and ${outbox.state} <> 'sent'`,
  sent: sql`${outbox.state} = 'sent'`,
};

const retryStatement = {
  name: 'outbox-retry',
  text: `
    with mail as (
      select id, state, ciphertext from outbox where id = $1 for update
    ), requeued as (
      update outbox
      set state = 'queued', attempts = 0, turn = 0, created_at = ${clock}, due_at = ${clock}, ended_at = null
      from mail where outbox.id = mail.id and mail.state = 'dead' and mail.ciphertext is not null
    )
    select
      case when state <> 'dead' then 'not-dead' when ciphertext is null then 'erased' else 'queued' end as outcome
    from mail`,
};

/** What an operator typed; the type uuid takes other spellings too and refuses everything else. */
const isId = (id: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

/** The condition of a filter on mails that are joined with their users. */
function meets({ olderThanMs, error, domain }: RowFilter): SQL | undefined {
  return and(
    olderThanMs === undefined
      ? undefined
      : sql`${outbox.createdAt} <= ${databaseNow} - ${olderThanMs} * interval '1 millisecond'`,
    error === undefined ? undefined : contains(sql`lower(${outbox.lastError})`, error.toLowerCase()),
    domain === undefined ? undefined : sql`split_part(${users.emailKey}, '@', 2) = ${domain.toLowerCase()}`,
  );
}

const selectMails = ({ db }: Session) =>
  db
    .select({ row: outbox, userSerial: users.serial, email: users.email })
    .from(outbox)
    .innerJoin(users, eq(users.id, outbox.userId))
    .$dynamic();

/** Puts the next dead mails back, one step of them. @returns their ids, and how many were still dead */
async function requeue({ db }: Session, filter: RowFilter, after: string) {
  const isRetryable = and(stateIs.dead, isNotNull(outbox.ciphertext));
  const found = await db
    .select({ id: outbox.id })
    .from(outbox)
    .innerJoin(users, eq(users.id, outbox.userId))
    .where(and(isRetryable, gt(outbox.id, after), meets(filter)))
    .orderBy(asc(outbox.id))
    .limit(stepRows);
  const ids = found.map(({ id }) => id);
  if (ids.length === 0) return { ids, count: 0 };
  const { rowCount } = await db
    .update(outbox)
    .set({ state: 'queued', attempts: 0, turn: 0, createdAt: databaseNow, dueAt: databaseNow, endedAt: null })
    .where(and(inArray(outbox.id, ids), isRetryable));
  return { ids, count: rowCount ?? 0 };
}

async function eraseDead({ db }: Session, agoMs: number, limit: number): Promise<number> {
  await db
    .update(outbox)
    .set({ endedAt: databaseNow })
    .where(and(stateIs.dead, sql`${outbox.endedAt} > now()`));
  const due = db
    .select({ id: outbox.id })
    .from(outbox)
    .where(
      and(
        stateIs.dead,
        sql`${outbox.endedAt} < now() - ${agoMs} * interval '1 millisecond'`,
        isNotNull(outbox.ciphertext),
      ),
    )
    .orderBy(outbox.endedAt)
    .limit(limit)
    .for('update', { skipLocked: true });
  // An array, so that it runs once: inside of an `in` a plan may run it for each row, and each time it locks others.
  const { rowCount } = await db
    .update(outbox)
    .set(erased)
    .where(sql`${outbox.id} = any(array(${due}))`);
  return rowCount ?? 0;
}

/** Makes what the start, the health check, the purge and an operator need of the outbox in Postgres; see the port. */
export function makeOutboxAdministration(
  { run, transaction }: Pick<Postgres, 'run' | 'transaction'>,
  now: () => number,
): Omit<OutboxAdministration<MailRow>, 'status'> {
  return {
    list: ({ state, limit, ...filter }) =>
      run(async (session) => {
        const mails = selectMails(session).where(and(state && stateIs[state], meets(filter)));
        return (await mails.orderBy(desc(outbox.id)).limit(limit)).map(mailRow);
      }),
    show: (id) =>
      run(async (session) => {
        const [selected] = isId(id) ? await selectMails(session).where(eq(outbox.id, id)) : [];
        if (!selected) return null;
        const { at, attempt, outcome, answer } = outboxAttempts;
        const attempts = await session.db
          .select({ at, attempt, outcome, answer })
          .from(outboxAttempts)
          .where(eq(outboxAttempts.outboxId, id))
          .orderBy(asc(at), asc(attempt));
        return { row: mailRow(selected), attempts };
      }),
    retry: (id) =>
      run(async (session) => {
        if (!isId(id)) return 'unknown';
        return (await session.query<{ outcome: RetryOutcome }>(retryStatement, [id]))[0]?.outcome ?? 'unknown';
      }),
    async retryAll(filter) {
      let total = 0;
      for (let after = noId; ;) {
        const { ids, count } = await run((session) => requeue(session, filter, after));
        total += count;
        if (ids.length < stepRows) return total;
        after = ids.at(-1)!;
      }
    },
    async markDelivered(ids) {
      const sent = { ...erased, state: 'sent', lastError: null, endedAt: databaseNow } as const;
      const known = ids.filter(isId);
      let total = 0;
      for (let at = 0; at < known.length; at += stepRows) {
        const named = inArray(outbox.id, known.slice(at, at + stepRows));
        const update = ({ db }: Session) => db.update(outbox).set(sent).where(and(stateIs.queued, named));
        total += (await run(update)).rowCount ?? 0;
      }
      return total;
    },
    hold: () =>
      transaction(async (session) => {
        const { state, nowMs } = await lockState(session);
        await writeState(session, { ...state, heldAt: state.heldAt ?? new Date(nowMs) });
      }),
    unhold: () =>
      transaction(async (session) => {
        const { state } = await lockState(session);
        await writeState(session, { ...state, heldAt: null, pauses: 0, pausedUntil: null });
      }),
    deliveryState: () => run(async (session) => (await readState(session)).state),
    eraseDead: (before, limit) => run((session) => eraseDead(session, now() - before.getTime(), limit)),
  };
}
