import { expect, onTestFinished, test, vi } from 'vitest';
import { makeDispatch } from '../../src/outbox/dispatch.ts';
import type { Flight } from '../../src/outbox/kind.ts';
import { lanesOf } from '../../src/outbox/lanes.ts';
import type { DueDelivery } from '../../src/outbox/ports.ts';
import { makeFlights } from './make-flights.ts';

/** A dispatch of 16 slots over an endless queue; `claims` lists lanes and limits, `wakes` what `wakeIn` was told. */
function openDispatch() {
  const clock = { now: 1_000 };
  const now = vi.spyOn(performance, 'now').mockImplementation(() => clock.now);
  onTestFinished(() => now.mockRestore());
  const inFlight: Flight<DueDelivery>[] = [];
  const share = { connections: 16, afterClaim: 16 };
  const givenBack: string[] = [];
  const claims: [first: boolean, limit: number][] = [];
  const wakes: [delayMs: number, bothLanes?: boolean][] = [];
  const { dispatch, waiting } = makeDispatch<DueDelivery>({
    flights: {
      list: () => inFlight,
      rows: () => [],
      begin(row, as) {
        inFlight.push(...makeFlights(1, { due: row, ...as, begunAt: clock.now, sendingAt: clock.now }));
        return inFlight.at(-1)!;
      },
      abort: () => undefined,
      landed: async () => undefined,
    },
    policy: {
      gate: () => ({ kind: 'open' }),
      hungDomains: () => [],
      domainOf: () => 'example.com',
      overdueAt: () => Infinity,
      ended: () => undefined,
      unavailable: () => null,
      limited: () => null,
    },
    lanes: () => lanesOf(share.connections),
    async claim({ first, limit }) {
      claims.push([first, limit]);
      share.connections = share.afterClaim;
      return { due: first ? makeFlights(limit).map(({ due }) => due) : [], isProbe: false, waitMs: 0 };
    },
    giveBack: async ({ id }) => void givenBack.push(id),
    wakeIn: (...given) => void wakes.push(given),
    onDayFull: () => undefined,
    isBusy: () => false,
    gaveWay: new Error('gave way'),
  });
  return { claims, clock, dispatch, givenBack, inFlight, share, waiting, wakes };
}

test('while half of the slots are taken, those that become free in 10 ms are filled by one claim', async () => {
  const { claims, clock, dispatch, inFlight, wakes } = openDispatch();
  await dispatch(false);
  expect([claims.splice(0), inFlight.length]).toEqual([[[true, 13]], 12]);
  clock.now += 3;
  inFlight.splice(0, 1);
  await dispatch(false);
  expect([claims, wakes]).toEqual([[], [[7, false]]]);
  clock.now += 7;
  inFlight.splice(0, 3);
  await dispatch(false);
  // One of them was claimed before and waited.
  expect([claims, inFlight.length]).toEqual([[[true, 4]], 12]);
});

test('while fewer than half are taken, a slot is filled at once', async () => {
  const { claims, dispatch, inFlight, wakes } = openDispatch();
  await dispatch(false);
  inFlight.splice(0, 5);
  claims.length = 0;
  await dispatch(false);
  expect([claims.length, wakes]).toEqual([1, []]);
});

test('what was claimed for connections that another process took meanwhile goes back', async () => {
  const { dispatch, givenBack, inFlight, share, waiting } = openDispatch();
  share.afterClaim = 8;
  await dispatch(false);
  expect(inFlight.map(({ due }) => due.id)).toEqual(['0', '1', '2', '3', '4', '5']);
  expect(waiting()?.id).toBe('6');
  expect(givenBack).toEqual(['7', '8', '9', '10', '11', '12']);
});

test('few slots are filled at once', async () => {
  const { claims, dispatch, inFlight, share } = openDispatch();
  share.connections = share.afterClaim = 3;
  await dispatch(false);
  inFlight.splice(0, 1);
  await dispatch(false);
  expect(claims.map(([, limit]) => limit)).toEqual([4, 1]);
});
