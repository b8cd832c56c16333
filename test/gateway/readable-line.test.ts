import { expect, test } from 'vitest';
import { readableLine } from '../../src/gateway/readable-line.ts';

const lineOf = (fields: object, hasColors = false) =>
  readableLine(JSON.stringify({ level: 40, time: 0, instance: 'web-1', version: '1.0.0', ...fields }), hasColors);

test('a line for a person has time, level, message, fields and the stack, and not the process', () => {
  const text = lineOf({ msg: 'request', requestId: 'a-b', reason: 'it is "away"', userSerials: ['A'], ms: 1.5 });
  expect(text).toMatch(
    /^\d\d:\d\d:\d\d\.000 warn {2}request requestId=a-b reason="it is \\"away\\"" userSerials=\["A"\] ms=1.5\n$/,
  );
  expect(lineOf({ msg: 'unexpected error', err: { stack: 'Error: x\n  at y' } })).toMatch(
    /error\nError: x\n {2}at y\n$/,
  );
});

test('a line never steers the terminal, and is coloured only where colours are taken', () => {
  const hostile = { msg: '\u001b[2J', path: '/\u001b]0;x\u0007', err: { stack: '\u001b[2J\u202e' } };
  const shown = lineOf(hostile);
  for (const character of '\u001b\u0007\u202e') expect(shown).not.toContain(character);
  expect(lineOf({ msg: 'request' })).not.toContain('\u001b');
  expect(lineOf({ msg: 'request' }, true)).toContain('\u001b[33mwarn');
});
