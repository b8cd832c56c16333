import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { runGateway } from '../../src/cli/gateway.ts';
import { backupSqlite } from '../../src/storage/sqlite/backup.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { cli, inherited, node } from '../process/program.ts';
import { openGateway } from '../support/gateway.ts';

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-backup-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function run(words: string[], env: Record<string, string | undefined>, signal?: AbortSignal) {
  let [out, err] = ['', ''];
  const code = await runGateway(words, {
    env,
    signal,
    out: (more) => void (out += more),
    err: (more) => void (err += more),
  });
  return { code, out, err };
}

/** A database of about 20 MB, five steps of a backup, with one row in `filler` for each page. */
async function largeDatabase() {
  const folder = makeFolder();
  const file = join(folder, 'gateway.db');
  (await openSqlite(`file:${file}`)).close();
  const raw = new Database(file);
  onTestFinished(() => void raw.close());
  raw.exec('create table filler (id integer primary key, content blob)');
  const insert = raw.prepare('insert into filler (content) values (randomblob(3900))');
  raw.transaction(() => {
    for (let row = 0; row < 5_000; row++) insert.run();
  })();
  return {
    folder,
    file,
    url: `file:${file}`,
    raw,
    write: () => void insert.run(),
    rows: () => raw.prepare('select count(*) from filler').pluck().get(),
  };
}

const rowsIn = (file: string, table: string): unknown => {
  const copy = new Database(file, { readonly: true });
  try {
    return copy.prepare(`select count(*) from ${table}`).pluck().get();
  } finally {
    copy.close();
  }
};

test('a backup beside a gateway that creates users is sound, mode 0600, and holds every user acknowledged before it, whole', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const folder = makeFolder();
  const file = join(folder, 'backup.db');
  const create = async (number: number) =>
    expect(
      (
        await gateway.rest(token, {
          employeeID: `A${number}`,
          name: 'Jürgen Ñandú',
          email: `a${number}@example.com`,
          isActive: true,
        })
      ).status,
    ).toBe(200);
  let created = 0;
  while (created < 20) await create(created++);

  const env = { ...inherited, DATABASE_URL: `file:${join(gateway.folder, 'gateway.db')}` };
  const child = spawn(node[0], [...node.slice(1), cli, 'backup', file, '--json'], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  while (child.exitCode === null) await create(created++);
  const [out, err, [code]] = await ended;

  expect([code, err]).toEqual([0, '']);
  expect(JSON.parse(out)).toEqual({ file, bytes: statSync(file).size });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['backup.db']);
  const users = rowsIn(file, 'users');
  expect(users).toBeGreaterThanOrEqual(20);
  expect(users).toBeLessThanOrEqual(created);
  expect(rowsIn(file, 'outbox')).toBe(users);

  // Restored: the file alone in a new place is a gateway's database.
  const restored = await openGateway({ env: { DATABASE_URL: `file:${file}` } });
  const taken = await restored.rest(token, {
    employeeID: 'A0',
    name: 'Again',
    email: 'again@example.com',
    isActive: true,
  });
  expect(taken.body.errorCode).toBe(10_101);
});

test('it ends although another process commits between any two of its steps, and has the rows of its first moment', async () => {
  const { folder, url, write, rows } = await largeDatabase();
  const file = join(folder, 'backup.db');
  const before = rows();
  let steps = 0;
  await backupSqlite(url, file, {
    onProgress: () => {
      steps++;
      write();
    },
  });
  expect(steps).toBeGreaterThan(3);
  expect(rowsIn(file, 'filler')).toBe(before);
  expect(rows()).toBe(Number(before) + steps);
});

test('one that is stopped, finds damage or has no room leaves nothing, exit code 1', async () => {
  const { folder, file, url, raw, write } = await largeDatabase();
  const target = join(folder, 'backup.db');
  const here = () => readdirSync(folder).filter((name) => !name.startsWith('gateway.db'));

  const stopped = await run(['backup', target], { DATABASE_URL: url }, AbortSignal.abort());
  expect(stopped).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('stopped, nothing is left behind\n'),
  });
  const abort = new AbortController();
  await expect(
    backupSqlite(url, target, { signal: abort.signal, onProgress: () => abort.abort(new Error('enough')) }),
  ).rejects.toThrow('enough');
  expect(here()).toEqual([]);

  write();
  raw.close();
  const disk = openSync(file, 'r+');
  writeSync(disk, Buffer.alloc(8_192, 0x5a), 0, 8_192, 4_096 * 1_000);
  closeSync(disk);
  const damaged = await run(['backup', target, '--json'], { DATABASE_URL: url });
  expect(damaged).toMatchObject({ code: 1, out: '', err: expect.stringContaining('the copy is damaged') });
  expect(here()).toEqual([]);

  const nowhere = await run(['backup', join(folder, 'missing/backup.db')], { DATABASE_URL: url });
  expect(nowhere).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^Database: SQLite \S+\nthere is no folder \S+missing: create it first\n$/),
  });
});

