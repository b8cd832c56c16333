import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { runGateway } from '../../src/cli/gateway.ts';
import { checkDatabase } from '../../src/gateway/doctor/check-database.ts';
import { checkDisk, checkFiles, checkNode } from '../../src/gateway/doctor/check-machine.ts';
import type { Finding } from '../../src/gateway/doctor/finding.ts';
import { openStore } from '../../src/storage/store.ts';
import { startSmtp } from '../mail/kit.ts';
import { johnDoe, openGateway } from '../support/gateway.ts';
import { makeDatabase, openTestDatabase } from '../support/postgres.ts';

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-doctor-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(server: Server, port = 0): Promise<string> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return String((server.address() as AddressInfo).port);
}

/** The variables of a production whose database is made and whose mail server answers. */
async function healthy() {
  const folder = makeFolder();
  const { url } = await startSmtp({ authOptional: true });
  const env: Record<string, string> = {
    NODE_ENV: 'production',
    DATABASE_URL: `file:${join(folder, 'gateway.db')}`,
    SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    SMTP_URL: url,
    SMTP_NAME: '[127.0.0.1]',
    MAIL_FROM: 'no-reply@ruangkerja.example',
    PORT: String(await freePort()),
  };
  await (await openStore(env['DATABASE_URL']!, Date.now)).close();
  return { folder, env };
}

/** What `gateway doctor --json` answers, its exit code, and its text. */
async function doctor(env: Record<string, string>, ...args: string[]) {
  let [out, err] = ['', ''];
  const code = await runGateway(['doctor', ...args], {
    env,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  });
  return { code, out, err };
}

async function checksOf(env: Record<string, string>): Promise<Finding[]> {
  const { code, out, err } = await doctor(env, '--json');
  expect([err, out.split('\n').length]).toEqual(['', 2]);
  const { ok, checks } = JSON.parse(out);
  expect([code, ok]).toEqual(checks.some(({ status }: Finding) => status === 'failed') ? [1, false] : [0, true]);
  return checks;
}

const failuresOf = async (env: Record<string, string>) =>
  (await checksOf(env)).filter(({ status }) => status === 'failed').map(({ check, detail }) => [check, detail]);

test('a gateway that lacks nothing: each check is one line, exit code 0', async () => {
  const { env } = await healthy();
  const { code, out, err } = await doctor({ ...env, METRICS_PORT: '0' });
  const checks = 'node configuration files disk database migrations clock secret·key mail·server mail·TLS mail·sign-in';
  expect([code, err]).toEqual([0, '']);
  expect(out.split('\n')).toEqual([
    ...[...checks.split(' '), 'SMTP_NAME', 'PORT', 'METRICS_PORT'].map((check) =>
      expect.stringMatching(new RegExp(`^ok {7}${check.replace('·', ' ')}: \\S`)),
    ),
    'Nothing is wrong.',
    '',
  ]);
});

test('before the first start it makes no file, says where it looked, and each failure is one line with its remedy', async () => {
  const folder = makeFolder();
  const env = { DATABASE_URL: `file:${join(folder, 'data/gateway.db')}`, PORT: String(await freePort()) };
  const { code, out } = await doctor(env);
  expect(code).toBe(1);
  expect(out).toMatch(/^failed {3}database: there is no database \S+data\/gateway\.db.*; start the gateway once/m);
  expect(out).toMatch(/1 of \d+ checks failed\.\n$/);
  expect(readdirSync(folder)).toEqual([]);
});

test('a wrong configuration is a line for each variable, and what needs it is left out', async () => {
  const { env } = await healthy();
  const checks = await checksOf({ ...env, PORT: 'many', DATABASE_URL: '' });
  expect(checks.filter(({ check }) => check === 'configuration')).toMatchObject([
    { status: 'failed', detail: expect.stringContaining('DATABASE_URL'), remedy: expect.any(String) },
    { status: 'failed', detail: expect.stringContaining('PORT') },
  ]);
  expect(checks.filter(({ check }) => ['database', 'PORT'].includes(check)).map(({ status }) => status)).toEqual([
    'skipped',
    'skipped',
  ]);
});

