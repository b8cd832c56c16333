import { setTimeout as sleep } from 'node:timers/promises';
import { passwordMail } from './password-mail.ts';
import type { DueMail, Locale, Outbox, Transport } from './ports.ts';
import type { Sealer } from './seal.ts';
import { limitRepeats } from '../repeats.ts';

/** How long an outcome is tried to be recorded: less than the lease, and when the gateway stops less than that may take. */
const recordFor = 25_000;
const recordForStopping = 1_400;
const day = 24 * 60 * 60 * 1_000;
const maxBackoff = 30 * 60_000;
/** Milliseconds that the next attempt may lie ahead at most. */
export const longestBackoff = 1.5 * maxBackoff;

/** The part of pino's logger that the delivery writes to. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface AttemptNeeds {
  outbox: Outbox;
  transport: Transport;
  sealer: Sealer;
  /** Of MAIL_FROM: the right part of each Message-ID. */
  domain: string;
  /** For companies that set none. */
  locale: Locale;
  /** Milliseconds since 1970. */
  now: () => number;
  log: Log;
}

/** Why the delivery ends an attempt before its time; neither is the mail's fault, so neither leads to the dead letter. */
export const gaveWay = new Error('gave way to waiting mails');
export const stopped = new Error('the gateway stopped');

/**
 * Tries one claimed mail and records the outcome: sent; due again after a backoff; or in the dead letter, when it is
 * older than a day or its password cannot be opened. Never throws; answers whether the mail server accepted it. Calls
 * `handedOver` as the transport does.
 */
export function makeAttempt({ outbox, transport, sealer, domain, locale, now, log }: AttemptNeeds) {
  const reportDatabase = limitRepeats(log.error.bind(log));
  return async function attempt(mail: DueMail, signal: AbortSignal, handedOver: () => void): Promise<boolean> {
    const about = { outboxId: mail.id, attempt: mail.attempts };
    const password = sealer.open(mail.id, mail.userSerial, mail.sealed);
    if (password === null) {
      const error = 'neither SECRET_KEY nor SECRET_KEY_PREVIOUS opens the sealed password';
      await record(about, signal, () => outbox.markDead(mail, error));
      log.error({ ...about, error }, 'a mail went to the dead letter');
      return false;
    }
    try {
      const content = passwordMail({ ...mail, password, locale: mail.locale ?? locale });
      const to = { name: mail.name, address: mail.email };
      await transport({ messageId: `${mail.id}@${domain}`, to, ...content }, signal, handedOver);
    } catch (caught) {
      const error = describe(signal.aborted ? signal.reason : caught, password, mail.email);
      if (!signal.aborted && now() - mail.createdAt.getTime() > day) {
        await record(about, signal, () => outbox.markDead(mail, error));
        log.error({ ...about, error }, 'a mail went to the dead letter after a day');
        return false;
      }
      const retryAt = new Date(now() + (signal.reason === stopped ? 0 : backoff(mail.attempts)));
      await record(about, signal, () => outbox.markFailed(mail, error, retryAt));
      log.warn({ ...about, error, retryAt }, 'a mail was not accepted');
      return false;
    }
    await record(about, signal, () => outbox.markSent(mail));
    log.info(about, 'a mail was accepted');
    return true;
  };

  /** A database that restarts is back in seconds. What cannot be recorded is left to the end of the lease: the mail is then tried, perhaps sent, again. */
  async function record(about: object, signal: AbortSignal, write: () => Promise<void>): Promise<void> {
    const begun = performance.now();
    for (let pause = 200; ; pause = Math.min(2 * pause, 1_000)) {
      try {
        return await write();
      } catch (error) {
        reportDatabase({ ...about, error: describe(error) }, 'the outcome of a mail could not be recorded');
        if (performance.now() - begun > (signal.reason === stopped ? recordForStopping : recordFor)) return;
        await sleep(pause);
      }
    }
  }
}

/** Milliseconds until the next attempt: 2 s, doubled by each attempt up to 30 min, each half to one and a half of that. */
function backoff(attempts: number): number {
  return Math.min(2_000 * 2 ** (attempts - 1), maxBackoff) * (0.5 + Math.random());
}

/** One line of at most 200 characters, with the cause, without password and address: mail servers quote what they refuse. */
export function describe(error: unknown, password = '', email = ''): string {
  let text =
    error instanceof Error
      ? [error, error.cause].map((one) => (one instanceof Error ? one.message : '')).join(' ')
      : String(error);
  if (password) text = text.replaceAll(password, '[password]');
  if (email) text = text.replaceAll(email, '[recipient]');
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}