test('Ctrl-C, twice as npm sends it, ends the command in order', async () => {
  const { folder, url, raw } = await largeDatabase();
  // Long enough to be met on its way: 200 MB.
  raw.exec(
    'with recursive n (i) as (select 1 union all select i + 1 from n limit 200) insert into filler (content) select zeroblob(1000000) from n',
  );
  const child = spawn(node[0], [...node.slice(1), cli, 'backup', join(folder, 'backup.db')], {
    env: { ...inherited, DATABASE_URL: url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = Promise.all([text(child.stderr), once(child, 'close')]);
  while (!readdirSync(folder).some((name) => name.endsWith('.partial')))
    await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill('SIGINT');
  child.kill('SIGINT');
  const [err, [code]] = await ended;
  expect([code, err.split('\n').at(-2)]).toEqual([1, 'stopped, nothing is left behind']);
  expect(readdirSync(folder).filter((name) => name.startsWith('backup'))).toEqual([]);
});

test('no file is replaced, and no database is made where there is none', async () => {
  const folder = makeFolder();
  const [file, target] = [join(folder, 'gateway.db'), join(folder, 'backup.db')];
  const env = { DATABASE_URL: `file:${file}` };
  expect(await run(['backup', target], env)).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(`^Database: SQLite ${file}\nthere is no database ${file}: [^\n]+\n$`),
  });
  expect(readdirSync(folder)).toEqual([]);
  (await openSqlite(`file:${file}`)).close();
  writeFileSync(target, 'precious');
  expect(await run(['backup', target], env)).toEqual({
    code: 1,
    out: '',
    err: `Database: SQLite ${file}\nthe file ${target} already exists; a backup does not replace a file\n`,
  });
  expect(readFileSync(target, 'utf8')).toBe('precious');
  rmSync(target);
  // Of two at once one wins.
  const both = await Promise.all([run(['backup', target, '--json'], env), run(['backup', target, '--json'], env)]);
  expect(both.map(({ code, err }) => [code, err]).toSorted()).toEqual([
    [0, ''],
    [1, `the file ${target} already exists; a backup does not replace a file\n`],
  ]);
  expect(readdirSync(folder).toSorted()).toEqual(['backup.db', 'gateway.db']);
});

test('a backup changes nothing: a file of an earlier version is copied as it is', async () => {
  const folder = makeFolder();
  const file = join(folder, 'gateway.db');
  const old = new Database(file);
  old.exec('create table users (id text)');
  old.close();
  copyFileSync(file, join(folder, 'before'));
  expect((await run(['backup', join(folder, 'backup.db')], { DATABASE_URL: `file:${file}` })).code).toBe(0);
  expect(readFileSync(file)).toEqual(readFileSync(join(folder, 'before')));
  expect(rowsIn(join(folder, 'backup.db'), 'sqlite_schema')).toBe(1);
});

test('Postgres is refused with the name of its own tool, a missing FILE is wrong usage, a wrong DATABASE_URL 78; no password is printed', async () => {
  const postgres = await run(['backup', '/tmp/never'], {
    DATABASE_URL: 'postgres://gateway:Hunter2@db.example.com/gateway',
  });
  expect(postgres).toMatchObject({ code: 1, out: '', err: expect.stringContaining('pg_dump') });
  const usage = await run(['backup'], { DATABASE_URL: 'postgres://gateway:Hunter2@db.example.com/gateway' });
  expect(usage).toMatchObject({ code: 2, out: '', err: expect.stringContaining('file') });
  const wrong = await run(['backup', '/tmp/never'], { DATABASE_URL: 'mysql://gateway:Hunter2@db.example.com/gateway' });
  expect(wrong).toMatchObject({ code: 78, out: '', err: expect.stringMatching(/^DATABASE_URL is wrong/) });
  const unset = await run(['backup', '/tmp/never'], { NODE_ENV: 'production' });
  expect(unset).toMatchObject({ code: 78, out: '', err: expect.stringMatching(/^DATABASE_URL is not set/) });
  expect(JSON.stringify([postgres, usage, wrong])).not.toContain('Hunter2');
});
