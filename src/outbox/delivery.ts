import { setTimeout as sleep } from 'node:timers/promises';
import { limitRepeats } from '../repeats.ts';
import { makeAttempt, stopped } from './attempt.ts';
import { longestBackoffMs } from './backoff.ts';
import { describeError } from './describe-error.ts';
import { makeDispatch } from './dispatch.ts';
import { makeFlights } from './flights.ts';
import type { DeliveryKind } from './kind.ts';
import { makeLook } from './look.ts';
import { lanesOf } from './lanes.ts';
import { noLimits } from './limits.ts';
import { makeShare } from './share.ts';
import type { DeliveryLimits, DueDelivery, Lease, Log, Outbox } from './ports.ts';
import type { Report } from './record.ts';

const pollMs = 1_000;
const leaseMs = 30_000;
const renewMs = 10_000;
/** How far ahead a row may be due. A pause of the policy puts off rows never tried, and lasts a minute at most. */
const furthestAheadMs = { first: 60_000, repeated: longestBackoffMs };
/** How long a stop waits for transports that were aborted; after it the end of the lease gives their rows back. */
const abortMs = 2_000;

/** What `makeDelivery` needs. */
export interface DeliveryNeeds<Due extends DueDelivery> {
  outbox: Outbox<Due>;
  kind: DeliveryKind<Due>;
  /** How many attempts may run at once, in all processes together; default 16. */
  connections?: number | undefined;
  /** The limits of the provider; default none. */
  limits?: DeliveryLimits | undefined;
  /** Whether creations wait for the processor: the delivery then yields to them. */
  isBusy: () => boolean;
  /** Milliseconds since 1970. */
  now: () => number;
  log: Log;
}

/** A delivery that runs. */
export interface Delivery {
  /** Looks for due rows now; call it after the commit that wrote one. Many calls at once cause one look. */
  wake(): void;
  /** Resolves once nothing is due and nothing in flight. */
  idle(): Promise<void>;
  /** Claims nothing more, waits `graceMs` for the attempts in flight, then gives their rows back for the next start. */
  stop(graceMs?: number): Promise<void>;
}

/**
 * Starts the delivery of one kind of rows of the outbox. It claims due rows under leases, attempts them in two lanes
 * and records each outcome. A recipient that hangs or refuses does not delay the others (`docs/decisions/0046`).
 */
export function makeDelivery<Due extends DueDelivery>(needs: DeliveryNeeds<Due>): Delivery {
  const { outbox, kind, connections = 16, limits = noLimits, isBusy, now, log } = needs;
  const { noun, keyIds, policy } = kind;
  const report = limitRepeats(log.error.bind(log));
  /** Whether the next look corrects due times that a wrong clock has left. */
  let pullIn = true;
  /** Whether the next look asks for repeated attempts too. After a first attempt it need not: that saves a claim. */
  let bothLanes = true;
  let stopping = false;

  const {
    wake: wakeFirst,
    wakeIn,
    ...look
  } = makeLook(lookOnce, (error) => {
    report({ error: describeError(error) }, 'the outbox could not be read, the next poll tries again');
  });
  const flights = makeFlights<Due>({
    attempt: makeAttempt({ outbox, kind, limits, now, log, report }),
    onSending: () => void (waiting() && wakeFirst()),
    onLanded: ({ first }) => {
      bothLanes ||= !first;
      wakeFirst();
    },
  });
  const { dispatch, waiting, giveBackWaiting } = makeDispatch<Due>({
    flights,
    policy,
    lanes: () => lanesOf(share.connections()),
    claim: (query) => outbox.claim({ ...query, leaseMs, keyIds, limits }),
    giveBack: (due, reason) =>
      outbox.giveBack(due, reason).catch((error: unknown) => {
        log.error({ error: describeError(error) }, `a waiting ${noun} is left to its lease`);
      }),
    wakeIn(delayMs, both = true) {
      bothLanes ||= both;
      wakeIn(delayMs);
    },
    onDayFull: makeTellFullDay(noun, log),
    isBusy,
    gaveWay: new Error(`gave way to waiting ${noun}s`),
  });
  const share = makeShare({
    outbox,
    connections,
    onChange: wake,
    onError: (error) => report({ error: describeError(error) }, 'the processes that deliver could not be counted'),
  });
  const poll = setInterval(() => {
    pullIn = true;
    wake();
  }, pollMs).unref();
  const stopRenewing = keepLeases({ outbox, held, noun, report });

  function wake(): void {
    bothLanes = true;
    wakeFirst();
  }

  function held(): Due[] {
    return flights.rows().concat(waiting() ?? []);
  }

  async function lookOnce(): Promise<void> {
    if (pullIn) {
      const heldIds = held().map(({ id }) => id);
      await outbox.pullIn(furthestAheadMs, keyIds, heldIds);
    }
    pullIn = false;
    const lanes = bothLanes;
    bothLanes = false;
    await dispatch(lanes);
  }

  return {
    wake,
    async idle() {
      await share.known;
      do {
        wake();
        await look.running();
        await flights.landed();
      } while (!stopping && (look.running() || held().length > 0));
    },
    async stop(graceMs = 5_000) {
      stopping = true;
      clearInterval(poll);
      await look.stop();
      await giveBackWaiting(stopped.message);
      await atMost(graceMs, flights.landed());
      flights.abort(stopped);
      await atMost(abortMs, flights.landed());
      stopRenewing();
      await share.stop();
    },
  };
}

/** Makes what tells once of each day that its limit is reached. */
function makeTellFullDay(noun: string, log: Log): (until: Date) => void {
  let toldDay: number | undefined;
  return (until) => {
    if (until.getTime() === toldDay) return;
    toldDay = until.getTime();
    log.warn({ until }, `the limit of the day is reached: the delivery of ${noun}s goes on when it ends`);
  };
}

/**
 * Renews the leases on the rows that this process holds, for as long as it holds them.
 * @returns a function that ends it
 */
function keepLeases({
  outbox,
  held,
  noun,
  report,
}: {
  outbox: Pick<Outbox<never>, 'renew'>;
  held: () => readonly Lease[];
  noun: string;
  report: Report;
}): () => void {
  const timer = setInterval(() => {
    const leases = held();
    if (leases.length === 0) return;
    outbox.renew(leases, leaseMs).catch((error: unknown) => {
      report({ error: describeError(error) }, `the leases of the ${noun}s in flight could not be renewed`);
    });
  }, renewMs).unref();
  return () => clearInterval(timer);
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
}
