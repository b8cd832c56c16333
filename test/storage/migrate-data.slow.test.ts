import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import pg from 'pg';
import { is } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { runGateway } from '../../src/cli/gateway.ts';
import { copyData, type CopyOptions } from '../../src/storage/migrate-data/copy-data.ts';
import { canonical, planCopy } from '../../src/storage/migrate-data/copy-plan.ts';
import * as postgresTables from '../../src/storage/postgres/tables.ts';
import * as tables from '../../src/storage/sqlite/tables.ts';
import { openStore } from '../../src/storage/store.ts';
import { cli, inherited, node } from '../process/program.ts';
import { makeDatabase, openTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { openTestSqlite } from '../support/sqlite.ts';
import { claimDue } from '../support/outbox.ts';

const sqliteMigrations = fileURLToPath(new URL('../../drizzle/sqlite', import.meta.url));

let server: TestDatabase;
beforeAll(async () => void (server = await openTestDatabase()));
afterAll(() => server.stop());

async function newTarget() {
  const target = await makeDatabase(server.url);
  onTestFinished(async () => void (await target.drop()));
  const names = async () =>
    (
      await target.execute("select table_name from information_schema.tables where table_schema = 'public' order by 1")
    ).map((row) => row.table_name as string);
  const count = async (table: string) => Number((await target.execute(`select count(*) from ${table}`))[0].count);
  return { ...target, names, count };
}

/** UUIDs in the order of their numbers. */
const id = (kind: number, number: number) =>
  `0198${String(kind).padStart(4, '0')}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
const tokenHash = createHash('sha256').update('token').digest();
const secretHash = Buffer.from(Array.from({ length: 32 }, (_, index) => 255 - index));
const time = (ms: number) => new Date(Date.UTC(2026, 2, 29, 23, 59, 59, ms));

/** A SQLite file with everything that a table can hold, and `more` plain users with a mail and a tag each. */
async function newSource(more = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-copy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'gateway.db');
  const { db, close } = await openTestSqlite(`file:${file}`);
  const company = id(1, 1);
  db.insert(tables.companies)
    .values([
      { id: company, code: 'RUKR', name: 'PT Ruang & Kerja', mailLocale: 'en', createdAt: time(1) },
      { id: id(1, 2), code: 'OTHR', name: "株式会社 “Übung” \\ ' {}, NULL", createdAt: time(999) },
    ])
    .run();
  db.insert(tables.clients)
    .values([
      {
        id: 'a'.repeat(32),
        companyId: company,
        name: 'HR',
        secretHash,
        scope: 'users:create users:read',
        createdAt: time(120),
      },
      {
        id: 'B'.repeat(32),
        companyId: company,
        name: 'gone',
        secretHash: Buffer.alloc(32),
        scope: 'users:read',
        createdAt: time(0),
        revokedAt: time(7),
      },
    ])
    .run();
  db.insert(tables.tokens)
    .values({
      hash: tokenHash,
      clientId: 'a'.repeat(32),
      scope: 'users:create users:read',
      expiresAt: new Date('2099-01-01T00:00:00.001Z'),
    })
    .run();
  db.insert(tables.quotas)
    .values({ clientId: 'a'.repeat(32), used: 5, endsAt: time(0) })
    .run();
  db.insert(tables.idempotencyKeys)
    .values({
      clientId: 'a'.repeat(32),
      key: 'schlüssel',
      fingerprint: Buffer.from([0, 1, 92, 34]),
      holder: randomUUID(),
      leaseEndsAt: time(3),
      results: '[{"serial":"é"}]',
      completed: true,
      createdAt: time(5),
    })
    .run();
  const organization = { companyId: company, name: 'Unit', createdAt: time(10) };
  db.insert(tables.organizations)
    .values({ ...organization, id: id(2, 9), serial: 'COMPAAAAAAAA', isActive: true })
    .run();
  // Below a unit with a greater id, which a plain copy in the order of ids would refuse.
  db.insert(tables.organizations)
    .values({ ...organization, id: id(2, 3), parentId: id(2, 9), serial: 'COMPBBBBBBBB', isActive: false })
    .run();
  db.insert(tables.organizations)
    .values({ ...organization, id: id(2, 1), parentId: id(2, 3), serial: 'COMPCCCCCCCC', isActive: true })
    .run();
  db.insert(tables.tags)
    .values(
      [1, 2].map((number) => ({
        id: id(3, number),
        companyId: company,
        serial: `RUKRTAG-0000000${number}`,
        name: `Tag ${number}`,
        nameKey: `tag ${number}`,
        createdAt: time(number),
      })),
    )
    .run();
  const user = (number: number, over: Partial<typeof tables.users.$inferInsert> = {}) => ({
    id: id(4, number),
    companyId: company,
    serial: `USER${String(number).padStart(12, '0')}`,
    employeeID: `E${number}`,
    employeeIDKey: `e${number}`,
    name: 'John Doe',
    email: `e${number}@example.com`,
    emailKey: `e${number}@example.com`,
    passwordHash: '$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA',
    isActive: true,
    createdAt: time(number % 1000),
    ...over,
  });
  const mail = (number: number, over: Partial<typeof tables.outbox.$inferInsert> = {}) => ({
    id: id(5, number),
    userId: id(4, number),
    state: 'queued' as const,
    keyId: 'key',
    nonce: randomBytes(12),
    ciphertext: randomBytes(38),
    attempts: 0,
    dueAt: time(number % 1000),
    createdAt: time(number % 1000),
    ...over,
  });
  db.insert(tables.users)
    .values([
      user(1, {
        name: 'Ñandú “Żółw” \\N 😀\u200d🔥 {a,"b"}',
        username: 'Siti',
        usernameKey: 'siti',
        phone: '6281122334455',
        organizationId: id(2, 1),
        importKey: 'row:1',
      }),
      user(2, { email: null, emailKey: null, phone: '62811', isActive: false }),
      user(3),
      user(4),
    ])
    .run();
  db.insert(tables.userTags)
    .values([
      { userId: id(4, 1), position: 0, tagId: id(3, 2) },
      { userId: id(4, 1), position: 1, tagId: id(3, 1) },
    ])
    .run();
  db.insert(tables.outbox)
    .values([
      mail(1),
      mail(3, { state: 'dead', attempts: 9, lastError: '550 “kein” Postfach', endedAt: time(321) }),
      mail(4, { state: 'sent', keyId: null, nonce: null, ciphertext: null, attempts: 1, endedAt: time(9) }),
    ])
    .run();
  db.$client.transaction(() => {
    for (let from = 10; from < 10 + more; from += 500) {
      const numbers = Array.from({ length: Math.min(500, 10 + more - from) }, (_, n) => from + n);
      db.insert(tables.users)
        .values(numbers.map((number) => user(number)))
        .run();
      db.insert(tables.userTags)
        .values(numbers.map((number) => ({ userId: id(4, number), position: 0, tagId: id(3, 1) })))
        .run();
      db.insert(tables.outbox)
        .values(numbers.map((number) => mail(number)))
        .run();
    }
  })();
  close();
  return {
    file,
    folder,
    url: `file:${file}`,
    rows: 20 + 3 * more,
    execute: (statement: string) => {
      const raw = new Database(file);
      try {
        raw.exec(statement);
      } finally {
        raw.close();
      }
    },
  };
}

/** The real command as a process of its own. */
function start(...words: string[]) {
  const child = spawn(node[0], [...node.slice(1), cli, 'migrate-data', ...words], {
    env: inherited,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([out, err, [code, signal]]) => ({ code: code ?? signal, out, err }),
  );
  return { child, ended };
}

async function run(...words: string[]) {
  let [out, err] = ['', ''];
  const code = await runGateway(['migrate-data', ...words], {
    env: {},
    out: (more) => void (out += more),
    err: (more) => void (err += more),
  });
  return { code, out, err };
}

/** Stops a copy once so many rows are copied. */
const stopAfter = (rows: number): CopyOptions => {
  const abort = new AbortController();
  return {
    signal: abort.signal,
    onProgress: (phase, done) => {
      if (phase === 'copying' && done >= rows) abort.abort();
    },
  };
};

test('every table of the stores is copied but the windows of the rate limit and the processes that are alive, each after those that it refers to', () => {
  const exported = Object.values(postgresTables).filter((table) => is(table, PgTable));
  const names = planCopy().map(({ name }) => name);
  expect(names).toHaveLength(exported.length - 2);
  for (const name of ['quotas', 'delivery_processes']) expect(names).not.toContain(name);
  for (const [earlier, later] of [
    ['companies', 'clients'],
    ['clients', 'tokens'],
    ['organizations', 'users'],
    ['tags', 'user_tags'],
    ['users', 'user_tags'],
    ['users', 'outbox'],
  ]) {
    expect(names.indexOf(earlier!), `${earlier} before ${later}`).toBeLessThan(names.indexOf(later!));
  }
});

test('the checksum tells null from an empty text, a date from its text, and bytes that differ in one bit', () => {
  const rows = [
    [null],
    [''],
    ['null'],
    [0],
    [false],
    [new Date(5)],
    [new Date(5).toISOString()],
    [Buffer.from([1])],
    [Buffer.from([3])],
    ['a', 'b'],
    ['a,b'],
    ['é'],
    ['e\u0301'],
  ];
  expect(new Set(rows.map(canonical)).size).toBe(rows.length);
});

test('what was copied is what was there: a store on the target finds users, tokens and units, and claims the mails that were queued', async () => {
  const source = await newSource();
  const target = await newTarget();
  const { continuedAt, tables: copied } = await copyData(source.url, target.url);
  expect(continuedAt).toBe(0);
  expect(Object.fromEntries(copied.map(({ table, rows }) => [table, rows]))).toEqual({
    companies: 2,
    clients: 2,
    tokens: 1,
    organizations: 3,
    tags: 2,
    users: 4,
    idempotency_keys: 1,
    user_tags: 2,
    outbox: 3,
    outbox_attempts: 0,
    deliveries: 0,
    erased_users: 0,
  });
  expect(await target.names()).not.toContain('__data_migration');
  expect(await target.count('quotas')).toBe(0);
  expect(
    await target.execute('select id, parent_id from organizations where parent_id is not null order by id'),
  ).toEqual([
    { id: id(2, 1), parent_id: id(2, 3) },
    { id: id(2, 3), parent_id: id(2, 9) },
  ]);

  const [from, to] = [await openStore(source.url, Date.now), await openStore(target.url, Date.now)];
  onTestFinished(async () => void (await Promise.all([from.close(), to.close()])));
  for (const number of [1, 2, 3, 4]) {
    const found = await to.users.find(id(1, 1), { employeeID: `e${number}` });
    expect(found).toMatchObject({ employeeID: `E${number}`, createdAt: time(number) });
    expect(found).toEqual(await from.users.find(id(1, 1), { employeeID: `e${number}` }));
  }
  expect(await to.access.findCallers([tokenHash], new Date(), new Date(8.64e15))).toEqual(
    await from.access.findCallers([tokenHash], new Date(), new Date(8.64e15)),
  );
  expect(await to.access.listClients()).toEqual(await from.access.listClients());
  const dead = await to.outbox.list({ state: 'dead', limit: 10 });
  expect(dead).toMatchObject([{ id: id(5, 3), lastError: '550 “kein” Postfach' }]);
  expect(dead).toEqual(await from.outbox.list({ state: 'dead', limit: 10 }));
  const claimed = await claimDue(to.outbox, { limit: 10, leaseMs: 30_000, first: true, keyIds: ['key'] });
  expect(claimed).toEqual(await claimDue(from.outbox, { limit: 10, leaseMs: 30_000, first: true, keyIds: ['key'] }));
  expect(claimed.map((mail) => mail.id)).toEqual([id(5, 1)]);
});

test('a dry run makes every check, answers the counts and checksums of the copy to come, and writes nothing on either side', async () => {
  const source = await newSource(300);
  const target = await newTarget();
  const before = [readFileSync(source.file), statSync(source.file).mtimeMs];
  const dry = await copyData(source.url, target.url, { dryRun: true });
  expect(await target.names()).toEqual([]);
  expect([readFileSync(source.file), statSync(source.file).mtimeMs]).toEqual(before);
  expect(dry).toEqual(await copyData(source.url, target.url));
  await expect(copyData(source.url, target.url, { dryRun: true })).rejects.toThrow(
    'the target is not empty: there are rows in companies',
  );
});

test('a dry run names the table with a value that Postgres does not take, and the copy fails on it too', async () => {
  const source = await newSource();
  source.execute("update users set name = 'a' || char(0) || 'b' where employee_id = 'E3'");
  const target = await newTarget();
  await expect(copyData(source.url, target.url, { dryRun: true })).rejects.toThrow(
    /^users: Postgres refuses a value \(22021\)$/,
  );
  await expect(copyData(source.url, target.url)).rejects.toThrow(/^users: /);
});

test('a copy that is stopped says how far it came, no gateway starts on it, and the same call continues it', async () => {
  const source = await newSource(3_000);
  const target = await newTarget();
  await expect(copyData(source.url, target.url, stopAfter(2_000))).rejects.toThrow(
    /^stopped while copying: \d,\d{3} of 9,020 rows; the same command continues$/,
  );
  const left = await target.count('users');
  expect(left).toBeGreaterThan(500);
  expect(left).toBeLessThan(3_000);
  await expect(openStore(target.url, Date.now)).rejects.toThrow('an unfinished copy is in this database');
  await expect(copyData(source.url, target.url, stopAfter(6_000))).rejects.toThrow('stopped while copying');
  const seen: number[] = [];
  const { continuedAt } = await copyData(source.url, target.url, {
    onProgress: (phase, done) => {
      if (phase === 'copying') seen.push(done);
    },
  });
  expect(continuedAt).toBeGreaterThan(6_000);
  expect([seen[0], seen.at(-1)]).toEqual([continuedAt, source.rows]);
  expect(await target.names()).not.toContain('__data_migration');
});

test('a unit below one with a greater id gets it also when the copy is stopped between the two', async () => {
  const source = await newSource();
  const target = await newTarget();
  await expect(copyData(source.url, target.url, stopAfter(7))).rejects.toThrow('stopped while copying');
  expect([
    await target.count('organizations'),
    (await target.execute('select id from organizations where parent_id is not null')).length,
  ]).toEqual([3, 0]);
  await copyData(source.url, target.url);
  expect(await target.execute('select id from organizations where parent_id is not null')).toHaveLength(2);
});

test('the command killed with kill -9 on its way continues, and copies everything once', async () => {
  const source = await newSource(15_000);
  const target = await newTarget();
  const words = ['--from', source.url, '--to', target.url, '--json'];
  const first = start(...words);
  await vi.waitFor(async () => expect(await target.count('users')).toBeGreaterThan(0), {
    timeout: 20_000,
    interval: 5,
  });
  first.child.kill('SIGKILL');
  expect((await first.ended).code).toBe('SIGKILL');
  const { code, out, err } = await start(...words).ended;
  expect([code, err]).toEqual([0, '']);
  const { continuedAt, rows, tables: copied } = JSON.parse(out);
  expect(continuedAt).toBeGreaterThan(0);
  expect(continuedAt).toBeLessThan(source.rows);
  expect([rows, await target.count('users'), await target.count('outbox')]).toEqual([source.rows, 15_004, 15_003]);
  expect(copied.every(({ sha256 }: { sha256: string }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
}, 60_000);

test('Ctrl-C, twice as npm sends it, ends the chunk and the command with 1', async () => {
  const source = await newSource(3_000);
  const target = await newTarget();
  // Holds the copy up at the first of three chunks of the last table, until both signals are there.
  const other = new pg.Client(target.url);
  await other.connect();
  await other.query(`
    select pg_advisory_lock(1);
    create function wait() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock(1); return null; end $$;
    create function make_wait() returns event_trigger language plpgsql as $$ begin
      if exists (select from pg_event_trigger_ddl_commands() where object_identity = 'public.user_tags') then
        create trigger wait before insert on user_tags for each statement execute function wait();
      end if;
    end $$;
    create event trigger make_wait on ddl_command_end when tag in ('CREATE TABLE') execute function make_wait()`);
  const { child, ended } = start('--from', source.url, '--to', target.url);
  const waits = 'select from pg_locks where locktype = $$advisory$$ and not granted';
  await vi.waitFor(async () => expect(await target.execute(waits)).toHaveLength(1), { timeout: 50_000, interval: 20 });
  child.kill('SIGINT');
  child.kill('SIGINT');
  await other.end();
  const { code, out, err } = await ended;
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(/\nstopped while copying: [\d,]+ of 9,020 rows; the same command continues\n$/);
}, 60_000);

test('two copies into one target at once: the second waits for the first and is refused, nothing is copied twice', async () => {
  const source = await newSource(2_000);
  const target = await newTarget();
  const ended = await Promise.allSettled([copyData(source.url, target.url), copyData(source.url, target.url)]);
  expect(ended.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await target.count('users')).toBe(2_004);
});

test('a target that a gateway has written to is refused before anything is changed there', async () => {
  const source = await newSource();
  const target = await newTarget();
  const store = await openStore(target.url, Date.now);
  await store.access.addCompany({
    id: id(9, 9),
    code: 'MINE',
    name: 'Mine',
    mailLocale: null,
    signInUrl: null,
    replyTo: null,
    createdAt: new Date(),
  });
  await store.close();
  const before = await target.names();
  for (const dryRun of [true, false])
    await expect(copyData(source.url, target.url, { dryRun })).rejects.toThrow(
      'the target is not empty: there are rows in companies',
    );
  expect([await target.names(), await target.count('companies')]).toEqual([before, 1]);
});

test('a target that a gateway runs on is refused, empty as it is: it would send the mails of a copy under way', async () => {
  const source = await newSource();
  const target = await newTarget();
  const store = await openStore(target.url, Date.now);
  await store.access.hasCompanies();
  for (const dryRun of [true, false])
    await expect(copyData(source.url, target.url, { dryRun })).rejects.toThrow('a gateway runs on the target');
  await store.close();
  await copyData(source.url, target.url);
});

test('an unfinished copy is continued from its own source only', async () => {
  const [source, other] = [await newSource(2_000), await newSource()];
  other.execute("update companies set name = 'Other'");
  const target = await newTarget();
  await expect(copyData(source.url, target.url, stopAfter(1_000))).rejects.toThrow('stopped');
  await expect(copyData(other.url, target.url)).rejects.toThrow(
    /^the target holds an unfinished copy of another source, or this one was written to since: see companies/,
  );
  await copyData(source.url, target.url);
});

test.each([
  [
    'a row that is changed in the target',
    "update users set name = name || ' ' where employee_id = 'E3'",
    'the rows of users in the target are not those of the source',
  ],
  [
    'a millisecond',
    "update users set created_at = created_at + interval '1 millisecond' where employee_id = 'E3'",
    'the rows of users in the target are not those of the source',
  ],
  [
    'a row that is lost in the target',
    "delete from outbox where state = 'sent'",
    'outbox has 603 rows in the source and 602 in the target',
  ],
  [
    'a row that came to the target',
    "insert into companies (id, code, name, created_at) values ('00000000-0000-7000-8000-000000000000', 'MORE', 'More', now())",
    'companies has 2 rows in the source and 3 in the target',
  ],
])('%s is found in the end; the copy stays unfinished', async (_, statement, sentence) => {
  const source = await newSource(600);
  const target = await newTarget();
  await expect(copyData(source.url, target.url, stopAfter(source.rows))).rejects.toThrow('stopped while copying');
  // Below the greatest keys, which a continued copy compares first.
  await target.execute(statement);
  await expect(copyData(source.url, target.url)).rejects.toThrow(sentence);
  expect(await target.names()).toContain('__data_migration');
});

test('a source that is written to meanwhile is said so in the end; idle readers are no harm', async () => {
  const source = await newSource(10);
  const target = await newTarget();
  const idle = await openStore(source.url, Date.now);
  onTestFinished(() => idle.close());
  await copyData(source.url, target.url);
  for (const dryRun of [true, false]) {
    const fresh = await newTarget();
    let written = false;
    const write = () => {
      if (!written) source.execute('update users set is_active = not is_active');
      written = true;
    };
    await expect(copyData(source.url, fresh.url, { dryRun, onProgress: write })).rejects.toThrow(
      /^the source was written to during the copy\. Stop every gateway on it\./,
    );
  }
});

test('texts are in one order on both sides whatever the collation of the target', async () => {
  const source = await newSource();
  const target = await newTarget();
  await (await openStore(target.url, Date.now)).close();
  // ICU sorts a before B, bytes B before a.
  await target.execute('alter table clients alter column id type text collate "en-x-icu"');
  const { tables: copied } = await copyData(source.url, target.url);
  expect(copied.find(({ table }) => table === 'clients')).toMatchObject({ rows: 2 });
});

test('a source of an earlier version is brought up to date first, which a dry run does not do; one of a later version is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-copy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'gateway.db');
  const raw = new Database(file);
  const [first] = readMigrationFiles({ migrationsFolder: sqliteMigrations });
  for (const statement of first!.sql) raw.exec(statement);
  raw.exec('create table __drizzle_migrations (hash text primary key, created_at numeric not null)');
  raw.prepare('insert into __drizzle_migrations values (?, ?)').run(first!.hash, first!.folderMillis);
  raw.prepare("insert into companies (id, code, name, created_at) values (?, 'RUKR', 'x', 1)").run(id(1, 1));
  raw.close();
  const target = await newTarget();
  await expect(copyData(`file:${file}`, target.url, { dryRun: true })).rejects.toThrow('earlier version');
  expect((await copyData(`file:${file}`, target.url)).tables[0]).toMatchObject({ table: 'companies', rows: 1 });

  const later = await newSource();
  later.execute("insert into __drizzle_migrations values ('of tomorrow', 9e12)");
  await expect(copyData(later.url, (await newTarget()).url)).rejects.toThrow('later version');
});

test('the command: 0 with a table or one JSON value, 1 with a reason, 2 for wrong addresses, which are never printed', async () => {
  const source = await newSource();
  const target = await newTarget();
  const dry = await run('--from', source.url, '--to', target.url, '--dry-run');
  expect([dry.code, dry.err]).toEqual([0, expect.stringContaining('Reading  100 %  20 of 20 rows')]);
  expect(dry.out).toMatch(
    /^table +rows +sha256\ncompanies +2 +[0-9a-f]{64}\n[^]+\n\nDry run: 20 rows would be copied, nothing was written\.\n$/,
  );
  const done = await run('--json', '--from', source.url, '--to', target.url);
  expect([done.code, done.err, JSON.parse(done.out)]).toMatchObject([
    0,
    '',
    { dryRun: false, rows: 20, continuedAt: 0 },
  ]);
  expect(await run('--from', source.url, '--to', target.url)).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('the target is not empty'),
  });

  const missing = join(source.folder, 'missing.db');
  expect(await run('--from', `file:${missing}`, '--to', target.url)).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(`^there is no database ${missing}: [^\n]+\n$`),
  });
  expect(readdirSync(source.folder)).not.toContain('missing.db');
  const secret = 'postgres://gateway:Hunter2@127.0.0.1:1/gateway';
  const away = await run('--from', source.url, '--to', secret);
  expect(away).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^the target cannot be reached: /) });
  const wrong = [
    ['--from', source.url],
    ['--from', '', '--to', secret],
    ['--from', secret, '--to', source.url],
    ['--from', secret, '--to', secret],
    ['--from', source.url, '--to', `${secret}?pool=x`],
    ['--from', source.url, '--to', secret, secret],
    ['--from', source.url, `--too=${secret}`],
  ];
  for (const words of wrong) {
    const { code, out, err } = await run(...words);
    expect([code, out], words.join(' ')).toEqual([2, '']);
    expect(err).not.toContain('Hunter2');
  }
  expect(away.err).not.toContain('Hunter2');
});
