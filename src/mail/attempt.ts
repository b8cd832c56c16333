import { setTimeout as sleep } from 'node:timers/promises';
import type { Outage } from './outage.ts';
import { passwordMail } from './password-mail.ts';
import {
  DeliveryFailure,
  type DueMail,
  type Locale,
  type Log,
  type Outbox,
  type Phase,
  type Transport,
} from './ports.ts';
import type { Sealer } from './seal.ts';
import { limitRepeats } from '../repeats.ts';

/** How long an outcome is tried to be recorded: less than the lease, and when the gateway stops less than that may take. */
const recordFor = 25_000;
const recordForStopping = 1_400;
const day = 24 * 60 * 60 * 1_000;

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

/** How an attempt ended; `server away` says nothing about the mail, and is not counted as its attempt. */
export type Ending = 'accepted' | 'refused' | 'gave way' | 'server away';

/** Why the delivery ends an attempt before its time; neither is the mail's fault, so neither leads to the dead letter. */
export const gaveWay = new Error('gave way to waiting mails');
export const stopped = new Error('the gateway stopped');

/**
 * Tries one claimed mail and records the outcome: sent; due again after a backoff; given back uncounted where the mail server
 * as a whole cannot be used; or in the dead letter, when its recipient is refused for good, it is older than a day, or its
 * password was changed. Never throws. Calls `onPhase` as the transport does.
 */
export function makeAttempt({ outbox, transport, sealer, domain, locale, now, log }: AttemptNeeds, outage: Outage) {
  const reportDatabase = limitRepeats(log.error.bind(log));
  return async function attempt(mail: DueMail, signal: AbortSignal, onPhase: (phase: Phase) => void): Promise<Ending> {
    const about = { outboxId: mail.id, attempt: mail.attempts };
    const startedAt = performance.now();
    const password = sealer.open(mail.id, mail.userSerial, mail.sealed);
    if (password === null) {
      const error = 'the sealed password was changed: the SECRET_KEY that sealed it does not open it';
      await record(about, signal, () => outbox.markDead(mail, error));
      log.error({ ...about, error }, 'a mail went to the dead letter');
      return 'refused';
    }
    try {
      const content = passwordMail({ ...mail, password, locale: mail.locale ?? locale });
      const to = { name: mail.name, address: mail.email };
      await transport({ messageId: `${mail.id}@${domain}`, to, ...content }, signal, onPhase);
    } catch (caught) {
      const of = caught instanceof DeliveryFailure ? caught.of : 'mail';
      const error = describe(signal.aborted && of !== 'server' ? signal.reason : caught, password, mail.email);
      const ending = of === 'server' ? 'server away' : signal.aborted ? 'gave way' : 'refused';
      if (ending === 'refused') outage.ended();
      await record(about, signal, failed(mail, about, { of, error, startedAt, signal }));
      return ending;
    }
    outage.ended();
    await record(about, signal, () => outbox.markSent(mail));
    log.info(about, 'a mail was accepted');
    return 'accepted';
  };

  /** Decides what becomes of a mail after a failed attempt, and logs it; answers what is to be recorded. */
  function failed(
    mail: DueMail,
    about: object,
    { of, error, startedAt, signal }: { of: string; error: string; startedAt: number; signal: AbortSignal },
  ): () => Promise<void> {
    const isStopping = signal.reason === stopped;
    if (of === 'server') {
      const retryAt = new Date(now() + (isStopping ? 0 : outage.found(startedAt, error)));
      return () => outbox.release(mail, error, retryAt);
    }
    if (of === 'recipient') {
      log.warn({ ...about, error }, 'a mail went to the dead letter: its recipient was refused');
      return () => outbox.markDead(mail, error);
    }
    if (!signal.aborted && now() - mail.createdAt.getTime() > day) {
      log.error({ ...about, error }, 'a mail went to the dead letter after a day');
      return () => outbox.markDead(mail, error);
    }
    const retryAt = new Date(now() + (isStopping ? 0 : backoff(mail.attempts)));
    log.warn({ ...about, error, retryAt }, 'a mail was not accepted');
    return () => outbox.markFailed(mail, error, retryAt);
  }

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
  return Math.min(2_000 * 2 ** (attempts - 1), 30 * 60_000) * (0.5 + Math.random());
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
