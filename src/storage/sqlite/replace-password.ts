import type { UserStore } from '../../users/ports.ts';
import { prepareInsertMail } from './insert-mail.ts';
import type { Sqlite } from './open.ts';
import { users } from './tables.ts';
import { columnsOf } from './columns.ts';

const reachableColumns = columnsOf({ id: users.id, resentAt: users.passwordResentAt });

/** Makes the verb that replaces a password, deletes the mails with the old one and queues the mail with the new one. */
export function makeReplacePassword({
  write,
  prepare,
}: Pick<Sqlite, 'write' | 'prepare'>): UserStore['replacePassword'] {
  const reachable = prepare(
    `select ${reachableColumns.list} from users where company_id = ? and serial = ? and email is not null`,
    (values) => reachableColumns.read(values),
  );
  const replace = prepare('update users set password_hash = ?, password_resent_at = ? where id = ?');
  const deleteMails = prepare(`delete from outbox where user_id = ? and state in ('queued', 'dead')`);
  const insertMail = prepareInsertMail({ prepare });

  return (companyId, serial, { passwordHash, mail, at, notWithinMs }) =>
    write((session) => {
      const user = session.get(reachable, companyId, serial);
      if (!user) return { kind: 'unknown' };
      const passedMs = user.resentAt ? at.getTime() - user.resentAt.getTime() : Infinity;
      // Negative after the clock was put back, which must not lock the user out for longer.
      if (passedMs >= 0 && passedMs < notWithinMs) return { kind: 'too-soon', retryAfterMs: notWithinMs - passedMs };
      session.change(replace, passwordHash, at.getTime(), user.id);
      session.change(deleteMails, user.id);
      insertMail(session, mail, user.id, at);
      return { kind: 'replaced' };
    });
}