test('an old Node, a full disk', async () => {
  expect([checkNode('22.11.0').status, checkNode('24.0.0').status]).toEqual(['failed', 'ok']);
  const database = join(makeFolder(), 'data/gateway.db');
  expect([checkDisk(database).status, checkDisk(database, 2 ** 60).status]).toEqual(['ok', 'failed']);
});

test('files that others may read or replace, or that this user cannot write', async () => {
  const { env, folder } = await healthy();
  const database = join(folder, 'gateway.db');
  chmodSync(database, 0o640);
  expect(await failuresOf(env)).toEqual([['files', `others may use ${database}`]]);
  chmodSync(database, 0o600);
  chmodSync(folder, 0o777);
  expect(await failuresOf(env)).toEqual([['files', `others may write into ${folder}`]]);
  chmodSync(folder, 0o1777);
  expect(await failuresOf(env)).toEqual([]);
  const access = (path: string) => {
    if (path === database) throw new Error('EACCES');
  };
  expect(checkFiles({ database, folder: null, access })).toMatchObject({
    status: 'failed',
    detail: `this user cannot write ${database}`,
  });
});

test.each(['secret.key', 'demo-client.json'])('the %s of development that others may read', (name) => {
  const folder = join(makeFolder(), 'data');
  mkdirSync(folder);
  writeFileSync(join(folder, name), '', { mode: 0o600 });
  expect(checkFiles({ database: null, folder }).status).toBe('ok');
  chmodSync(join(folder, name), 0o644);
  expect(checkFiles({ database: null, folder })).toMatchObject({
    status: 'failed',
    remedy: `chmod 600 ${join(folder, name)}`,
  });
});

test('a database that lacks a migration, on both engines, and one that does not answer', async () => {
  const { env, folder } = await healthy();
  const newest =
    'delete from __drizzle_migrations where created_at = (select max(created_at) from __drizzle_migrations)';
  const file = new Database(join(folder, 'gateway.db'));
  file.exec(newest);
  file.close();
  const earlier = expect.stringContaining('is of an earlier version');
  expect(await failuresOf(env)).toEqual([['migrations', earlier]]);
  const server = await openTestDatabase();
  onTestFinished(server.stop);
  const database = await makeDatabase(server.url);
  onTestFinished(async () => void (await database.drop()));
  await (await openStore(database.url, Date.now)).close();
  expect(await failuresOf({ ...env, DATABASE_URL: database.url })).toEqual([]);
  const client = new pg.Client(database.url);
  await client.connect();
  await client.query(newest);
  await client.end();
  expect(await failuresOf({ ...env, DATABASE_URL: database.url })).toEqual([['migrations', earlier]]);
  const away = `postgres://user:hunter2@127.0.0.1:${await freePort()}/gateway`;
  const failures = await failuresOf({ ...env, DATABASE_URL: away });
  expect(failures).toEqual([['database', expect.stringContaining('ECONNREFUSED')]]);
  expect(JSON.stringify(failures)).not.toContain('hunter2');
}, 60_000);

test('a clock that differs from that of Postgres by more than two seconds, in either direction', async () => {
  const server = await openTestDatabase();
  onTestFinished(server.stop);
  const { url, drop } = await makeDatabase(server.url);
  onTestFinished(async () => void (await drop()));
  await (await openStore(url, Date.now)).close();
  const statusAt = async (aheadMs: number) => {
    const findings = await checkDatabase({ databaseUrl: url, secretKeys: [], now: () => Date.now() + aheadMs });
    return findings.find(({ check }) => check === 'clock')?.status;
  };
  expect([await statusAt(0), await statusAt(60_000), await statusAt(-60_000)]).toEqual(['ok', 'failed', 'failed']);
}, 60_000);

