import { and, desc, eq, isNotNull, sql } from 'drizzle-orm';
import type { DueMail, MailOutbox } from '../../mail/ports.ts';
import type { RetryOutcome } from '../../outbox/ports.ts';
import type { Postgres } from './open.ts';
import { makeOutboxStatus } from './outbox-status.ts';
import { outbox, users } from './tables.ts';

const erased = { keyId: null, nonce: null, ciphertext: null };
/** The database's clock, cut to the columns' milliseconds: rounding up would make "due now" the future. */
const clock = `date_trunc('milliseconds', now())`;
const databaseNow = sql.raw(clock);
/** Written out, not bound: only so can a plan that serves every value use the partial index. */
const dead = sql`${outbox.state} = 'dead'`;
const after = (milliseconds: string) => `${clock} + ${milliseconds} * interval '1 millisecond'`;

/**
 * Claims the mails that are due first. It passes over mails that another claim has locked, so that no two processes
 * wait for each other or claim the same. Each key by itself, so that an index finds its mails in order, however many
 * others wait.
 */
const claimStatement = (name: string, attempts: string) => ({
  name: `outbox-claim-${name}`,
  text: `
    with due as materialized (
      select due.id from unnest($3::text[]) as key (id) cross join lateral (
        select id, due_at from outbox
        where state = 'queued' and key_id = key.id and due_at <= ${clock} and ${attempts}
        order by due_at, id limit $1 for update skip locked
      ) as due order by due.due_at, due.id limit $1
    ), claimed as (
      update outbox set attempts = attempts + 1, due_at = ${after('$2')}
      where outbox.id = any(array(select id from due)) returning outbox.*
    )
    select
      claimed.id, users.serial as "userSerial", users.name, users.email, username, is_active as "isActive",
      password_resent_at is not null as "replacesPassword", companies.name as "companyName",
      companies.mail_locale as locale, sign_in_url as "signInUrl", reply_to as "replyTo",
      attempts, claimed.created_at as "createdAt", key_id as "keyId", nonce, ciphertext,
      request_id as "requestId", traceparent
    from claimed join users on users.id = user_id join companies on companies.id = users.company_id
    order by claimed.id`,
});
const claimFirst = claimStatement('first', 'attempts = 0');
const claimRepeated = claimStatement(
  'repeated',
  `attempts > 0 and ((select split_part(email_key, '@', 2) from users where users.id = user_id) = any($4)) = $5`,
);
const everywhere = { domains: [], inside: false };

const renewStatement = {
  name: 'outbox-renew',
  text: `
    update outbox set due_at = ${after('$3')} from unnest($1::uuid[], $2::int[]) as held (id, attempts)
    where outbox.id = held.id and outbox.attempts = held.attempts and state = 'queued'`,
};

const pullInStatement = {
  name: 'outbox-pull-in',
  text: `
    update outbox set due_at = ${clock}, created_at = least(created_at, ${clock})
    where state = 'queued' and key_id = any($3) and id <> all($4::uuid[])
      and (attempts = 0 and due_at > ${after('$1')} or attempts > 0 and due_at > ${after('$2')})`,
};

const retryStatement = {
  name: 'outbox-retry',
  text: `
    with mail as (
      select id, state, ciphertext from outbox where id = $1 for update
    ), requeued as (
      update outbox set state = 'queued', attempts = 0, created_at = ${clock}, due_at = ${clock}, ended_at = null
      from mail where outbox.id = mail.id and mail.state = 'dead' and mail.ciphertext is not null
    )
    select
      case when state <> 'dead' then 'not-dead' when ciphertext is null then 'erased' else 'queued' end as outcome
    from mail`,
};

/** Attempts fence: a holder whose lease went to a later one changes nothing any more. */
const isHeld = `id = $1 and attempts = $2 and state = 'queued'`;
const sentStatement = {
  name: 'outbox-sent',
  text: `
    update outbox set state = 'sent', key_id = null, nonce = null, ciphertext = null, last_error = null,
      ended_at = ${clock}
    where ${isHeld}`,
};
const failedStatement = {
  name: 'outbox-failed',
  text: `update outbox set due_at = ${after('$4')}, last_error = $3 where ${isHeld}`,
};
const releasedStatement = {
  name: 'outbox-released',
  text: `update outbox set attempts = attempts - 1, due_at = ${after('$4')}, last_error = $3 where ${isHeld}`,
};
const diedStatement = {
  name: 'outbox-died',
  text: `update outbox set state = 'dead', last_error = $3, ended_at = ${clock} where ${isHeld}`,
};

