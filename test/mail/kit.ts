import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished as afterThisTest } from 'vitest';
import { makeMailDelivery } from '../../src/mail/mail-delivery.ts';
import type { Message, Transport } from '../../src/mail/ports.ts';
import { makeSealer } from '../../src/mail/seal.ts';
import type { MailServer } from '../../src/mail/smtp-server.ts';
import { makeSqliteOutbox } from '../../src/storage/sqlite/outbox.ts';
import { companies, outbox as outboxTable, users } from '../../src/storage/sqlite/tables.ts';
import { uuidv7 } from '../../src/uuid.ts';
import { openTestSqlite } from '../support/sqlite.ts';

export const sender = { name: 'Ruangkerja', address: 'no-reply@ruangkerja.test' };
export const knownPassword = 'Kunci-rahasia 9!';

export const mailServer = (url: string, over: Partial<MailServer> = {}): MailServer => ({
  url,
  name: 'gateway.example.com',
  requireTls: false,
  ...over,
});

type OnTestFinished = (cleanUp: () => void | Promise<void>) => void;

/**
 * Opens an outbox on a SQLite file of its own, with a clock that the test moves. A concurrent test gives its own
 * `onTestFinished`.
 */
export async function openOutbox(onTestFinished: OnTestFinished = afterThisTest) {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-mail-'));
  const sqlite = await openTestSqlite(`file:${join(folder, 'gateway.db')}`);
  onTestFinished(async () => {
    sqlite.close();
    await rm(folder, { recursive: true });
  });
  const clock = { skip: 0, now: () => Date.now() + clock.skip };
  const sealer = makeSealer({ current: Buffer.alloc(32, 7) });
  const companyId = uuidv7(clock.now());
  sqlite.db
    .insert(companies)
    .values({ id: companyId, code: 'RUKR', name: 'PT Ruang & Kerja', createdAt: new Date() })
    .run();
  let count = 0;

  return {
    onTestFinished,
    sqlite,
    clock,
    sealer,
    keyIds: sealer.keyIds,
    outbox: makeSqliteOutbox(sqlite, clock.now),
    /** A user whose mail is due, and the id of that mail. */
    add(email: string, name = 'Siti Rahayu', password = knownPassword): string {
      const [id, userId] = [uuidv7(clock.now()), uuidv7(clock.now())];
      const serial = `USR${++count}`;
      const createdAt = new Date(clock.now());
      sqlite.db
        .insert(users)
        .values({
          id: userId,
          companyId,
          serial,
          employeeID: serial,
          employeeIDKey: serial,
          name,
          email,
          emailKey: email,
          passwordHash: '-',
          isActive: true,
          createdAt,
        })
        .run();
      sqlite.db
        .insert(outboxTable)
        .values({
          id,
          userId,
          state: 'queued',
          ...sealer.seal(id, serial, password),
          attempts: 0,
          dueAt: createdAt,
          createdAt,
        })
        .run();
      return id;
    },
    row: (id: string) =>
      sqlite.db
        .select()
        .from(outboxTable)
        .all()
        .find((row) => row.id === id)!,
  };
}

export type OpenOutbox = Awaited<ReturnType<typeof openOutbox>>;

/** A delivery with a recording log; stopped, and its mails given back, when the test ends. */
export function deliver(
  { outbox, sealer, clock, onTestFinished }: OpenOutbox,
  transport: Transport,
  needs: { outbox?: typeof outbox; isBusy?: () => boolean } = {},
) {
  const logged: string[] = [];
  const write = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));
  const log = { info: write, warn: write, error: write };
  const delivery = makeMailDelivery({
    outbox,
    sealer,
    transport,
    from: sender,
    locale: 'id',
    signInUrl: null,
    replyTo: null,
    now: clock.now,
    log,
    ...needs,
  });
  onTestFinished(() => delivery.stop(0));
  return { ...delivery, logged };
}

/**
 * Waits for a condition. It counts milliseconds in which the event loop ran, which the delivery runs on too: on a busy
 * machine the wait takes longer.
 */
export async function withinLoopMs(timeoutMs: number, assertion: () => void): Promise<void> {
  const stepMs = 20;
  for (let passedMs = 0; ; passedMs += stepMs) {
    try {
      return assertion();
    } catch (error) {
      if (passedMs >= timeoutMs) throw error;
      await sleep(stepMs);
    }
  }
}

/** Never answers; rejects when `signal` is aborted. */
export const hang = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

export const message = (over: Partial<Message> = {}): Message => ({
  messageId: '0198@ruangkerja.test',
  from: sender,
  to: { name: 'Siti Rahayu', address: 'siti@example.com' },
  replyTo: null,
  subject: 'Kata sandi',
  text: 'Halo',
  html: '<p>Halo</p>',
  ...over,
});

export interface Received {
  to: string[];
  source: string;
}

/** A mail server that keeps what it accepted. It has no certificate of a known authority, so it is plain by default. */
export async function startSmtp(options: SMTPServerOptions = {}, onTestFinished: OnTestFinished = afterThisTest) {
  const received: Received[] = [];
  const sockets = { closed: 0 };
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 50,
    onClose: () => void sockets.closed++,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const source = Buffer.concat(chunks).toString();
        received.push({ to: session.envelope.rcptTo.map(({ address }) => address), source });
        done();
      });
    },
    ...options,
  });
  // A refused handshake is an error event of the server, and expected here.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)));
  const { port } = server.server.address() as { port: number };
  return { received, sockets, server, url: `${options.secure ? 'smtps' : 'smtp'}://127.0.0.1:${port}` };
}
