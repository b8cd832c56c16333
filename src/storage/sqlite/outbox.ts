import { and, asc, desc, eq, gt, inArray, isNotNull, lt, sql } from 'drizzle-orm';
import type { DueMail, MailOutbox } from '../../mail/ports.ts';
import { columnsOf } from './columns.ts';
import type { Sqlite } from './open.ts';
import { makeOutboxStatus } from './outbox-status.ts';
import { onlyValue, type Session } from './session.ts';
import { companies, outbox, users } from './tables.ts';

const erased = { keyId: null, nonce: null, ciphertext: null };
/**
 * Written out, not bound: SQLite uses a partial index only for a condition that it sees (sqlite.org/partialindex.html).
 */
const dead = sql`${outbox.state} = 'dead'`;
const everywhere = { domains: [], inside: false };

const mailColumns = columnsOf({
  id: outbox.id,
  userId: outbox.userId,
  attempts: outbox.attempts,
  createdAt: outbox.createdAt,
  keyId: outbox.keyId,
  nonce: outbox.nonce,
  ciphertext: outbox.ciphertext,
  requestId: outbox.requestId,
  traceparent: outbox.traceparent,
});
const addresseeColumns = columnsOf({
  userSerial: users.serial,
  name: users.name,
  email: users.email,
  username: users.username,
  isActive: users.isActive,
  passwordResentAt: users.passwordResentAt,
  companyName: companies.name,
  locale: companies.mailLocale,
  signInUrl: companies.signInUrl,
  replyTo: companies.replyTo,
});

/** The due mails of one key: each key by itself, so that an index finds them in order, however many others wait. */
const dueOf = (key: string, attempts: string) => `
  select * from (
    select id, due_at from outbox where state = 'queued' and ${attempts} and key_id = ${key} and due_at <= $now
    order by due_at, id limit $limit
  )`;
/** Claims the mails that are due first: counts the attempt, and moves the due time to the end of the lease. */
const claimStatement = (attempts: string) => `
  update outbox set attempts = attempts + 1, due_at = $leaseEnd
  where id in (
    select id from (${dueOf('$key', attempts)} union all ${dueOf('$previousKey', attempts)})
    order by due_at, id limit $limit
  ) returning ${mailColumns.list}`;
const domainOfUser = `(select substr(email_key, instr(email_key, '@') + 1) from users where users.id = user_id)`;

const farAhead = (attempts: string, aheadOf: string) => `
  select id from outbox
  where state = 'queued' and attempts ${attempts} and due_at > $${aheadOf}
    and key_id in (select value from json_each($keyIds))`;

/** Attempts fence: a holder whose lease went to a later one changes nothing any more. */
const isHeld = `id = $id and attempts = $attempts and state = 'queued'`;

function prepareStatements(prepare: Sqlite['prepare']) {
  const claim = (attempts: string) => prepare(claimStatement(attempts), (values) => mailColumns.read(values));
  return {
    claimFirst: claim('attempts = 0'),
    claimRepeated: claim(`attempts > 0 and (${domainOfUser} in (select value from json_each($domains))) = $inside`),
    addressee: prepare(
      `select ${addresseeColumns.list} from users join companies on companies.id = company_id where users.id = ?`,
      (values) => addresseeColumns.read(values),
    ),
    renewed: prepare(`update outbox set due_at = $leaseEnd where ${isHeld}`),
    sent: prepare(`
      update outbox set state = 'sent', key_id = null, nonce = null, ciphertext = null, last_error = null,
        ended_at = $now
      where ${isHeld}`),
    failed: prepare(`update outbox set due_at = $retryAt, last_error = $error where ${isHeld}`),
    released: prepare(
      `update outbox set attempts = attempts - 1, due_at = $retryAt, last_error = $error where ${isHeld}`,
    ),
    died: prepare(`update outbox set state = 'dead', last_error = $error, ended_at = $now where ${isHeld}`),
    isFarAhead: prepare(
      `select exists (${farAhead('= 0', 'first')}) or exists (${farAhead('> 0', 'repeated')})`,
      onlyValue<0 | 1>,
    ),
    pullIn: prepare(`
      update outbox set due_at = $now, created_at = min(created_at, $now)
      where id in (${farAhead('= 0', 'first')} union all ${farAhead('> 0', 'repeated')})
        and id not in (select value from json_each($held))`),
  };
}

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

