import type { Flights } from './flights.ts';
import type { DeliveryPolicy, Flight, Gate } from './kind.ts';
import { type Lanes, roomForFirst, roomForRepeated, whoGivesWay } from './lanes.ts';
import type { Claim, Claimed, DueDelivery } from './ports.ts';

/**
 * While creations wait for the processor, a delivery begins every 20 ms, 50 a second: one mail costs a sixth of a hash.
 */
const busyIntervalMs = 20;
/**
 * While half of the slots are taken, one claim fills those that become free in this time: each claim is a commit
 * (`docs/decisions/0094`). Fewer slots than `gatherSlots` are filled at once: an empty one costs more there.
 */
const gatherMs = 10;
const gatherSlots = 8;

/** What `makeDispatch` needs. */
export interface DispatchNeeds<Due extends DueDelivery> {
  flights: Flights<Due>;
  policy: DeliveryPolicy<Due>;
  lanes: () => Lanes;
  claim: (query: Pick<Claim, 'limit' | 'first' | 'among'>) => Promise<Claimed<Due>>;
  /** Puts a row that was claimed and not begun back into the queue, due now. Never throws. */
  giveBack: (due: Due, reason: string) => Promise<void>;
  /** Leads to the next call of `dispatch`, for both lanes by default, in so many milliseconds or before. */
  wakeIn: (delayMs: number, bothLanes?: boolean) => void;
  /** Called when the limit of a day lets nothing begin, at each look. */
  onDayFull: (until: Date) => void;
  /** Whether creations wait for the processor. */
  isBusy: () => boolean;
  /** The reason of the abort of an attempt that leaves its slot to another. */
  gaveWay: Error;
}

type Waiting<Due extends DueDelivery> = { due: Due; isProbe: boolean };

/** Decides what begins next. */
export interface Dispatch<Due extends DueDelivery> {
  /**
   * Claims and begins what may begin now. Not to be called again before it has resolved.
   * @param bothLanes false to ask for first attempts only
   */
  dispatch(bothLanes: boolean): Promise<void>;
  /** The row that was claimed and waits for the next free slot. */
  waiting(): Due | undefined;
  /** Gives the waiting row back. */
  giveBackWaiting(reason: string): Promise<void>;
}

/**
 * Makes the part of the delivery that fills the slots, in two lanes: first attempts, and repeated ones. The lane goes
 * first that did not begin the last one, as a limit may let only one begin. When no slot is free and a row waits, the
 * first attempt most overdue gives way. It is tried again in the other lane, where no attempt gives way. While the
 * policy's gate is not open, at most one row at a time is tried.
 */
export function makeDispatch<Due extends DueDelivery>(needs: DispatchNeeds<Due>): Dispatch<Due> {
  const { flights, policy, wakeIn } = needs;
  let waiting: Waiting<Due> | undefined;
  let probing = false;
  let lastWasFirst = true;
  /** Whether a limit lets nothing more begin for now. */
  let closed = false;
  /** On the clock of `performance.now()`. */
  let lastBegunAt = -Infinity;

  async function claim(query: Pick<Claim, 'limit' | 'first' | 'among'>): Promise<Waiting<Due>[]> {
    if (closed || query.limit <= 0) return [];
    const { due, isProbe, waitMs, dayFullUntil } = await needs.claim(query);
    if (dayFullUntil) needs.onDayFull(dayFullUntil);
    closed = waitMs > 0;
    if (closed) wakeIn(waitMs);
    return due.map((one) => ({ due: one, isProbe }));
  }

  function begin({ due, isProbe }: Waiting<Due>, first: boolean, onEnd?: () => void): void {
    lastWasFirst = first;
    lastBegunAt = flights.begin(due, { first, isProbe }, onEnd).begunAt;
  }

  async function dispatch(bothLanes: boolean): Promise<void> {
    closed = false;
    const gate = policy.gate();
    if (gate.kind !== 'open') return probe(gate);
    const { maxInFlight } = needs.lanes();
    if (maxInFlight === 0) return giveBackWaiting('other processes have all connections');
    const isBusy = needs.isBusy();
    const isGathering = maxInFlight >= gatherSlots && 2 * flights.list().length >= maxInFlight;
    const intervalMs = isBusy ? busyIntervalMs : isGathering ? gatherMs : 0;
    const earlyMs = lastBegunAt + intervalMs - performance.now();
    if (earlyMs > 0) return wakeIn(earlyMs, bothLanes);
    const limit = isBusy ? 1 : Infinity;
    const both = lastWasFirst ? [beginRepeated, beginFirst] : [beginFirst, beginRepeated];
    for (const fill of bothLanes ? both : [beginFirst]) await fill(limit);
    if (waiting) makeRoom();
    // Nothing else may wake the delivery for a second: what has begun may hang.
    if (isBusy && performance.now() - lastBegunAt < busyIntervalMs) wakeIn(busyIntervalMs);
  }

  /** The outcome of the one row that is tried opens the gate or begins the next pause. */
  async function probe(gate: Exclude<Gate, { kind: 'open' }>): Promise<void> {
    await giveBackWaiting(gate.reason);
    if (gate.kind === 'closed') return wakeIn(gate.pauseMs);
    for (const first of [true, false]) {
      if (probing || flights.list().length >= needs.lanes().maxInFlight) return;
      for (const one of await claim({ limit: 1, first })) {
        probing = true;
        begin(one, first, () => (probing = false));
      }
    }
  }

  async function beginRepeated(limit: number): Promise<void> {
    const domains = policy.hungDomains();
    const isHung = ({ due }: Flight<Due>) => domains.includes(policy.domainOf(due));
    for (const inside of domains.length > 0 ? [false, true] : [false]) {
      const room = Math.min(limit, roomForRepeated(flights.list(), needs.lanes(), isHung, inside));
      for (const one of await claim({ limit: room, first: false, among: { domains, inside } })) begin(one, false);
    }
  }

  async function beginFirst(limit: number): Promise<void> {
    const room = () => roomForFirst(flights.list(), needs.lanes());
    if (waiting && room() > 0) {
      begin(waiting, true);
      waiting = undefined;
    }
    if (waiting) return;
    // One more than there is room for: it shows whether a row waits.
    for (const one of await claim({ limit: Math.min(Math.max(room(), 0) + 1, limit), first: true })) {
      if (room() > 0) begin(one, true);
      else if (!waiting) waiting = one;
      // Meanwhile another process took its share of the connections.
      else await needs.giveBack(one.due, 'other processes have the connections');
    }
  }

  function makeRoom(): void {
    const givingWay = whoGivesWay(flights.list(), needs.lanes(), policy);
    if (givingWay.kind === 'now') givingWay.flight.abort.abort(needs.gaveWay);
    else if (givingWay.kind === 'later') wakeIn(givingWay.inMs);
  }

  async function giveBackWaiting(reason: string): Promise<void> {
    if (!waiting) return;
    const { due } = waiting;
    waiting = undefined;
    await needs.giveBack(due, reason);
  }

  return { dispatch, waiting: () => waiting?.due, giveBackWaiting };
}
