import { columnsOf } from './columns.ts';
import type { Sqlite } from './open.ts';
import { onlyValue } from './session.ts';
import { companies, outbox, users } from './tables.ts';

/** The newest attempts of a mail that are kept. */
const keptAttempts = 20;

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

const lanes = {
  first: { attempts: 'attempts = 0', order: 'turn, due_at, id' },
  repeated: { attempts: 'attempts > 0', order: 'due_at, id' },
};
type Lane = (typeof lanes)[keyof typeof lanes];

/** The due mails of one key: each key by itself, so that an index finds them in order, however many others wait. */
const dueOf = (key: string, { attempts, order }: Lane) => `
  select * from (
    select id, turn, due_at from outbox where state = 'queued' and ${attempts} and key_id = ${key} and due_at <= $now
    order by ${order} limit $limit
  )`;
/** Claims the mails that are next: counts the attempt, and moves the due time to the end of the lease. */
const claimStatement = (lane: Lane) => `
  update outbox set attempts = attempts + 1, due_at = $leaseEnd
  where id in (
    select id from (${dueOf('$key', lane)} union all ${dueOf('$previousKey', lane)})
    order by ${lane.order} limit $limit
  ) returning ${mailColumns.list}`;
const domainOfUser = `(select substr(email_key, instr(email_key, '@') + 1) from users where users.id = user_id)`;
const repeatedAmong = {
  ...lanes.repeated,
  attempts: `attempts > 0 and (${domainOfUser} in (select value from json_each($domains))) = $inside`,
};

/** Of the mails never tried only those next in line: the index has no order by time alone, and they may be many. */
const farAheadOf = (key: string) => `
  select id from (
    select id, due_at from outbox where state = 'queued' and attempts = 0 and key_id = ${key}
    order by turn, due_at, id limit 1000
  ) where due_at > $first
  union all
  select id from outbox where state = 'queued' and attempts > 0 and key_id = ${key} and due_at > $repeated`;
const farAhead = `${farAheadOf('$key')} union all ${farAheadOf('$previousKey')}`;

/** Attempts fence: a holder whose lease went to a later one changes nothing any more. */
const isHeld = `id = $id and attempts = $attempts and state = 'queued'`;

/** Prepares the statements of the delivery. */
export function prepareStatements(prepare: Sqlite['prepare']) {
  const claim = (lane: Lane) => prepare(claimStatement(lane), (values) => mailColumns.read(values));
  return {
    claimFirst: claim(lanes.first),
    claimRepeated: claim(repeatedAmong),
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
    ended: prepare(
      `insert or ignore into outbox_attempts (outbox_id, at, attempt, outcome, answer) values (?,?,?,?,?)`,
    ),
    trimmed: prepare(`
      delete from outbox_attempts
      where outbox_id = $id and at <
        (select at from outbox_attempts where outbox_id = $id order by at desc limit 1 offset ${keptAttempts - 1})`),
    isFarAhead: prepare(`select exists (${farAhead})`, onlyValue<0 | 1>),
    pullIn: prepare(`
      update outbox set due_at = $now, created_at = min(created_at, $now)
      where id in (${farAhead}) and id not in (select value from json_each($held))`),
    seen: prepare(`
      insert into delivery_processes (kind, id, seen_at) values ('mail', $id, $now)
      on conflict (kind, id) do update set seen_at = excluded.seen_at`),
    gone: prepare(
      `delete from delivery_processes where kind = 'mail' and (id = $id or seen_at not between $from and $to)`,
    ),
    processes: prepare(`select id from delivery_processes where kind = 'mail' order by id`, onlyValue<string>),
  };
}
