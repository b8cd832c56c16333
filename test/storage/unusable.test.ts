import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { runGateway } from '../../src/cli/gateway.ts';
import { makeFolder as createFolder } from '../../src/make-folder.ts';
import { openStore } from '../../src/storage/store.ts';
import { makeDatabase, openTestDatabase, type TestDatabase } from '../support/postgres.ts';

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-unusable-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

let server: TestDatabase;
beforeAll(async () => {
  server = await openTestDatabase();
}, 60_000);
afterAll(() => server?.stop());

async function newPostgres() {
  const database = await makeDatabase(server.url);
  onTestFinished(async () => void (await database.drop()));
  return database;
}

async function command(databaseUrl: string, ...words: string[]) {
  let [out, err] = ['', ''];
  const code = await runGateway(words, {
    env: { DATABASE_URL: databaseUrl },
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  });
  return { code, out, err };
}
const reading = [
  ['client', 'list'],
  ['mail', 'list'],
];
const creating = ['company', 'create', '--code', 'ACME', '--name', 'Acme'];
const changing = [
  ['client', 'revoke', 'nobody'],
  ['mail', 'retry', 'nothing'],
];
const writing = [creating, ...changing];

describe('a path where no database can be', () => {
  const paths: [string, (folder: string) => string][] = [
    ['a folder that /proc does not take', () => '/proc/nope/deep/x.db'],
    ['a file that /proc does not take', () => '/proc/x.db'],
    ['a folder', (folder) => folder],
    ['below a file', (folder) => join(file(folder, 'text'), 'below/x.db')],
    ['below a device', () => '/dev/null/x.db'],
    ['a device', () => '/dev/null'],
    ['a pipe that nobody reads', (folder) => pipe(folder)],
    ['a name of 300 characters', (folder) => join(folder, 'x'.repeat(300))],
    ['a path of 100,000 characters', (folder) => join(folder, 'x/'.repeat(50_000), 'x.db')],
    ['a link to itself', (folder) => loop(folder)],
    ['below a link to nothing', (folder) => join(dangling(folder), 'x.db')],
    ['a text', (folder) => file(folder, 'no database, but long enough for the header that SQLite reads: '.repeat(20))],
    ['the database of another program', (folder) => another(folder, 'create table notes (id)')],
    [
      'that of another program with the same migrator',
      (folder) =>
        another(
          folder,
          "create table __drizzle_migrations (id, hash, created_at); insert into __drizzle_migrations values (1, 'x', 1)",
        ),
    ],
  ];

  test.each(paths)('%s: one sentence, exit code 78', async (_, make) => {
    const path = make(makeFolder());
    const created = await command(`file:${path}`, ...creating);
    expect([created.code, created.out]).toEqual([78, '']);
    expect(created.err).toMatch(/^DATABASE_URL is wrong: [^\n]+\n$/);
    // The others create none: they find a file that is not a database, or nothing.
    for (const words of [...changing, reading[0]!]) {
      const { code, err } = await command(`file:${path}`, ...words);
      expect([1, 78]).toContain(code);
      expect(err).toMatch(code === 1 ? /^there is no database \/[^\n]+\n$/ : /^DATABASE_URL is wrong: [^\n]+\n$/);
    }
  });

  const file = (folder: string, content: string): string => {
    writeFileSync(join(folder, 'file'), content);
    return join(folder, 'file');
  };
  const pipe = (folder: string): string => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    return join(folder, 'pipe');
  };
  const loop = (folder: string): string => {
    symlinkSync('loop', join(folder, 'loop'));
    return join(folder, 'loop');
  };
  const dangling = (folder: string): string => {
    symlinkSync('nothing', join(folder, 'dangling'));
    return join(folder, 'dangling');
  };
  const another = (folder: string, sql: string): string => {
    const database = new Database(join(folder, 'another.db'));
    database.exec(sql);
    database.close();
    return join(folder, 'another.db');
  };
});

test('a folder is created with those above it, by two at once too', () => {
  const folder = join(makeFolder(), 'a/b/c');
  createFolder(folder);
  createFolder(folder);
  expect(existsSync(folder)).toBe(true);
});

describe('a command that creates no database', () => {
  test.each([...reading, ...changing, ['backup', 'copy.db']])(
    '%s %s: without a database it says where it looked, exit code 1, and creates nothing',
    async (...words) => {
      const folder = makeFolder();
      mkdirSync(join(folder, 'there'));
      for (const path of ['there/x.db', 'not/there/x.db']) {
        const { code, out, err } = await command(`file:${join(folder, path)}`, ...words);
        expect([code, out]).toEqual([1, '']);
        expect(err).toContain(`there is no database ${join(folder, path)}`);
      }
      expect(readdirSync(folder, { recursive: true })).toEqual(['there']);
    },
  );

  test('leaves the files as they were', async () => {
    const folder = makeFolder();
    const path = join(folder, 'gateway.db');
    await command(`file:${path}`, ...writing[0]!);
    const before = readFileSync(path);
    for (const words of reading) expect((await command(`file:${path}`, ...words)).code).toBe(0);
    expect(readdirSync(folder)).toEqual(['gateway.db']);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('on a Postgres without the tables of the gateway creates none', async () => {
    const database = await newPostgres();
    const { code, err } = await command(database.url, ...reading[0]!);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^the Postgres database \S+ on \S+ holds nothing [^\n]+\n$/),
    ]);
    expect(await inPostgres(database.url, "select 1 from pg_tables where schemaname = 'public'")).toEqual([]);
  });
});

async function inPostgres(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client(url);
  await client.connect();
  return (await client.query(statement).finally(() => client.end())).rows;
}

describe.each(['SQLite', 'Postgres'] as const)('%s of another version', (engine) => {
  /** A database of this version, with one statement run in it. */
  async function changed(statement: string): Promise<string> {
    if (engine === 'SQLite') {
      const path = join(makeFolder(), 'gateway.db');
      await (await openStore(`file:${path}`, Date.now)).close();
      const raw = new Database(path);
      raw.exec(statement);
      raw.close();
      return `file:${path}`;
    }
    const database = await newPostgres();
    await (await openStore(database.url, Date.now)).close();
    await inPostgres(database.url, statement);
    return database.url;
  }
  const at = Date.UTC(2099, 0, 2);

  test('a later one: nobody opens it, the date of its schema is named', async () => {
    const url = await changed(`insert into __drizzle_migrations values ('later', ${at})`);
    await expect(openStore(url, Date.now)).rejects.toThrow('its schema is of 2099-01-02T00:00:00.000Z');
    for (const words of [...reading, ...writing]) {
      const { code, out, err } = await command(url, ...words);
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(/^[^\n]+ is of a later version of the gateway: its schema is of 2099-01-02T[^\n]+\n$/);
    }
  });

  test('an earlier one: who only reads says so and migrates nothing', async () => {
    const url = await changed(
      'delete from __drizzle_migrations where created_at = (select max(created_at) from __drizzle_migrations)',
    );
    for (const words of reading) {
      // Postgres has one migration so far, without which nothing says whose tables these are.
      const { code, err } = await command(url, ...words);
      expect([code, err]).toEqual([1, expect.stringMatching(/ is of an earlier version of the gateway: [^\n]+\n$/)]);
    }
  });
});
