import { expect, onTestFinished, test, vi } from 'vitest';
import { makeLogBuffer } from '../../src/gateway/log-buffer.ts';

/** A buffer of 100 bytes on a sink that takes as many bytes as there is room; `null` keeps what it got and is slow. */
function opened(room: number | null = Infinity) {
  let written = '';
  let calls = 0;
  let finish = (): void => {};
  const sink = { room };
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const buffer = makeLogBuffer(
    (bytes, done) => {
      calls++;
      const taken = Math.min(sink.room ?? Infinity, bytes.length);
      if (sink.room !== null) sink.room -= taken;
      written += bytes.subarray(0, taken).toString();
      finish = () => done(bytes.subarray(taken));
      if (sink.room !== null) finish();
    },
    { maxBytes: 100, retryMs: 1_000, reportDropped: (lines) => `dropped ${lines}\n` },
  );
  return { buffer, sink, written: () => written, calls: () => calls, finish: () => finish() };
}

const line = (n: number): string => `line ${n} é\n`;

test('the lines of one iteration of the event loop are one write', () => {
  const { buffer, written, calls } = opened();
  for (const n of [1, 2, 3]) buffer.write(line(n));
  expect(written()).toBe('');
  vi.advanceTimersByTime(0);
  expect([written(), calls()]).toEqual([line(1) + line(2) + line(3), 1]);
});

test('a full disk: a line is cut nowhere, lines above the bound are counted, and the count comes in its place', () => {
  const { buffer, sink, written } = opened(15);
  for (let n = 0; n < 30; n++) buffer.write(line(n));
  vi.advanceTimersByTime(0);
  expect(written()).toHaveLength(14);
  for (let n = 30; n < 40; n++) buffer.write(line(n));
  sink.room = Infinity;
  vi.advanceTimersByTime(1_001);
  buffer.write(line(40));
  vi.advanceTimersByTime(1);
  const lines = written().split('\n').slice(0, -1);
  const kept = lines.filter((text) => text.startsWith('line'));
  const reported = lines.filter((text) => text.startsWith('dropped')).map((text) => Number(text.split(' ')[1]));
  expect(kept.every((text) => /^line \d+ é$/.test(text))).toBe(true);
  expect(reported.reduce((sum, count) => sum + count, kept.length)).toBe(41);
  expect(lines.at(-1)).toBe('line 40 é');
});

test('a slow reader: one write at a time, what waits is bounded in bytes, and a stop waits until it is taken', async () => {
  const { buffer, written, calls, finish } = opened(null);
  for (let n = 0; n < 5; n++) buffer.write(line(n));
  vi.advanceTimersByTime(0);
  for (let n = 5; n < 10_000; n++) buffer.write(line(n));
  vi.advanceTimersByTime(5_000);
  expect(calls()).toBe(1);
  let isDrained = false;
  const drained = buffer.drained(60_000).then(() => (isDrained = true));
  finish();
  await vi.advanceTimersByTimeAsync(0);
  expect([calls(), isDrained]).toEqual([2, false]);
  expect(Buffer.byteLength(written())).toBeLessThan(150);
  expect(written()).toMatch(/dropped 99\d\d\n$/);
  finish();
  await drained;
});

test('while the sink fails it is tried once a second, however many lines come', () => {
  const { buffer, calls } = opened(0);
  for (let n = 0; n < 100; n++) {
    buffer.write(line(n));
    vi.advanceTimersByTime(50);
  }
  expect(calls()).toBeLessThanOrEqual(6);
});

test('a reader that never takes anything holds a stop up for its patience only', async () => {
  const { buffer } = opened(0);
  buffer.write(line(1));
  const drained = buffer.drained(500);
  await vi.advanceTimersByTimeAsync(500);
  await drained;
});
