import type { DeliveryLimits, DeliveryState } from './ports.ts';

const dayMs = 24 * 3_600_000;
/** How much later than planned a delivery may begin without a loss for those after it. */
const toleranceMs = 30;
/** Nothing is made up for after so long a time without deliveries. */
const silenceMs = 500;
/**
 * How far apart deliveries are, as a multiple of the limit's own distance. With the tolerance it keeps every single
 * second within the limit, also where the server's clock and the network move some deliveries together, and one that
 * had to connect first comes between others.
 */
const spacing = 1.08;
/** How long a probe may take before another begins: its process may be dead. */
const probeMs = 15_000;
/** Times further ahead come from a clock that was wrong. */
const longestPauseMs = 30 * 60_000;
/** How often a delivery that is held or paused is looked at: another process may end both. */
const lookMs = 1_000;

/** The limits of a provider that has none. */
export const noLimits: DeliveryLimits = { perSecond: 0, perDay: 0 };

/** The state before anything was begun. */
export const newDelivery: DeliveryState = {
  heldAt: null,
  pausedUntil: null,
  pauses: 0,
  pauseReason: null,
  nextAt: null,
  dayEndsAt: null,
  begunToday: 0,
  lastAcceptedAt: null,
};

/** How many deliveries may begin now; none before `waitMs` when that is 0. */
export interface Allowance {
  count: number;
  isProbe: boolean;
  waitMs: number;
  /** Until when the limit of a day lets nothing begin. */
  dayFullUntil?: Date | undefined;
}

const none = (waitMs: number): Allowance => ({ count: 0, isProbe: false, waitMs: Math.min(Math.ceil(waitMs), lookMs) });

/** Computes until when the limit of a day lets nothing begin; null while it does. */
function dayFullUntil(state: DeliveryState, { perDay }: DeliveryLimits, now: number): Date | null {
  const { begun, endsAt } = dayOf(state, now);
  return perDay > 0 && begun >= perDay ? new Date(endsAt) : null;
}

/**
 * Computes how many deliveries may begin now (generic cell rate algorithm, without a burst).
 * @param now milliseconds since 1970 on the clock that the state was written by
 */
export function allowanceOf(state: DeliveryState, limits: DeliveryLimits, now: number): Allowance {
  if (state.heldAt) return none(lookMs);
  const pauseLeftMs = (state.pausedUntil?.getTime() ?? 0) - now;
  if (pauseLeftMs > 0 && pauseLeftMs <= longestPauseMs) return none(pauseLeftMs);
  const fullUntil = dayFullUntil(state, limits, now);
  if (fullUntil) return { ...none(fullUntil.getTime() - now), dayFullUntil: fullUntil };
  const leftToday = limits.perDay > 0 ? limits.perDay - dayOf(state, now).begun : Infinity;
  const aheadMs = nextAtOf(state, now) - now;
  if (limits.perSecond > 0 && aheadMs > 0) return none(aheadMs);
  const thisMoment = limits.perSecond > 0 ? 1 + Math.floor(-aheadMs / intervalMs(limits)) : Infinity;
  const isProbe = state.pauses > 0;
  return { count: Math.min(leftToday, thisMoment, isProbe ? 1 : Infinity), isProbe, waitMs: 0 };
}

/** Tells what an operator watches of the state. @param now as in `allowanceOf` */
export function statusOf(state: DeliveryState, limits: DeliveryLimits, now: number) {
  const { heldAt, pausedUntil, lastAcceptedAt } = state;
  return {
    heldAt,
    pausedUntil: pausedUntil && pausedUntil.getTime() > now ? pausedUntil : null,
    dayFullUntil: dayFullUntil(state, limits, now),
    lastAcceptedAt,
  };
}

/** Computes what changes in the state when `count` deliveries begin. */
export function spend(state: DeliveryState, limits: DeliveryLimits, now: number, count: number) {
  const day = dayOf(state, now);
  return {
    nextAt:
      limits.perSecond > 0 ? new Date(toMilliseconds(nextAtOf(state, now) + count * intervalMs(limits))) : state.nextAt,
    dayEndsAt: new Date(day.endsAt),
    begunToday: day.begun + count,
    pausedUntil: state.pauses > 0 ? new Date(now + probeMs) : state.pausedUntil,
  };
}

/**
 * Computes what changes in the state when a probe got through. The next delivery keeps its distance from the answer to
 * the probe: that one had to connect first, and the next one may not.
 */
export function endOfPauses(limits: DeliveryLimits, now: number) {
  const nextAt = limits.perSecond > 0 && { nextAt: new Date(now + intervalMs(limits)) };
  return { pauses: 0, pausedUntil: null, ...nextAt };
}

/** Computes the length of a pause after so many in a row. */
export function pauseMs({ firstMs, longestMs }: { firstMs: number; longestMs: number }, pauses: number): number {
  return Math.min(firstMs * 2 ** Math.min(pauses, 30), longestMs);
}

/** Rounds up or down, so that it is right on average: at 2,000 a second half a millisecond is a whole delivery. */
const toMilliseconds = (time: number): number => Math.floor(time + Math.random());

const intervalMs = ({ perSecond }: DeliveryLimits): number => (spacing * 1_000) / perSecond;

/** When the next delivery may begin; it lies at most a tolerance back, and no burst follows a silence. */
function nextAtOf({ nextAt }: DeliveryState, now: number): number {
  const next = Math.min(nextAt?.getTime() ?? 0, now + spacing * 1_000);
  return now - next > silenceMs ? now : Math.max(next, now - toleranceMs);
}

function dayOf({ dayEndsAt, begunToday }: DeliveryState, now: number): { endsAt: number; begun: number } {
  const endsAt = dayEndsAt?.getTime() ?? 0;
  return endsAt > now && endsAt <= now + dayMs ? { endsAt, begun: begunToday } : { endsAt: now + dayMs, begun: 0 };
}
