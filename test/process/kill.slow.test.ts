import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { makeFolder, post, start, userOf } from './program.ts';

test('kill -9 amid creations: every acknowledged user is there after the restart, whole, with one mail, and nobody by halves', async () => {
  const folder = makeFolder();
  const program = await start(folder, {}, ['--json']);
  const { accessToken } = program.json();
  const acknowledged: string[] = [];
  let next = 0;
  const stream = async (): Promise<void> => {
    for (;;) {
      const employeeID = `A${next++}`;
      const answer = await post(
        program.port(),
        accessToken,
        userOf(employeeID, { tagSerials: ['RUKRTAG-9WHL0JGP'] }),
      ).catch(() => null);
      if (!answer) return;
      if (answer.status === 200) acknowledged.push(employeeID);
    }
  };
  const streams = Array.from({ length: 8 }, stream);
  await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(100), { interval: 1, timeout: 10_000 });
  program.child.kill('SIGKILL');
  await Promise.all(streams);
  await program.ended;

  const again = await start(folder, {}, ['--json']);
  for (const employeeID of acknowledged.slice(-5))
    expect((await post(again.port(), accessToken, userOf(employeeID))).status).toBe(409);
  again.child.kill('SIGTERM');
  expect(await again.ended).toBe(0);

  const file = new Database(join(folder, 'data', 'gateway.db'), { readonly: true });
  const rows = file
    .prepare(`
    SELECT u.employee_id AS employeeID, (SELECT count(*) FROM outbox o WHERE o.user_id = u.id) AS mails,
      (SELECT count(*) FROM user_tags t WHERE t.user_id = u.id) AS tags FROM users u`)
    .all() as { employeeID: string; mails: number; tags: number }[];
  const check = file.pragma('integrity_check', { simple: true });
  file.close();
  expect(check).toBe('ok');
  expect(rows.filter(({ mails, tags }) => mails !== 1 || tags !== 1)).toEqual([]);
  const stored = new Set(rows.map(({ employeeID }) => employeeID));
  expect(acknowledged.filter((employeeID) => !stored.has(employeeID))).toEqual([]);
});

const noStrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status !== 0;
if (noStrace)
  console.warn('skipped: strace is not installed or not allowed, so the sync before the answer cannot be seen');

test.skipIf(noStrace)('the WAL is synced to the disk before the answer is written to the socket', async () => {
  const folder = makeFolder();
  const trace = join(folder, 'trace');
  // -D: the program itself is our child, and its tracer ends with it.
  const program = await start(
    folder,
    {},
    ['--json'],
    [
      'strace',
      '-D',
      '-f',
      '-y',
      '-s',
      '4096',
      '-o',
      trace,
      '-e',
      'trace=fsync,fdatasync,write,writev,pwrite64,sendto,sendmsg',
    ],
  );
  const answer = await post(program.port(), program.json().accessToken, userOf('SYNC1'));
  const { data } = await answer.json();
  const lines = await vi.waitFor(
    () => {
      const found = readFileSync(trace, 'utf8').split('\n');
      expect(found.some((line) => line.includes(data.serial) && line.includes('HTTP/1.1 200'))).toBe(true);
      return found;
    },
    { timeout: 10_000 },
  );
  const written = lines.findIndex((line) => /pwrite64\(.*gateway\.db-wal/.test(line) && line.includes('SYNC1'));
  const synced = lines.findIndex((line, index) => index > written && /(fsync|fdatasync)\(.*gateway\.db-wal/.test(line));
  const answered = lines.findIndex((line) => line.includes('HTTP/1.1 200') && line.includes(data.serial));
  expect(written).toBeGreaterThan(-1);
  expect(synced).toBeGreaterThan(written);
  expect(answered).toBeGreaterThan(synced);
});
