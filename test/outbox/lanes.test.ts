import { expect, test } from 'vitest';
import type { Flight } from '../../src/outbox/kind.ts';
import { lanesOf, roomForFirst, roomForRepeated, whoGivesWay } from '../../src/outbox/lanes.ts';
import type { DueDelivery } from '../../src/outbox/ports.ts';
import { makeFlights } from './make-flights.ts';

const repeated = (count: number) => makeFlights(count, { first: false });
const lanes = lanesOf(16);
const isHung = () => true;
const isCalm = () => false;

test('first attempts have 12 slots, repeated ones 8, both together 16, and hung domains 2', () => {
  expect(lanes.maxInFlight).toBe(16);
  expect([roomForFirst([], lanes), roomForFirst(makeFlights(12), lanes), roomForFirst(repeated(8), lanes)]).toEqual([
    12, 0, 8,
  ]);
  expect([roomForRepeated([], lanes, isCalm, false), roomForRepeated(makeFlights(12), lanes, isCalm, false)]).toEqual([
    8, 4,
  ]);
  expect([roomForRepeated([], lanes, isHung, true), roomForRepeated(repeated(2), lanes, isHung, true)]).toEqual([2, 0]);
  expect(roomForRepeated(repeated(2), lanes, isHung, false)).toBe(6);
});

test('no attempt gives way while there is room, while all connect, or while another gives way', () => {
  const overdueAt = () => 0;
  expect(whoGivesWay(makeFlights(11), lanes, { overdueAt })).toEqual({ kind: 'none' });
  expect(whoGivesWay(makeFlights(12, { phase: 'connecting' }), lanes, { overdueAt })).toEqual({ kind: 'none' });
  expect(whoGivesWay(makeFlights(12), lanes, { overdueAt: () => Infinity })).toEqual({ kind: 'none' });
  const flights = makeFlights(12);
  flights[3]!.abort.abort();
  expect(whoGivesWay(flights, lanes, { overdueAt })).toEqual({ kind: 'none' });
});

test('the first attempt most overdue gives way, now or when it is overdue', () => {
  const flights = makeFlights(12);
  const byAge = ({ sendingAt }: Flight<DueDelivery>) => sendingAt;
  expect(whoGivesWay(flights.toReversed(), lanes, { overdueAt: byAge })).toEqual({ kind: 'now', flight: flights[0] });
  const later = performance.now() + 60_000;
  const givingWay = whoGivesWay(flights, lanes, { overdueAt: () => later });
  expect(givingWay).toMatchObject({ kind: 'later' });
  expect((givingWay as { inMs: number }).inMs).toBeGreaterThan(50_000);
});

test.for([
  [1, 1, 1, 1],
  [2, 2, 1, 1],
  [3, 3, 2, 1],
  [50, 38, 25, 7],
] as const)('%i connections leave room in both lanes', ([connections, maxFirst, maxRepeated, maxHung]) => {
  expect(lanesOf(connections)).toEqual({ maxInFlight: connections, maxFirst, maxRepeated, maxHung });
});
