import { setTimeout as sleep } from 'node:timers/promises';
import { type AttemptNeeds, describe, gaveWay, makeAttempt, stopped } from './attempt.ts';
import { domainOf, makePace } from './slow-domains.ts';
import type { DueMail } from './ports.ts';

const pollEvery = 1_000;
const lease = 30_000;
const renewEvery = 10_000;
const maxInFlight = 16;
/** New mails, and mails that failed before, never take more, so that neither can take all slots from the other. */
const maxFirst = 12;
const maxRepeated = 8;
/** Of those that failed before, the ones to domains where attempts hang: ten seconds at a time they would take every slot. */
const maxHung = 2;

/** While creations wait for the processor a mail, which costs a sixth of a hash, is begun each 20 ms: 50 a second go on. */
const paceWhileBusy = 20;

interface Flight {
  mail: DueMail;
  first: boolean;
  startedAt: number;
  /** The mail server has the whole mail: given up now, it may arrive twice. */
  whole: boolean;
  abort: AbortController;
  done: Promise<void>;
}

export interface DeliveryNeeds extends AttemptNeeds {
  /** Whether creations wait for the processor: the delivery then yields to them. */
  isBusy?: () => boolean;
}

export interface Delivery {
  /** Looks for due mails now; call it after the commit that wrote one. Many calls at once make one look. */
  wake(): void;
  /** Resolves once nothing is due and nothing in flight. */
  idle(): Promise<void>;
  /** Claims nothing more, waits `graceMs` for the mails in flight, then gives them back for the next start. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Delivers the outbox: at most 16 mails in flight, first and repeated attempts in lanes of their own, and few at
 * once to a domain where they hang, so that a recipient that hangs or refuses holds nobody up. When no slot is free and a new mail waits, the first attempt most
 * overdue gives way and goes on in the other lane, where nothing pushes it out.
 */
export function makeDelivery(needs: DeliveryNeeds): Delivery {
  const { outbox, log, isBusy = () => false } = needs;
  const attempt = makeAttempt(needs);
  const pace = makePace();
  const flights = new Set<Flight>();
  /** Claimed, not begun: gets the next free slot. */
  let waiting: DueMail | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;
  let stopping = false;
  let nextLook: NodeJS.Timeout | undefined;
  /** Of `performance.now()`'s clock. */
  let begunAt = -Infinity;

  const poll = setInterval(wake, pollEvery).unref();
  const renewal = setInterval(renew, renewEvery).unref();

  function wake(): void {
    if (stopping) return;
    lookAgain = true;
    looking ??= look();
  }

  async function look(): Promise<void> {
    try {
      while (lookAgain && !stopping) {
        lookAgain = false;
        await fill();
      }
    } catch (error) {
      log.error({ error: describe(error) }, 'the outbox could not be read, the next poll tries again');
    } finally {
      looking = undefined;
    }
  }

  function lookIn(milliseconds: number): void {
    clearTimeout(nextLook);
    nextLook = setTimeout(wake, milliseconds).unref();
  }

  async function fill(): Promise<void> {
    const busy = isBusy();
    const early = begunAt + paceWhileBusy - performance.now();
    if (busy && early > 0) return lookIn(early);
    const most = busy ? 1 : maxInFlight;
    const domains = pace.hungDomains();
    for (const inside of [false, true]) {
      const repeated = [...flights].filter(({ first }) => !first);
      const hung = repeated.filter(({ mail }) => domains.includes(domainOf(mail.email)));
      const room = Math.min(
        maxRepeated - repeated.length,
        maxInFlight - flights.size,
        inside ? maxHung - hung.length : maxRepeated,
        most,
      );
      if (room <= 0 || (inside && domains.length === 0)) continue;
      for (const mail of await outbox.claim(room, lease, false, { domains, inside })) begin(mail, false);
    }

    if (waiting && roomForFirst() > 0) {
      begin(waiting, true);
      waiting = undefined;
    }
    if (!waiting) {
      // One more than there is room for: only so is it known whether somebody waits.
      for (const mail of await outbox.claim(Math.min(roomForFirst() + 1, most), lease, true)) {
        if (roomForFirst() > 0) begin(mail, true);
        else waiting = mail;
      }
    }
    if (waiting) makeRoom();
    // Nothing else may wake it for a second: the mails begun may hang.
    if (busy && performance.now() - begunAt < paceWhileBusy) lookIn(paceWhileBusy);
  }

  function roomForFirst(): number {
    return Math.min(maxFirst - [...flights].filter(({ first }) => first).length, maxInFlight - flights.size);
  }

  function makeRoom(): void {
    if (roomForFirst() > 0 || [...flights].some(({ abort }) => abort.signal.aborted)) return;
    const overdueAt = ({ mail, startedAt, whole }: Flight) => pace.overdueAt(mail.email, startedAt, whole);
    const [victim] = [...flights].filter(({ first }) => first).sort((a, b) => overdueAt(a) - overdueAt(b));
    if (!victim) return;
    const remaining = overdueAt(victim) - performance.now();
    if (remaining <= 0) victim.abort.abort(gaveWay);
    else if (remaining < Infinity) lookIn(remaining);
  }

  function begin(mail: DueMail, first: boolean): void {
    const abort = new AbortController();
    const startedAt = performance.now();
    begunAt = startedAt;
    const flight: Flight = { mail, first, startedAt, whole: false, abort, done: Promise.resolve() };
    flights.add(flight);
    flight.done = attempt(mail, abort.signal, () => (flight.whole = true)).then((accepted) => {
      pace.ended(
        mail.email,
        startedAt,
        accepted ? 'accepted' : abort.signal.aborted ? 'gave way' : 'refused',
        flight.whole,
      );
      flights.delete(flight);
      wake();
    });
  }

  function renew(): void {
    const held = [...flights].map(({ mail }) => mail);
    if (waiting) held.push(waiting);
    if (held.length === 0) return;
    outbox.renew(held, lease).catch((error: unknown) => {
      log.error({ error: describe(error) }, 'the leases of the mails in flight could not be renewed');
    });
  }

  const landed = () => Promise.all([...flights].map(({ done }) => done));

  return {
    wake,
    async idle() {
      do {
        wake();
        await looking;
        await landed();
      } while (!stopping && (looking || flights.size > 0 || waiting));
    },
    async stop(graceMs = 5_000) {
      stopping = true;
      clearInterval(poll);
      clearTimeout(nextLook);
      await looking;
      const giveBack = waiting && outbox.markFailed(waiting, stopped.message, new Date(needs.now()));
      await giveBack?.catch((error: unknown) =>
        log.error({ error: describe(error) }, 'a waiting mail is left to its lease'),
      );
      await atMost(graceMs, landed());
      for (const { abort } of flights) abort.abort(stopped);
      // A transport deaf to its signal must not keep the process from ending; the end of the lease gives its mail back.
      await atMost(2_000, landed());
      clearInterval(renewal);
    },
  };
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
}
