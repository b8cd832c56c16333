import { and, desc, eq, isNotNull, sql } from 'drizzle-orm';
import type { DueMail, MailOutbox } from '../../mail/ports.ts';
import type { RetryOutcome } from '../../outbox/ports.ts';
import type { Postgres } from './open.ts';
import { outbox, users } from './tables.ts';

const { placeholder } = sql;
const erased = { keyId: null, nonce: null, ciphertext: null };
/** The database's clock, the one that all processes share, cut to the columns' milliseconds: rounding up would make "due now" the future. */
const clock = `date_trunc('milliseconds', now())`;
const databaseNow = sql.raw(clock);
/** Written out, not bound: only so can a plan that serves every value use the partial index. */
const queued = sql`${outbox.state} = 'queued'`;
const dead = sql`${outbox.state} = 'dead'`;
const after = (milliseconds: string) => `${clock} + ${milliseconds} * interval '1 millisecond'`;

/**
 * Mails locked by a claim under way are passed over, so that no two processes wait for each other or take the same. Each key
 * by itself, so that an index finds its mails in order, however many others wait.
 */
const claimStatement = (name: string, attempts: string) => ({
  name: `outbox-claim-${name}`,
  text: `
    with due as materialized (
      select due.id from unnest($3::text[]) as key (id) cross join lateral (
        select id, due_at from outbox where state = 'queued' and key_id = key.id and due_at <= ${clock} and ${attempts}
        order by due_at, id limit $1 for update skip locked
      ) as due order by due.due_at, due.id limit $1
    ), claimed as (
      update outbox set attempts = attempts + 1, due_at = ${after('$2')} where outbox.id = any(array(select id from due)) returning outbox.*
    )
    select
      claimed.id, users.serial as "userSerial", users.name, users.email, companies.name as "companyName", companies.mail_locale as locale,
      attempts, claimed.created_at as "createdAt", key_id as "keyId", nonce, ciphertext
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

const countWaitingForKeyStatement = {
  name: 'outbox-count-waiting-for-key',
  text: `select count(*)::int as count from outbox where state = 'queued' and (key_id is null or key_id <> all($1))`,
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
    select case when state <> 'dead' then 'not-dead' when ciphertext is null then 'erased' else 'queued' end as outcome from mail`,
};

/**
 * The outbox in Postgres; see the port for what each verb promises. Leases, due times and ends are of the database's
 * clock; a date of the caller is taken as its distance from `now`, the caller's clock, so that a wrong one does no harm.
 */
export function makePostgresOutbox({ db, query, run }: Postgres, now: () => number): MailOutbox {
  // Attempts fence: who lost the lease to a later holder changes nothing any more.
  const held = and(eq(outbox.id, placeholder('id')), eq(outbox.attempts, placeholder('attempts')), queued);
  const sent = db
    .update(outbox)
    .set({ state: 'sent', ...erased, lastError: null, endedAt: databaseNow })
    .where(held)
    .prepare('outbox-sent');
  const failed = db
    .update(outbox)
    .set({
      dueAt: sql`${databaseNow} + ${placeholder('delay')} * interval '1 millisecond'`,
      lastError: sql`${placeholder('error')}`,
    })
    .where(held)
    .prepare('outbox-failed');
  const released = db
    .update(outbox)
    .set({
      attempts: sql`${outbox.attempts} - 1`,
      dueAt: sql`${databaseNow} + ${placeholder('delay')} * interval '1 millisecond'`,
      lastError: sql`${placeholder('error')}`,
    })
    .where(held)
    .prepare('outbox-released');
  const died = db
    .update(outbox)
    .set({ state: 'dead', lastError: sql`${placeholder('error')}`, endedAt: databaseNow })
    .where(held)
    .prepare('outbox-died');

  const delayTo = (date: Date) => Math.max(0, date.getTime() - now());

  return {
    claim: (limit, leaseMs, first, keyIds, { domains, inside } = everywhere) =>
      run(async () => {
        type Row = Omit<DueMail, 'sealed'> & DueMail['sealed'];
        const rows = await query<Row>(
          first ? claimFirst : claimRepeated,
          first ? [limit, leaseMs, keyIds] : [limit, leaseMs, keyIds, domains, inside],
        );
        return rows.map(({ keyId, nonce, ciphertext, ...mail }) => ({ ...mail, sealed: { keyId, nonce, ciphertext } }));
      }),
    renew: (mails, leaseMs) =>
      run(
        async () =>
          void (await query(renewStatement, [
            mails.map(({ id }) => id),
            mails.map(({ attempts }) => attempts),
            leaseMs,
          ])),
      ),
    markSent: ({ id, attempts }) => run(async () => void (await sent.execute({ id, attempts }))),
    markFailed: ({ id, attempts }, error, retryAt) =>
      run(async () => void (await failed.execute({ id, attempts, error, delay: delayTo(retryAt) }))),
    release: ({ id, attempts }, error, retryAt) =>
      run(async () => void (await released.execute({ id, attempts, error, delay: delayTo(retryAt) }))),
    markDead: ({ id, attempts }, error) => run(async () => void (await died.execute({ id, attempts, error }))),
    countWaitingForKey: (keyIds) =>
      run(async () => (await query<{ count: number }>(countWaitingForKeyStatement, [keyIds]))[0]!.count),
    list: ({ state, limit }) =>
      run(async () => {
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
      run(async () => {
        // What an operator typed; the type uuid takes other spellings too and refuses everything else.
        if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return 'unknown';
        return (await query<{ outcome: RetryOutcome }>(retryStatement, [id]))[0]?.outcome ?? 'unknown';
      }),
    pullIn: ({ first, repeated }, keyIds, held) =>
      run(async () => void (await query(pullInStatement, [first, repeated, keyIds, held]))),
    eraseDead: (before, limit) =>
      run(async () => {
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
        // An array, so that it runs once: inside of an `in` a plan may run it for each row, and each time it locks others.
        return (
          (
            await db
              .update(outbox)
              .set(erased)
              .where(sql`${outbox.id} = any(array(${due}))`)
          ).rowCount ?? 0
        );
      }),
  };
}