/**
 * Makes the outbox in SQLite; see the port for what each verb promises. The writes of the delivery share their commits
 * with the creations: each commit blocks the event loop until the disk has it.
 *
 * @param now answers milliseconds since 1970
 */
export function makeSqliteOutbox(
  { run, write, writeTogether, prepare }: Pick<Sqlite, 'run' | 'write' | 'writeTogether' | 'prepare'>,
  now: () => number,
): MailOutbox {
  const { claimFirst, claimRepeated, addressee, renewed, sent, failed, released, died, isFarAhead, pullIn } =
    prepareStatements(prepare);

  return {
    claim: (limit, leaseMs, first, [key = null, previousKey = null], { domains, inside } = everywhere) =>
      writeTogether((session) =>
        session
          .all(first ? claimFirst : claimRepeated, {
            limit,
            key,
            previousKey,
            now: now(),
            leaseEnd: now() + leaseMs,
            ...(!first && { domains: JSON.stringify(domains), inside: Number(inside) }),
          })
          .map(({ userId, keyId, nonce, ciphertext, ...row }): DueMail => {
            const { passwordResentAt, ...user } = session.get(addressee, userId)!;
            const replacesPassword = passwordResentAt !== null;
            const sealed = { keyId: keyId!, nonce: nonce!, ciphertext: ciphertext! };
            return { ...row, ...user, email: user.email!, replacesPassword, sealed };
          })
          // RETURNING promises no order.
          .sort((a, b) => (a.id < b.id ? -1 : 1)),
      ),
    renew: (mails, leaseMs) =>
      writeTogether((session) => {
        for (const { id, attempts } of mails) session.change(renewed, { id, attempts, leaseEnd: now() + leaseMs });
      }),
    markSent: ({ id, attempts }) => writeTogether((session) => void session.change(sent, { id, attempts, now: now() })),
    markFailed: ({ id, attempts }, error, retryAt) =>
      writeTogether((session) => void session.change(failed, { id, attempts, error, retryAt: retryAt.getTime() })),
    release: ({ id, attempts }, error, retryAt) =>
      writeTogether((session) => void session.change(released, { id, attempts, error, retryAt: retryAt.getTime() })),
    markDead: ({ id, attempts }, error) =>
      writeTogether((session) => void session.change(died, { id, attempts, error, now: now() })),
    status: makeOutboxStatus({ run, prepare }, now),
    list: ({ state, limit }) =>
      run(({ db }) =>
        db
          .select({ row: outbox, userSerial: users.serial, email: users.email })
          .from(outbox)
          .innerJoin(users, eq(users.id, outbox.userId))
          .where(state && eq(outbox.state, state))
          .orderBy(desc(outbox.id))
          .limit(limit)
          .all()
          .map(({ row, userSerial, email }) => ({
            id: row.id,
            state: row.state,
            userSerial,
            email: email!,
            attempts: row.attempts,
            createdAt: row.createdAt,
            dueAt: row.dueAt,
            lastError: row.lastError,
            sealed: row.ciphertext !== null,
          })),
      ),
    retry: (id) =>
      write(({ db }) => {
        const mail = db.select().from(outbox).where(eq(outbox.id, id)).get();
        if (!mail) return 'unknown';
        if (mail.state !== 'dead') return 'not-dead';
        if (!mail.ciphertext) return 'erased';
        const time = new Date(now());
        db.update(outbox)
          .set({ state: 'queued', attempts: 0, createdAt: time, dueAt: time, endedAt: null })
          .where(eq(outbox.id, id))
          .run();
        return 'queued';
      }),
    pullIn: async (aheadMs, keyIds, held) => {
      const time = now();
      const limits = {
        first: time + aheadMs.first,
        repeated: time + aheadMs.repeated,
        keyIds: JSON.stringify(keyIds),
      };
      if (await run((session) => session.get(isFarAhead, limits)))
        await write((session) => session.change(pullIn, { ...limits, now: time, held: JSON.stringify(held) }));
    },
    eraseDead: (before, limit) => write((session) => eraseDead(session, new Date(now()), before, limit)),
  };
}
