import { and, asc, desc, eq, gt, inArray, isNotNull, lt, lte, type SQL, sql } from 'drizzle-orm';
import type { MailRow } from '../../mail/ports.ts';
import type { OutboxAdministration, RowFilter } from '../../outbox/ports.ts';
import { mailRow } from '../mail-row.ts';
import { contains } from './contains.ts';
import type { makeDeliveryStates } from './delivery-state.ts';
import type { Sqlite } from './open.ts';
import type { Session } from './session.ts';
import { outbox, outboxAttempts, users } from './tables.ts';

const erased = { keyId: null, nonce: null, ciphertext: null };
/** Takes the write lock for a few milliseconds. */
const stepRows = 500;
/**
 * Written out, not bound: SQLite uses a partial index only for a condition that it sees (sqlite.org/partialindex.html).
 */
const dead = sql`${outbox.state} = 'dead'`;
const stateIs = { queued: sql`${outbox.state} = 'queued'`, dead, sent: sql`${outbox.state} = 'sent'` };

/**
 * Erases the passwords of mails that died before a time; a death that a wrong clock dated into the future counts from
 * now.
 */
function eraseDead({ db }: Session, time: Date, before: Date, limit: number): number {
  db.update(outbox)
    .set({ endedAt: time })
    .where(and(dead, gt(outbox.endedAt, time)))
    .run();
  const due = db
    .select({ id: outbox.id })
    .from(outbox)
    .where(and(dead, lt(outbox.endedAt, before), isNotNull(outbox.ciphertext)))
    .orderBy(asc(outbox.endedAt))
    .limit(limit);
  return db.update(outbox).set(erased).where(inArray(outbox.id, due)).run().changes;
}

/** The condition of a filter on mails that are joined with their users. */
function meets({ olderThanMs, error, domain }: RowFilter, now: number): SQL | undefined {
  return and(
    olderThanMs === undefined ? undefined : lte(outbox.createdAt, new Date(now - olderThanMs)),
    error === undefined ? undefined : contains(sql`lower(${outbox.lastError})`, error.toLowerCase()),
    domain === undefined
      ? undefined
      : sql`substr(${users.emailKey}, instr(${users.emailKey}, '@') + 1) = ${domain.toLowerCase()}`,
  );
}

const selectMails = ({ db }: Session) =>
  db
    .select({ row: outbox, userSerial: users.serial, email: users.email })
    .from(outbox)
    .innerJoin(users, eq(users.id, outbox.userId))
    .$dynamic();

/** Puts the next dead mails back, one step of them. @returns their ids */
function requeue({ db }: Session, filter: RowFilter, after: string, time: Date): string[] {
  const ids = db
    .select({ id: outbox.id })
    .from(outbox)
    .innerJoin(users, eq(users.id, outbox.userId))
    .where(and(dead, isNotNull(outbox.ciphertext), gt(outbox.id, after), meets(filter, time.getTime())))
    .orderBy(asc(outbox.id))
    .limit(stepRows)
    .all()
    .map(({ id }) => id);
  if (ids.length > 0) db.update(outbox).set(queuedAgain(time)).where(inArray(outbox.id, ids)).run();
  return ids;
}

const queuedAgain = (time: Date) =>
  ({ state: 'queued', attempts: 0, turn: 0, createdAt: time, dueAt: time, endedAt: null }) as const;

/** Makes what the start, the health check, the purge and an operator need of the outbox in SQLite; see the port. */
export function makeOutboxAdministration(
  { run, write }: Pick<Sqlite, 'run' | 'write'>,
  states: ReturnType<typeof makeDeliveryStates>,
  now: () => number,
): Omit<OutboxAdministration<MailRow>, 'status'> {
  return {
    list: ({ state, limit, ...filter }) =>
      run((session) =>
        selectMails(session)
          .where(and(state && stateIs[state], meets(filter, now())))
          .orderBy(desc(outbox.id))
          .limit(limit)
          .all()
          .map(mailRow),
      ),
    show: (id) =>
      run((session) => {
        const selected = selectMails(session).where(eq(outbox.id, id)).get();
        if (!selected) return null;
        const { at, attempt, outcome, answer } = outboxAttempts;
        const attempts = session.db
          .select({ at, attempt, outcome, answer })
          .from(outboxAttempts)
          .where(eq(outboxAttempts.outboxId, id))
          .orderBy(asc(at), asc(attempt))
          .all();
        return { row: mailRow(selected), attempts };
      }),
    retry: (id) =>
      write(({ db }) => {
        const mail = db.select().from(outbox).where(eq(outbox.id, id)).get();
        if (!mail) return 'unknown';
        if (mail.state !== 'dead') return 'not-dead';
        if (!mail.ciphertext) return 'erased';
        db.update(outbox)
          .set(queuedAgain(new Date(now())))
          .where(eq(outbox.id, id))
          .run();
        return 'queued';
      }),
    async retryAll(filter) {
      const time = new Date(now());
      let total = 0;
      for (let after = ''; ;) {
        const ids = await write((session) => requeue(session, filter, after, time));
        total += ids.length;
        if (ids.length < stepRows) return total;
        after = ids.at(-1)!;
      }
    },
    async markDelivered(ids) {
      const sent = { ...erased, state: 'sent', lastError: null, endedAt: new Date(now()) } as const;
      let total = 0;
      for (let at = 0; at < ids.length; at += stepRows) {
        const named = inArray(outbox.id, ids.slice(at, at + stepRows));
        total += await write(({ db }) => db.update(outbox).set(sent).where(and(stateIs.queued, named)).run().changes);
      }
      return total;
    },
    hold: () =>
      write((session) => {
        const state = states.read(session);
        states.write(session, { ...state, heldAt: state.heldAt ?? new Date(now()) });
      }),
    unhold: () =>
      write((session) =>
        states.write(session, { ...states.read(session), heldAt: null, pauses: 0, pausedUntil: null }),
      ),
    deliveryState: () => run(states.read),
    eraseDead: (before, limit) => write((session) => eraseDead(session, new Date(now()), before, limit)),
  };
}
