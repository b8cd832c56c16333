import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Logs the error of a database that refused a row, as the process does. */
const program = `
  import pg from 'pg';
  const { openLog } = await import('./src/gateway/log.ts');
  const refused = Object.assign(new pg.DatabaseError('violates check constraint "adult"', 9, 'error'), {
    code: '23514',
    constraint: 'adult',
    table: 'users',
    detail: 'Failing row contains (7, Siti Rahayu, siti@example.com).',
    where: 'SQL statement "insert … Siti Rahayu"',
  });
  const { log } = openLog('info');
  log.error({ err: refused }, 'as it is');
  log.error({ err: new Error('outer', { cause: refused }) }, 'as a cause');
  log.error({ err: 'a text' }, 'no error');
`;

test('the log says what a database refused and where, never the row that it quotes', async () => {
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  expect(stderr).not.toMatch(/Siti|siti@/);
  const [asItIs, asCause, noError] = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(asItIs.err).toEqual({
    type: 'DatabaseError',
    message: 'violates check constraint "adult"',
    stack: expect.stringContaining('violates check constraint'),
    code: '23514',
    constraint: 'adult',
    table: 'users',
  });
  expect(asCause.err).toMatchObject({ type: 'Error', message: 'outer: violates check constraint "adult"' });
  expect(asCause.err.stack).toContain('caused by: error: violates check constraint');
  expect(noError.err).toBe('a text');
});
