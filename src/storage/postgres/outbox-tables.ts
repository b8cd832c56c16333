import { sql } from 'drizzle-orm';
import { index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { bytes, time } from './column-types.ts';
import { users } from './user-tables.ts';

/** The password mails: queued, sent or dead. */
export const outbox = pgTable(
  'outbox',
  {
    /** UUIDv7; also the left part of the Message-ID. */
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    state: text('state', { enum: ['queued', 'sent', 'dead'] }).notNull(),
    /** The sealed password (mail/seal.ts): all three null once the mail is accepted or the password erased. */
    keyId: text('key_id'),
    nonce: bytes('nonce'),
    ciphertext: bytes('ciphertext'),
    /** Attempts that were started, a running one included; also the fencing number of a lease. */
    attempts: integer('attempts').notNull(),
    /**
     * Not claimed before this time of the database's clock: the next attempt, or the end of the running one's lease.
     */
    dueAt: time('due_at').notNull(),
    lastError: text('last_error'),
    /** Mails of a lower turn go first: the position of the mail in its batch, so that a single user's never waits. */
    turn: integer('turn').notNull().default(0),
    /** The request that queued it, for the log. */
    requestId: text('request_id'),
    /** W3C Trace Context of that request. */
    traceparent: text('traceparent'),
    createdAt: time('created_at').notNull(),
    /** When it was sent or went to the dead letter, by the database's clock. */
    endedAt: time('ended_at'),
  },
  (t) => [
    // One for first and one for repeated mails, so that a backlog of one costs the other nothing. The key comes first:
    // mails that no key of a process opens are not even read.
    index('outbox_due_first')
      .on(t.keyId, t.turn, t.dueAt, t.id)
      .where(sql`${t.state} = 'queued' and ${t.attempts} = 0`),
    index('outbox_due_repeated')
      .on(t.keyId, t.dueAt, t.id)
      .where(sql`${t.state} = 'queued' and ${t.attempts} > 0`),
    index('outbox_sealed_dead')
      .on(t.endedAt)
      .where(sql`${t.state} = 'dead' and ${t.ciphertext} is not null`),
    index('outbox_open')
      .on(t.state, t.id)
      .where(sql`${t.state} <> 'sent'`),
    index('outbox_user').on(t.userId),
  ],
);

/** The attempts to deliver mails, with what the mail server answered. */
export const outboxAttempts = pgTable(
  'outbox_attempts',
  {
    outboxId: uuid('outbox_id')
      .notNull()
      .references(() => outbox.id, { onDelete: 'cascade' }),
    /** When it ended. */
    at: time('at').notNull(),
    attempt: integer('attempt').notNull(),
    outcome: text('outcome', { enum: ['accepted', 'failed', 'put off', 'dead'] }).notNull(),
    /** Without secrets and addresses. */
    answer: text('answer'),
  },
  (t) => [primaryKey({ columns: [t.outboxId, t.at, t.attempt] })],
);

/** The state that the processes share for one kind of delivery. */
export const deliveries = pgTable('deliveries', {
  kind: text('kind').primaryKey(),
  /** When an operator stopped it; null while it runs. */
  heldAt: time('held_at'),
  /** The quota of the provider: nothing begins before, after so many pauses in a row, because of this answer. */
  pausedUntil: time('paused_until'),
  pauses: integer('pauses').notNull().default(0),
  pauseReason: text('pause_reason'),
  /** The limit of deliveries a second: when the next one may begin. */
  nextAt: time('next_at'),
  /** The limit of a day, which begins with its first delivery. */
  dayEndsAt: time('day_ends_at'),
  begunToday: integer('begun_today').notNull().default(0),
  lastAcceptedAt: time('last_accepted_at'),
});

/** The processes that deliver, so that they share the connections to the mail server. */
export const deliveryProcesses = pgTable(
  'delivery_processes',
  {
    kind: text('kind').notNull(),
    /** Chosen by the process at its start. */
    id: text('id').notNull(),
    seenAt: time('seen_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.kind, t.id] })],
);
