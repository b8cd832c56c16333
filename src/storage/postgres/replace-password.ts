import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { UserStore } from '../../users/ports.ts';
import { insertMails } from './insert-mails.ts';
import type { Postgres } from './open.ts';
import { outbox, users } from './tables.ts';

/** Makes the verb that replaces a password, deletes the mails with the old one and queues the mail with the new one. */
export function makeReplacePassword({ transaction }: Pick<Postgres, 'transaction'>): UserStore['replacePassword'] {
  return (companyId, serial, { passwordHash, mail, at, notWithinMs }) =>
    transaction(async (session) => {
      const { db } = session;
      const now = sql`date_trunc('milliseconds', now())`;
      const [user] = await db
        .select({
          id: users.id,
          // By the wall clock: a transaction's own now() may lie before the commit that it waited for.
          passedMs: sql<
            number | null
          >`(extract(epoch from clock_timestamp() - ${users.passwordResentAt}) * 1000)::float8`,
        })
        .from(users)
        .where(and(eq(users.companyId, companyId), eq(users.serial, serial), isNotNull(users.email)))
        // The lock on the user's row lets the next call see what a faster one wrote.
        .for('update');
      if (!user) return { kind: 'unknown' };
      const passedMs = user.passedMs ?? Infinity;
      if (passedMs >= 0 && passedMs < notWithinMs) return { kind: 'too-soon', retryAfterMs: notWithinMs - passedMs };
      await db.update(users).set({ passwordHash, passwordResentAt: now }).where(eq(users.id, user.id));
      await db.delete(outbox).where(and(eq(outbox.userId, user.id), inArray(outbox.state, ['queued', 'dead'])));
      await insertMails(session, [{ userId: user.id, mail, at }]);
      return { kind: 'replaced' };
    });
}
