import { spawnSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeFolder, post, production, type Program, run, start, userOf } from '../process/program.ts';

const mounts = process.platform === 'linux' && process.getuid?.() === 0;
if (!mounts) console.warn('skipped: a small disk can only be mounted by root on Linux');

/** A disk of 3 MB. */
function makeDisk(): string {
  const folder = makeFolder();
  expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder]).status).toBe(0);
  onTestFinished(() => void spawnSync('umount', ['--lazy', folder]));
  return folder;
}

const ballast = (folder: string): string => join(folder, 'ballast');

/** Leaves `room` bytes. */
function fill(folder: string, room: number): void {
  const { bavail, bsize } = statfsSync(folder);
  writeFileSync(ballast(folder), Buffer.alloc(Math.max(0, bavail * bsize - room)));
}

const get = (program: Program, path: string): Promise<Response> =>
  fetch(`http://127.0.0.1:${program.port()}${path}`, { headers: { Authorization: program.json().accessToken } });
const ready = async (program: Program) => {
  const answer = await get(program, '/health/ready');
  return [answer.status, ((await answer.json()) as { disk: string }).disk];
};

test.skipIf(!mounts)(
  'a disk that gets full: creations are 503, users are read, one warning a minute, and it goes on with room',
  async () => {
    const folder = makeDisk();
    const program = await start(folder, {}, ['--json']);
    await vi.waitFor(() => program.json());
    const create = (id: string) => post(program.port(), program.json().accessToken, userOf(id));
    expect(await ready(program)).toEqual([200, 'ok']);
    fill(folder, 200_000);
    expect(await ready(program)).toEqual([200, 'full']);
    let created = 0;
    while ((await create(`A${created}`)).status === 200) created++;

    const refused = await Promise.all(Array.from({ length: 300 }, (_, n) => create(`B${n}`)));
    expect(new Set(refused.map(({ status }) => status))).toEqual(new Set([503]));
    expect(refused[0]!.headers.get('retry-after')).toBe('5');
    expect(await ready(program)).toEqual([200, 'full']);
    const users = await get(program, '/ruangkerja/users?page=1&pageSize=1');
    expect([users.status, await users.json()]).toMatchObject([200, { data: { totalItems: created } }]);

    rmSync(ballast(folder));
    expect((await create('C1')).status).toBe(200);
    program.child.kill('SIGTERM');
    expect(await program.ended).toBe(0);
    const lines = program.log();
    expect(lines.filter(({ msg, level }) => level === 40 && msg === 'the database cannot write now')).toHaveLength(1);
    expect(lines.filter(({ reason }) => reason === 'the database cannot write now (SQLITE_FULL)')).toHaveLength(301);
    expect(lines.filter(({ level }) => Number(level) > 40).length).toBeLessThanOrEqual(3);
  },
);

test.skipIf(!mounts)(
  'a start on a full disk is one clear sentence, on a new database and on one that is there',
  async () => {
    const folder = makeDisk();
    const expectSentence = async (env: Record<string, string>): Promise<void> => {
      const program = run(folder, env);
      expect(await program.ended).toBe(1);
      expect(program.err()).toMatch(/^the gateway cannot start: [^\n]*(disk is full|disk I\/O error)[^\n]*\n$/);
    };
    fill(folder, 0);
    await expectSentence(production);
    await expectSentence({});
    rmSync(ballast(folder));
    // The banner comes when everything is written that a start writes.
    const first = await start(folder);
    await vi.waitFor(() => expect(first.out()).not.toBe(''));
    await first.kill();
    fill(folder, 0);
    await expectSentence({});
  },
);
