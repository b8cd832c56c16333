import { sql } from 'drizzle-orm';
import type { OutboxEntry } from '../../outbox/ports.ts';
import type { Session } from './session.ts';
import { outbox } from './tables.ts';

/** Queues mails, due at once by the database's clock, cut to the column's milliseconds. */
export async function insertMails(
  { db }: Session,
  mails: readonly { userId: string; mail: OutboxEntry; at: Date }[],
): Promise<void> {
  await db.insert(outbox).values(
    mails.map(({ userId, mail: { sealed, ...entry }, at }) => ({
      ...entry,
      ...sealed,
      userId,
      state: 'queued' as const,
      attempts: 0,
      dueAt: sql`date_trunc('milliseconds', now())`,
      createdAt: at,
    })),
  );
}
