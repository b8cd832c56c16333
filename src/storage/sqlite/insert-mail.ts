import type { NewEntry } from '../../users/ports.ts';
import type { Sqlite } from './open.ts';
import { prepareInsert, type Session } from './session.ts';
import { outbox } from './tables.ts';

/** Prepares the insert of a mail that is due at once, at `at`. */
export function prepareInsertMail({ prepare }: Pick<Sqlite, 'prepare'>) {
  const insert = prepareInsert(prepare, outbox);
  return (session: Session, { id, sealed, ...origin }: NonNullable<NewEntry['mail']>, userId: string, at: Date): void =>
    insert(session, {
      id,
      userId,
      state: 'queued',
      ...sealed,
      attempts: 0,
      dueAt: at,
      createdAt: at,
      lastError: null,
      turn: origin.turn ?? 0,
      requestId: origin.requestId ?? null,
      traceparent: origin.traceparent ?? null,
      endedAt: null,
    });
}