test('a secret key that does not open what is queued', async () => {
  const gateway = await openGateway({ transport: () => Promise.reject(new Error('the mail server is away')) });
  const { token } = await gateway.company('RUKR');
  await gateway.rest(token, johnDoe);
  const { env } = await healthy();
  const beside = { ...env, DATABASE_URL: `file:${join(gateway.folder, 'gateway.db')}` };
  expect(await failuresOf(beside)).toEqual([]);
  const other = Buffer.alloc(32, 8).toString('base64');
  expect(await failuresOf({ ...beside, SECRET_KEY: other })).toEqual([['secret key', 'does not open 1 queued mails']]);
  expect(await failuresOf({ ...beside, SECRET_KEY: other, SECRET_KEY_PREVIOUS: env['SECRET_KEY']! })).toEqual([]);
});

test('a mail server that is away, that is none, that has no TLS or an unknown certificate, and that lets nobody in', async () => {
  const { env } = await healthy();
  const failureAt = async (url: string) => {
    const failures = await failuresOf({ ...env, SMTP_URL: url });
    expect(JSON.stringify(failures)).not.toMatch(/hunter2|aHVudGVyMg/);
    return failures.map(([check]) => check);
  };
  expect(await failureAt(`smtp://127.0.0.1:${await freePort()}`)).toEqual(['mail server']);
  const web = createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  expect(await failureAt(`smtp://127.0.0.1:${await listening(web)}`)).toEqual(['mail server']);
  const plain = await startSmtp({ disabledCommands: ['STARTTLS'], authOptional: true });
  expect(await failureAt(`${plain.url}?requireTLS=true`)).toEqual(['mail TLS']);
  expect(await failureAt(plain.url.replace('smtp', 'smtps'))).toEqual(['mail TLS']);
  const ownCertificate = await startSmtp({ disabledCommands: [] });
  expect(await failureAt(ownCertificate.url)).toEqual(['mail TLS']);
  const closed = await startSmtp({
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth: ({ username, password }, _, done) => done(new Error(`not ${username} with ${password}`)),
  });
  const withUser = (url: string) => url.replace('//', '//user:hunter2@');
  expect(await failureAt(withUser(closed.url))).toEqual(['mail sign-in']);
  const noAuth = await startSmtp({ disabledCommands: ['AUTH', 'STARTTLS'], authOptional: true });
  expect(await failureAt(withUser(noAuth.url))).toEqual(['mail sign-in']);
}, 60_000);

test.each(['localhost', 'gateway.localhost', 'printer.local', 'gateway.invalid', '[1.2.3]'])(
  'SMTP_NAME=%s is refused in production',
  async (name) => {
    const { env } = await healthy();
    expect((await failuresOf({ ...env, SMTP_NAME: name })).map(([check]) => check)).toEqual(['SMTP_NAME']);
  },
);

test('a port of another program, of a gateway that is ready or not, and a HOST that is not here', async () => {
  const { env } = await healthy();
  const port = await listening(createServer((socket) => void socket.destroy()));
  expect(await failuresOf({ ...env, PORT: port })).toEqual([['PORT', `another program uses 127.0.0.1:${port}`]]);
  expect((await failuresOf({ ...env, METRICS_PORT: port })).map(([check]) => check)).toEqual(['METRICS_PORT']);
  const gateway = await openGateway();
  const running = await listening(gateway.app.listener.serve(createHttpServer()));
  expect(await failuresOf({ ...env, PORT: running })).toEqual([]);
  gateway.app.beginStopping();
  expect(await failuresOf({ ...env, PORT: running })).toEqual([
    ['PORT', `the gateway on 127.0.0.1:${running} is not ready`],
  ]);
  expect((await failuresOf({ ...env, HOST: '192.0.2.1' })).map(([check]) => check)).toEqual(['PORT']);
});

test('it leaves a folder as it was', async () => {
  const { env, folder } = await healthy();
  const before = readdirSync(folder);
  await checksOf(env);
  expect([readdirSync(folder), existsSync('data/secret.key')]).toEqual([before, existsSync('data/secret.key')]);
});
