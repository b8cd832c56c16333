import { expect, onTestFinished, test, vi } from 'vitest';
import { limitRepeats } from '../../src/repeats.ts';

function opened() {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const lines: [object, string][] = [];
  return { lines, warn: limitRepeats((about, message) => void lines.push([about, message])) };
}

const failure = (code: string): Error => Object.assign(new Error('no'), { code });

test('a condition that lasts is one line a minute, with the number of those in between', () => {
  const { lines, warn } = opened();
  const err = failure('SQLITE_FULL');
  for (let n = 0; n < 13_023; n++) warn({ requestId: `${n}`, err }, 'the database cannot write now');
  vi.advanceTimersByTime(59_999);
  warn({ requestId: 'x', err }, 'the database cannot write now');
  vi.advanceTimersByTime(1);
  warn({ requestId: 'y', err }, 'the database cannot write now');
  expect(lines).toEqual([
    [{ requestId: '0', err }, 'the database cannot write now'],
    [{ requestId: 'y', err, repeated: 13_023 }, 'the database cannot write now'],
  ]);
});

test('another cause and another message are lines of their own', () => {
  const { lines, warn } = opened();
  warn({ err: failure('ECONNREFUSED') }, 'the database cannot be reached');
  warn({ err: failure('ENOTFOUND') }, 'the database cannot be reached');
  warn({ err: failure('ENOTFOUND') }, 'the connection to the database was lost');
  warn({ error: 'connect ECONNREFUSED' }, 'the outbox could not be read');
  warn({ error: 'connect ENOTFOUND' }, 'the outbox could not be read');
  expect(lines).toHaveLength(5);
});

test('what is remembered is bounded', () => {
  const { lines, warn } = opened();
  for (let round = 0; round < 2; round++) for (let n = 0; n < 101; n++) warn({ error: n }, 'x');
  expect(lines.length).toBeGreaterThan(101);
});
