import { expect, test } from 'vitest';
import { allowanceOf, endOfPauses, newDelivery, noLimits, spend } from '../../src/outbox/limits.ts';

const now = Date.UTC(2026, 10, 28);
const rate = (perSecond: number) => ({ perSecond, perDay: 0 });

/** Begins all that may begin, on a clock that moves from wait to wait; the times of what began. */
function run(perSecond: number, seconds: number, lateMs = 0): number[] {
  let state = newDelivery;
  const begun: number[] = [];
  for (let time = now; time < now + seconds * 1_000;) {
    const { count, waitMs } = allowanceOf(state, rate(perSecond), time);
    for (let i = 0; i < count; i++) begun.push(time);
    if (count > 0) state = { ...state, ...spend(state, rate(perSecond), time, count) };
    time += Math.max(1, waitMs) + lateMs;
  }
  return begun;
}

test.for([1, 14, 50, 500, 2_000])('at %i a second no second has more, and all together 0.9 of it or more', (limit) => {
  for (const lateMs of limit > 14 ? [0, 5, 30] : [0, 20]) {
    const begun = run(limit, 20, lateMs);
    // The first that begins a second or more after the one at `at`.
    let end = 0;
    for (const [at, time] of begun.entries()) {
      while (end < begun.length && begun[end]! < time + 1_000) end++;
      if (end - at > Math.ceil(1.01 * limit - 0.5)) expect.unreachable(`${end - at} in a second`);
    }
    expect(begun.length / 20).toBeGreaterThanOrEqual(0.9 * limit);
  }
});

test('after a silence and after a probe the next ones keep the whole distance', () => {
  const silent = { ...newDelivery, nextAt: new Date(now - 60_000) };
  expect(allowanceOf({ ...silent, ...spend(silent, rate(10), now, 1) }, rate(10), now).waitMs).toBe(108);
  const late = { ...newDelivery, nextAt: new Date(now - 100) };
  expect(allowanceOf({ ...late, ...spend(late, rate(10), now, 1) }, rate(10), now).waitMs).toBe(78);
  const probed = { ...newDelivery, pauses: 3, pausedUntil: new Date(now + 10_000), nextAt: new Date(now - 50) };
  const ended = { ...probed, ...endOfPauses(rate(10), now) };
  expect(allowanceOf(ended, rate(10), now)).toEqual({ count: 0, isProbe: false, waitMs: 108 });
  expect(allowanceOf(ended, rate(10), now + 108)).toEqual({ count: 1, isProbe: false, waitMs: 0 });
  expect(allowanceOf({ ...probed, ...endOfPauses(noLimits, now) }, noLimits, now).count).toBe(Infinity);
});

test('without limits everything may begin, unless the delivery is held or paused', () => {
  expect(allowanceOf(newDelivery, noLimits, now)).toEqual({ count: Infinity, isProbe: false, waitMs: 0 });
  expect(allowanceOf({ ...newDelivery, heldAt: new Date(0) }, noLimits, now).count).toBe(0);
  const paused = { ...newDelivery, pauses: 1, pausedUntil: new Date(now + 300) };
  expect(allowanceOf(paused, noLimits, now)).toEqual({ count: 0, isProbe: false, waitMs: 300 });
  expect(allowanceOf(paused, noLimits, now + 300)).toEqual({ count: 1, isProbe: true, waitMs: 0 });
});

test('a day ends 24 hours after its first delivery', () => {
  const limits = { perSecond: 0, perDay: 3 };
  const day = { ...newDelivery, ...spend(newDelivery, limits, now, 3) };
  const end = now + 24 * 3_600_000;
  expect(allowanceOf(day, limits, end - 1).count).toBe(0);
  expect(allowanceOf(day, limits, end).count).toBe(3);
});

test('times that a wrong clock has left hold nothing up', () => {
  const years = new Date(now + 10 * 365 * 24 * 3_600_000);
  const ahead = { ...newDelivery, pausedUntil: years, nextAt: years, dayEndsAt: years, begunToday: 5 };
  expect(allowanceOf(ahead, { perSecond: 0, perDay: 5 }, now).count).toBe(5);
  expect(allowanceOf(ahead, rate(14), now).waitMs).toBeLessThanOrEqual(1_000);
  const spent = { ...ahead, ...spend(ahead, rate(14), now, 0) };
  expect(allowanceOf(spent, rate(14), now + 1_080).count).toBe(1);
});
