import type { AttemptOutcome } from '../../outbox/ports.ts';

/** The database's clock, cut to the columns' milliseconds: rounding up would make "due now" the future. */
const clock = `date_trunc('milliseconds', now())`;
const after = (milliseconds: string) => `${clock} + ${milliseconds} * interval '1 millisecond'`;
/** The newest attempts of a mail that are kept. */
const keptAttempts = 20;

/**
 * Claims the mails that are next. It passes over mails that another claim has locked, so that no two processes wait for
 * each other or claim the same. Each key by itself, so that an index finds its mails in order, however many others
 * wait.
 */
const claimStatement = (name: string, attempts: string, order: string) => ({
  name: `outbox-claim-${name}`,
  text: `
    with due as materialized (
      select due.id from unnest($3::text[]) as key (id) cross join lateral (
        select id, turn, due_at from outbox
        where state = 'queued' and key_id = key.id and due_at <= ${clock} and ${attempts}
        order by ${order} limit $1 for update skip locked
      ) as due order by ${order.replaceAll(/\w+/g, 'due.$&')} limit $1
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
const claimFirst = claimStatement('first', 'attempts = 0', 'turn, due_at, id');
const claimRepeated = claimStatement(
  'repeated',
  `attempts > 0 and ((select split_part(email_key, '@', 2) from users where users.id = user_id) = any($4)) = $5`,
  'due_at, id',
);

const renewStatement = {
  name: 'outbox-renew',
  text: `
    update outbox set due_at = ${after('$3')} from unnest($1::uuid[], $2::int[]) as held (id, attempts)
    where outbox.id = held.id and outbox.attempts = held.attempts and state = 'queued'`,
};

/** Of the mails never tried only those next in line: the index has no order by time alone, and they may be many. */
const pullInStatement = {
  name: 'outbox-pull-in',
  text: `
    with next as (
      select next.id, next.due_at from unnest($3::text[]) as key (id) cross join lateral (
        select id, due_at from outbox where state = 'queued' and attempts = 0 and key_id = key.id
        order by turn, due_at, id limit 1000
      ) as next
    )
    update outbox set due_at = ${clock}, created_at = least(created_at, ${clock})
    where state = 'queued' and key_id = any($3) and id <> all($4::uuid[])
      and (attempts > 0 and due_at > ${after('$2')}
        or attempts = 0 and id in (select id from next where next.due_at > ${after('$1')}))`,
};

const joinStatement = {
  name: 'outbox-join',
  text: `
    insert into delivery_processes (kind, id, seen_at) values ('mail', $1, ${clock})
    on conflict (kind, id) do update set seen_at = excluded.seen_at`,
};
const aliveStatement = {
  name: 'outbox-alive',
  text: `
    with gone as (
      delete from delivery_processes
      where kind = 'mail' and abs(extract(epoch from ${clock} - seen_at) * 1000) > $1 returning id
    )
    select id from delivery_processes where kind = 'mail' and id not in (select id from gone) order by id`,
};
const leaveStatement = {
  name: 'outbox-leave',
  text: `delete from delivery_processes where kind = 'mail' and id = $1`,
};

/** Attempts fence: a holder whose lease went to a later one changes nothing any more. */
const isHeld = `id = $1 and attempts = $2 and state = 'queued'`;
/** Changes the row, and keeps the attempt with its answer, $3, while the lease holds; of older ones the newest. */
const endStatement = (outcome: AttemptOutcome, change: string) => ({
  name: `outbox-${outcome.replace(' ', '-')}`,
  text: `
    with ended as (update outbox set ${change} where ${isHeld} returning id)
    ${outcome === 'accepted' ? '' : trimmed}
    insert into outbox_attempts (outbox_id, at, attempt, outcome, answer)
    select id, ${clock}, $2, '${outcome}', $3 from ended on conflict do nothing returning outbox_id`,
});
const trimmed = `
  , trimmed as (
    delete from outbox_attempts where outbox_id = (select id from ended) and at <
      (select at from outbox_attempts where outbox_id = $1 order by at desc limit 1 offset ${keptAttempts - 2})
  )`;
const sentStatement = endStatement(
  'accepted',
  `state = 'sent', key_id = null, nonce = null, ciphertext = null, last_error = null, ended_at = ${clock}`,
);
const failedStatement = endStatement('failed', `due_at = ${after('$4')}, last_error = $3`);
const releasedStatement = endStatement('put off', `attempts = attempts - 1, due_at = ${after('$4')}, last_error = $3`);
const diedStatement = endStatement('dead', `state = 'dead', last_error = $3, ended_at = ${clock}`);
const givenBackStatement = {
  name: 'outbox-given-back',
  text: `update outbox set attempts = attempts - 1, due_at = ${clock}, last_error = $3 where ${isHeld} returning id`,
};

/** The statements of the delivery; those that end an attempt take the lease as $1 and $2, and the answer as $3. */
export const statements = {
  claimFirst,
  claimRepeated,
  renew: renewStatement,
  pullIn: pullInStatement,
  join: joinStatement,
  alive: aliveStatement,
  leave: leaveStatement,
  sent: sentStatement,
  failed: failedStatement,
  released: releasedStatement,
  givenBack: givenBackStatement,
  died: diedStatement,
};