/**
 * Makes the outbox in Postgres; see the port for what each verb promises. Leases, due times and ends are of the
 * database's clock. A date of the caller counts as its distance from the caller's clock, so that a wrong one does no
 * harm.
 *
 * @param now the caller's clock, in milliseconds since 1970
 */
export function makePostgresOutbox({ run }: Pick<Postgres, 'run'>, now: () => number): MailOutbox {
  const delayTo = (date: Date) => Math.max(0, date.getTime() - now());

  return {
    claim: (limit, leaseMs, first, keyIds, { domains, inside } = everywhere) =>
      run(async (session) => {
        type Row = Omit<DueMail, 'sealed'> & DueMail['sealed'];
        const rows = await session.query<Row>(
          first ? claimFirst : claimRepeated,
          first ? [limit, leaseMs, keyIds] : [limit, leaseMs, keyIds, domains, inside],
        );
        return rows.map(({ keyId, nonce, ciphertext, ...mail }) => ({ ...mail, sealed: { keyId, nonce, ciphertext } }));
      }),
    renew: (mails, leaseMs) =>
      run(async (session) => {
        const [ids, attempts] = [mails.map(({ id }) => id), mails.map((mail) => mail.attempts)];
        await session.query(renewStatement, [ids, attempts, leaseMs]);
      }),
    markSent: ({ id, attempts }) => run(async (session) => void (await session.query(sentStatement, [id, attempts]))),
    markFailed: ({ id, attempts }, error, retryAt) =>
      run(async (session) => void (await session.query(failedStatement, [id, attempts, error, delayTo(retryAt)]))),
    release: ({ id, attempts }, error, retryAt) =>
      run(async (session) => void (await session.query(releasedStatement, [id, attempts, error, delayTo(retryAt)]))),
    markDead: ({ id, attempts }, error) =>
      run(async (session) => void (await session.query(diedStatement, [id, attempts, error]))),
    status: makeOutboxStatus({ run }),
    list: ({ state, limit }) =>
      run(async ({ db }) => {
        const rows = await db
          .select({ row: outbox, userSerial: users.serial, email: users.email })
          .from(outbox)
          .innerJoin(users, eq(users.id, outbox.userId))
          .where(
            state &&
              (state === 'sent'
                ? eq(outbox.state, state)
                : and(eq(outbox.state, state), sql`${outbox.state} <> 'sent'`)),
          )
          .orderBy(desc(outbox.id))
          .limit(limit);
        return rows.map(({ row: { id, attempts, createdAt, dueAt, lastError, ...row }, userSerial, email }) => ({
          id,
          state: row.state,
          userSerial,
          email: email!,
          attempts,
          createdAt,
          dueAt,
          lastError,
          sealed: row.ciphertext !== null,
        }));
      }),
    retry: (id) =>
      run(async (session) => {
        // What an operator typed; the type uuid takes other spellings too and refuses everything else.
        if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return 'unknown';
        return (await session.query<{ outcome: RetryOutcome }>(retryStatement, [id]))[0]?.outcome ?? 'unknown';
      }),
    pullIn: ({ first, repeated }, keyIds, held) =>
      run(async (session) => void (await session.query(pullInStatement, [first, repeated, keyIds, held]))),
    eraseDead: (before, limit) =>
      run(async ({ db }) => {
        await db
          .update(outbox)
          .set({ endedAt: databaseNow })
          .where(and(dead, sql`${outbox.endedAt} > now()`));
        const ended = sql`${outbox.endedAt} < now() - ${now() - before.getTime()} * interval '1 millisecond'`;
        const due = db
          .select({ id: outbox.id })
          .from(outbox)
          .where(and(dead, ended, isNotNull(outbox.ciphertext)))
          .orderBy(outbox.endedAt)
          .limit(limit)
          .for('update', { skipLocked: true });
        // An array, so that it runs once: inside of an `in` a plan may run it for each row, and each time it locks
        // others.
        const { rowCount } = await db
          .update(outbox)
          .set(erased)
          .where(sql`${outbox.id} = any(array(${due}))`);
        return rowCount ?? 0;
      }),
  };
}
