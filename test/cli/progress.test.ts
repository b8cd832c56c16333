import { expect, test } from 'vitest';
import { makeProgress } from '../../src/cli/progress.ts';

function show(isTerminal: boolean, updates: [seconds: number, done: number, total: number][]) {
  let [text, clock] = ['', 0];
  const progress = makeProgress('Copying', 'rows', {
    write: (more) => void (text += more),
    isTerminal,
    now: () => clock,
  });
  for (const [seconds, done, total] of updates) {
    clock = seconds * 1000;
    progress.update(done, total);
  }
  progress.end();
  return text;
}

test('a terminal gets one line that is drawn over, with rows a second and the time left', () => {
  const lines = show(true, [
    [0, 0, 4000],
    [0.05, 50, 4000],
    [1, 1000, 4000],
    [4, 4000, 4000],
  ]).split('\r');
  expect(lines).toEqual([
    '',
    'Copying  [          ] 0 %  0 of 4,000 rows, 0/s\u001b[K',
    'Copying  [##        ] 25 %  1,000 of 4,000 rows, 1,000/s, 3 s left\u001b[K',
    'Copying  [##########] 100 %  4,000 of 4,000 rows, 1,000/s\u001b[K\n',
  ]);
});

test('a log gets a line every ten seconds and one at the end; what an earlier run did does not count as speed', () => {
  const text = show(false, [
    [0, 500_000, 1_000_000],
    [5, 510_000, 1_000_000],
    [10, 520_000, 1_000_000],
    [11, 522_000, 1_000_000],
  ]);
  expect(text).toBe(
    'Copying  52 %  520,000 of 1,000,000 rows, 2,000/s, 4:00 left\nCopying  52 %  522,000 of 1,000,000 rows, 2,000/s, 3:59 left\n',
  );
});

test('work that never begins shows nothing, and nothing to do is done', () => {
  expect(show(true, [])).toBe('');
  expect(show(false, [[0, 0, 0]])).toBe('Copying  100 %  0 of 0 rows, 0/s\n');
});

test('a line with millions of rows fits into a terminal of 80 columns', () => {
  const lines = show(true, [
    [0, 0, 9_999_999],
    [50, 6_666_666, 9_999_999],
  ]).split('\r');
  expect(Math.max(...lines.map((line) => line.replace('\u001b[K', '').trimEnd().length))).toBeLessThan(80);
});
