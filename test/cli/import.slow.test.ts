import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import Database from 'better-sqlite3';
import { parse } from 'csv-parse/sync';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runGateway } from '../../src/cli/gateway.ts';
import { cli, inherited, makeFolder, node, start as startGateway } from '../process/program.ts';
import { openTestDatabase } from '../support/postgres.ts';

const production = { NODE_ENV: 'production', SECRET_KEY: Buffer.alloc(32, 7).toString('base64') };

/** A folder with files to import; `run` is the command in this process, `start` a process of its own. */
function openFolder(more: Record<string, string> = {}) {
  const cwd = makeFolder();
  const env: Record<string, string> = { ...production, DATABASE_URL: `file:${join(cwd, 'gateway.db')}`, ...more };
  const path = (name: string): string => join(cwd, name);
  const write = (name: string, content: string | Buffer): string => {
    writeFileSync(path(name), content);
    return path(name);
  };
  const run = async (...args: string[]) => {
    let [out, err] = ['', ''];
    const code = await runGateway(args, { env, out: (more) => void (out += more), err: (more) => void (err += more) });
    return { code, out, err };
  };
  const start = (...args: string[]) => {
    const child = spawn(node[0], [...node.slice(1), cli, ...args], {
      cwd,
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
      ([out, err, [code, signal]]) => ({ code: code ?? signal, out, err }),
    );
    return { child, ended };
  };
  const all = <T>(statement: string): T[] => {
    const file = new Database(path('gateway.db'), { readonly: true });
    try {
      return file.prepare(statement).all() as T[];
    } finally {
      file.close();
    }
  };
  const company = () => run('company', 'create', '--code', 'RUKR', '--name', 'Ruangkerja');
  return { cwd, env, path, write, run, start, all, company };
}

const header = 'employeeID,name,email,isActive';

test('a file with names in Indonesian is imported; what is rejected can be mended in its error file and imported from there', async () => {
  const { write, path, run, all, company } = openFolder();
  await company();
  const file = write(
    'users.csv',
    [
      '\uFEFFAktif;Nama;NIK;Telepon;Surel;Kata Sandi;Catatan',
      'ya;Budi Santoso;00123;81122334455;budi@example.com;;x',
      'ya;Siti Rahma;2026-01-05 00:00:00;6,28112E+12;;k7Qz-wPx9vT;"a;b"',
      'TIDAK;Ani;E3;;ani@example.com;;=1+1',
      'entah;Dewi;E4;;dewi@example.com;;',
      ';;;;;;',
      '',
    ].join('\r\n'),
  );
  const first = await run('import', file, '--company', 'RUKR');
  expect([first.code, first.err]).toEqual([
    2,
    expect.stringContaining('Note: ignored, as the name is unknown: "Catatan"'),
  ]);
  expect(first.out).toMatch(/^Note: phones with neither a 0 nor a country code .*: 1, the first at line 2\n/);
  expect(first.out).toContain('10120      USER_IS_ACTIVE_REQUIRED   1');
  expect(first.out).toContain(
    `4 of 4 rows: 2 created, 2 rejected.\nThe rejected rows are in ${path('users.errors.csv')}`,
  );
  expect(all('SELECT employee_id AS id, phone, is_active AS active FROM users ORDER BY id')).toEqual([
    { id: '00123', phone: '6281122334455', active: 1 },
    { id: 'E3', phone: null, active: 0 },
  ]);

  const errors = readFileSync(path('users.errors.csv'), 'utf8');
  expect(statSync(path('users.errors.csv')).mode & 0o777).toBe(0o600);
  const [head, siti, dewi, end] = errors.split('\r\n');
  expect(head).toBe('\uFEFFAktif;Nama;NIK;Telepon;Surel;Kata Sandi;Catatan;errorLine;errorCode;errorDetail');
  expect(siti).toMatch(
    /^ya;Siti Rahma;2026-01-05 00:00:00;6,28112E\+12;;k7Qz-wPx9vT;"a;b";3;10111;"employee id .*Excel made a date.*; 10117 phone .*digits are lost.*"$/,
  );
  expect(dewi).toMatch(/^entah;Dewi;E4;;dewi@example.com;;;5;10120;isActive .*ya\/tidak/);
  expect(end).toBe('');

  writeFileSync(
    path('users.errors.csv'),
    errors.replace('2026-01-05 00:00:00', 'E2').replace('6,28112E+12', '0811-2').replace('entah', 'aktif'),
  );
  expect((await run('import', path('users.errors.csv'), '--company', 'RUKR', '--json')).code).toBe(2);
  expect(
    readFileSync(path('users.errors.errors.csv'), 'utf8')
      .split('\r\n')
      .map((line) => line.slice(0, 30)),
  ).toEqual([head!.slice(0, 30), 'ya;Siti Rahma;E2;0811-2;;k7Qz-', '']);
  const left = path('users.errors.errors.csv');
  writeFileSync(left, readFileSync(left, 'utf8').replace('0811-2', '0811-2233-4499'));
  const mended = await run('import', left, '--company', 'RUKR', '--json');
  expect([mended.code, mended.err, JSON.parse(mended.out)]).toMatchObject([
    0,
    '',
    { created: 1, rejected: 0, errorFile: null },
  ]);
  expect(existsSync(path('users.errors.errors.errors.csv'))).toBe(false);
  expect(all('SELECT employee_id AS id FROM users ORDER BY id')).toEqual([
    { id: '00123' },
    { id: 'E2' },
    { id: 'E3' },
    { id: 'E4' },
  ]);
});

test('a dry run tells what the run tells and writes nothing, neither users nor mails nor files', async () => {
  const { write, run, all, company, cwd } = openFolder();
  await company();
  const rows = Array.from({ length: 420 }, (_, n) => `E${n % 410},Budi,e${n}@example.com,${n === 5 ? '' : '1'}`);
  const file = write('users.csv', [header, ...rows].join('\n'));
  const dry = await run('import', file, '--company', 'RUKR', '--dry-run', '--json');
  const rejections = [
    { errorCode: 10101, message: 'USER_EMPLOYEE_ID_EXISTS', rows: 9 },
    { errorCode: 10120, message: 'USER_IS_ACTIVE_REQUIRED', rows: 1 },
  ];
  expect([dry.code, JSON.parse(dry.out)]).toEqual([
    2,
    expect.objectContaining({
      dryRun: true,
      total: 420,
      rows: 420,
      valid: 410,
      created: 0,
      rejected: 10,
      rejections,
      errorFile: null,
    }),
  ]);
  expect(all('SELECT id FROM users UNION SELECT id FROM outbox')).toEqual([]);
  expect(readdirSync(cwd).filter((name) => name.endsWith('.csv'))).toEqual(['users.csv']);
  const real = await run('import', file, '--company', 'RUKR', '--json');
  expect([real.code, JSON.parse(real.out)]).toEqual([
    2,
    expect.objectContaining({
      valid: 0,
      created: 410,
      rejected: 10,
      rejections,
      errorFile: file.replace('.csv', '.errors.csv'),
    }),
  ]);
});

test('the template is printed without a database, and is a file that can be imported', async () => {
  const { write, run, cwd, company } = openFolder();
  const { code, out } = await run('import', '--template');
  expect([code, out]).toEqual([
    0,
    'employeeID,name,username,email,phone,password,isActive,tagSerials,organizationSerial\r\n',
  ]);
  expect(JSON.parse((await run('import', '--template', '--json')).out)).toEqual({ template: out });
  expect(readdirSync(cwd)).toEqual([]);
  await company();
  expect(await run('import', write('users.csv', out), '--company', 'RUKR')).toMatchObject({
    code: 0,
    out: '0 of 0 rows: 0 created, 0 rejected.\n',
  });
});

test('what cannot be done ends with 1, wrong usage too, as 2 tells of rejected rows; wrong configuration ends with 78', async () => {
  const { write, run, env, cwd, company } = openFolder();
  const file = write('users.csv', `${header}\nE1,Budi,a@example.com,1\n`);
  const broken = write('broken.csv', `${header}\nE1,"Budi,a@example.com,1\n`);
  const failing: [string[], string][] = [
    [['import'], 'missing required argument'],
    [['import', file], '--company'],
    [['import', file, '--company', 'RUKR', '--fast'], 'unknown option'],
    [['import', file, '--company', 'RUKR', '--url', 'https://gateway.example.com'], 'either'],
    [['import', file, '--url', 'gateway.example.com', '--client-id', 'x', '--client-secret', 'y'], '--url must be'],
    [['import', file, '--url', 'https://gateway.example.com', '--client-id', 'x'], 'CLIENT_SECRET'],
    [['import', `${file}x`, '--company', 'RUKR'], 'there is no file'],
    [['import', broken, '--company', 'RUKR'], 'never closed'],
  ];
  for (const [args, reason] of failing) {
    const { code, out, err } = await run(...args, '--json');
    expect([code, out, err.split('\n').length], args.join(' ')).toEqual([1, '', 2]);
    expect(err).toContain(reason);
  }
  expect((await run('import', file, '--company', 'NONE')).err).toContain('there is no database');
  expect(existsSync(join(cwd, 'gateway.db'))).toBe(false);
  await company();
  expect((await run('import', file, '--company', 'NONE')).err).toContain('there is no company NONE');
  const foreign = write('users.errors.csv', 'my own notes\n');
  expect(await run('import', file, '--company', 'RUKR')).toMatchObject({
    code: 1,
    err: expect.stringContaining('move it away'),
  });
  expect(readFileSync(foreign, 'utf8')).toBe('my own notes\n');
  env['SECRET_KEY'] = '';
  expect(await run('import', file, '--company', 'RUKR', '--json')).toMatchObject({
    code: 78,
    out: '',
    err: expect.stringMatching(/^SECRET_KEY is not set[^\n]+\n$/),
  });
  expect(await run('import', '--help')).toMatchObject({ code: 0, err: '', out: expect.stringContaining('--template') });
});

/** `count` rows, of which every 400th is rejected, by a code or as the duplicate of the row before. */
function largeFile(count: number): string {
  const rows = Array.from({ length: count }, (_, n) => {
    const reason = n % 400 === 399 ? (n % 800 === 399 ? 'status' : 'twice') : '';
    return `E${reason === 'twice' ? n - 1 : n},Budi Santoso,e${n}@example.com,${reason === 'status' ? '?' : 'ya'}`;
  });
  return [header, ...rows].join('\n');
}

test(
  '20,000 rows, stopped by Ctrl-C, killed with kill -9 and started again: every row is one user with one mail row, every rejected row is in the error file once',
  { timeout: 90_000 },
  async () => {
    const { write, path, start, all, company } = openFolder();
    await company();
    const file = write('users.csv', largeFile(20_000));
    const command = ['import', file, '--company', 'RUKR', '--json'];
    const made = () => all<{ count: number }>('SELECT count(*) AS count FROM users')[0]!.count;
    const reach = (count: number) =>
      vi.waitFor(() => expect(made()).toBeGreaterThan(count), { timeout: 40_000, interval: 25 });

    const stopped = start(...command);
    await reach(1_000);
    stopped.child.kill('SIGINT');
    stopped.child.kill('SIGINT');
    const { code, out } = await stopped.ended;
    const report = JSON.parse(out);
    expect([code, report.interrupted, report.total, report.rows % 200]).toEqual([1, true, 20_000, 0]);
    expect([report.created, report.created + report.rejected]).toEqual([made(), report.rows]);

    const killed = start(...command);
    await reach(made() + 4_000);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const before = made();
    expect(before).toBeLessThan(19_000);
    const errorsBefore = readFileSync(path('users.errors.csv'), 'utf8').split('\n').length;

    const last = await start('import', file, '--company', 'RUKR').ended;
    expect([last.code, last.err]).toEqual([
      2,
      expect.stringMatching(
        /^Database: SQLite .*\n(Importing  \d+ % .*\n)*Importing  100 %  20,000 of 20,000 users, [\d,]+\/s\n$/,
      ),
    ]);
    expect(last.out).toContain(
      `20,000 of 20,000 rows: ${(19_950 - before).toLocaleString('en')} created, ${before.toLocaleString('en')} were created by an earlier run, 50 rejected.`,
    );

    const rows = all<{ id: string; mails: number }>(
      'SELECT u.employee_id AS id, (SELECT count(*) FROM outbox o WHERE o.user_id = u.id) AS mails FROM users u',
    );
    const expected = Array.from({ length: 20_000 }, (_, n) => n)
      .filter((n) => n % 400 !== 399)
      .map((n) => `E${n}`);
    expect(rows.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
    expect(rows.filter(({ mails }) => mails !== 1)).toEqual([]);
    const errors = parse<Record<string, string>>(readFileSync(path('users.errors.csv')), { columns: true });
    expect(errors.map(({ errorLine, errorCode }) => `${errorLine} ${errorCode}`)).toEqual(
      Array.from({ length: 50 }, (_, n) => `${n * 400 + 401} ${n % 2 ? 10101 : 10120}`),
    );
    expect(errorsBefore).toBeLessThan(52);
  },
);

test('an import beside a running gateway: through its API with a secret from the environment, then the same rows into its database', async () => {
  const { cwd, env, write, start, all } = openFolder({ NODE_ENV: 'development', SECRET_KEY: '' });
  mkdirSync(join(cwd, 'data'));
  const gateway = await startGateway(cwd, { DATABASE_URL: env['DATABASE_URL']! }, ['--json']);
  const { clientID, clientSecret } = gateway.json();
  const file = write(
    'users.csv',
    [header, ...Array.from({ length: 450 }, (_, n) => `E${n},Budi,e${n}@example.com,${n === 300 ? '?' : '1'}`)].join(
      '\n',
    ),
  );
  env['CLIENT_SECRET'] = clientSecret;
  const through = ['import', file, '--url', `http://127.0.0.1:${gateway.port()}`, '--client-id', clientID, '--json'];
  const one = await start(...through).ended;
  expect([one.code, one.err, JSON.parse(one.out)]).toMatchObject([2, '', { created: 449, rejected: 1 }]);
  // Each chunk has its key: the gateway answers what it answered before.
  expect(JSON.parse((await start(...through).ended).out)).toMatchObject({ created: 0, imported: 449, rejected: 1 });
  const rows = () =>
    all<{ users: number; mails: number }>(
      'SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM outbox) AS mails',
    )[0];
  expect(rows()).toEqual({ users: 449, mails: 449 });

  const code = all<{ code: string }>('SELECT code FROM companies')[0]!.code;
  const direct = await start(
    'import',
    write('more.csv', `${header}\nNEW1,Siti,new1@example.com,1\nE1,Budi,x@example.com,1\n`),
    '--company',
    code,
    '--json',
  ).ended;
  expect(JSON.parse(direct.out)).toMatchObject({ created: 1, rejected: 1, rejections: [{ errorCode: 10101 }] });
  await vi.waitFor(() => expect(all("SELECT 1 FROM outbox WHERE state <> 'sent'")).toEqual([]), { timeout: 40_000 });
  expect(rows()).toEqual({ users: 450, mails: 450 });
});

test('into Postgres as into SQLite, and a second run of the file creates nothing', async () => {
  const database = await openTestDatabase();
  onTestFinished(database.stop);
  const { write, run, company } = openFolder({ DATABASE_URL: database.url });
  await company();
  const file = write('users.csv', largeFile(1_000));
  expect(JSON.parse((await run('import', file, '--company', 'RUKR', '--json')).out)).toMatchObject({
    created: 998,
    imported: 0,
    rejected: 2,
  });
  expect(JSON.parse((await run('import', file, '--company', 'RUKR', '--json')).out)).toMatchObject({
    created: 0,
    imported: 998,
    rejected: 2,
  });
  expect(
    await database.execute(
      'SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(DISTINCT user_id)::int FROM outbox) AS mails',
    ),
  ).toEqual([{ users: 998, mails: 998 }]);
});

test.each([
  ['SQLite', 20_000],
  ['Postgres', 3_000],
])(
  '%s: an upsert of %i rows, killed with kill -9 and started again, ends as the file says',
  { timeout: 90_000 },
  async (engine, total) => {
    const database = engine === 'Postgres' ? await openTestDatabase() : null;
    if (database) onTestFinished(database.stop);
    const { write, run, start, all, company } = openFolder(database ? { DATABASE_URL: database.url } : {});
    const select = async (statement: string): Promise<Record<string, unknown>[]> =>
      database ? database.execute(statement) : all(statement);
    await company();
    const rows = (count: number, name: string, domain: string) =>
      [header, ...Array.from({ length: count }, (_, n) => `E${n},${name},e${n}@${domain},ya`)].join('\n');
    const old = write('first.csv', rows(total / 2, 'Budi', 'old.example'));
    expect((await run('import', old, '--company', 'RUKR')).code).toBe(0);
    const file = write('users.csv', rows(total, 'Ani', 'new.example'));
    const command = ['import', file, '--company', 'RUKR', '--upsert', '--json'];
    const changed = async () =>
      Number((await select(`select count(*) as count from users where name = 'Ani'`))[0]!['count']);
    const killed = start(...command);
    await vi.waitFor(async () => expect(await changed()).toBeGreaterThan(total / 10), {
      timeout: 40_000,
      interval: 25,
    });
    killed.child.kill('SIGKILL');
    await killed.ended;
    const done = await changed();
    expect(done).toBeLessThan(total);
    const last = JSON.parse((await start(...command).ended).out);
    expect([last.unchanged, last.created + last.updated, last.rejected]).toEqual([done, total - done, 0]);
    const again = JSON.parse((await start(...command).ended).out);
    expect([again.unchanged, again.created, again.updated]).toEqual([total, 0, 0]);
    const [counts, ...others] = await select(`
      select name, count(*) as users, count(case when version = 2 then 1 end) as changed,
        count(case when email = lower(employee_id) || '@new.example' then 1 end) as moved,
        (select count(*) from outbox) as mails, (select count(distinct user_id) from outbox) as mailed
      from users group by name`);
    const texts = Object.fromEntries(Object.entries(counts!).map(([name, value]) => [name, String(value)]));
    const every = String(total);
    expect(texts).toEqual({
      name: 'Ani',
      users: every,
      changed: String(total / 2),
      moved: every,
      mails: every,
      mailed: every,
    });
    expect(others).toEqual([]);
  },
);
