import { execFile as execFileCallback, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { cli, makeFolder, node, post, production, run, start, userOf } from './program.ts';

const execFile = promisify(execFileCallback);
const noCurl = spawnSync('curl', ['--version']).error !== undefined;
if (noCurl) console.warn('skipped: curl is not installed, so the cURL of the banner cannot be run');

test('the banner without a terminal has no colour and names every place; files with secrets are for their owner only', async () => {
  const folder = makeFolder();
  const program = await start(folder);
  const origin = `http://127.0.0.1:${program.port()}`;
  for (const place of ['/graphql', '/ruangkerja/users', '/dev/mails', '/errors'])
    expect(program.out()).toContain(`${origin}${place}\n`);
  expect(program.out()).not.toContain('\u001b');
  const data = join(folder, 'data');
  expect(readdirSync(data).toSorted()).toEqual([
    'demo-client.json',
    'gateway.db',
    'gateway.db-shm',
    'gateway.db-wal',
    'secret.key',
  ]);
  for (const file of readdirSync(data))
    expect(`${file} ${(statSync(join(data, file)).mode & 0o777).toString(8)}`).toBe(`${file} 600`);
});

test.skipIf(noCurl)('the cURL of the banner runs as it stands: success once, 10101 the second time', async () => {
  const program = await start(makeFolder());
  const curl = /^curl [^]*?}'$/m.exec(program.out())![0];
  const send = async () => JSON.parse((await execFile('bash', ['-c', curl])).stdout);
  expect(await send()).toEqual({
    status: 'success',
    message: 'Success',
    data: { serial: expect.stringMatching(/^JOHN[A-Z0-9]{12}$/) },
  });
  expect(await send()).toEqual({
    errorCode: 10101,
    message: 'USER_EMPLOYEE_ID_EXISTS',
    detail: 'employee id already been taken',
  });
});

test('--json prints one JSON value and nothing else; the next start tells the same client a token that works, and the old one still does', async () => {
  const folder = makeFolder();
  const first = await start(folder, {}, ['--json']);
  const { accessToken, clientID, clientSecret, curl } = first.json();
  expect(curl).toMatch(/^curl [^]*}'$/);
  expect((await post(first.port(), accessToken, userOf('A1'))).status).toBe(200);
  expect(first.out()).toBe(`${JSON.stringify(first.json())}\n`);
  first.child.kill('SIGTERM');
  expect(await first.ended).toBe(0);

  const second = await start(folder, {}, ['--json']);
  expect(second.json()).toMatchObject({ clientID, clientSecret });
  expect(second.json().accessToken).not.toBe(accessToken);
  expect((await post(second.port(), second.json().accessToken, userOf('A1'))).status).toBe(409);
  expect((await post(second.port(), accessToken, userOf('A2'))).status).toBe(200);
});

test('a company that an operator created before the first start leaves the banner its call', async () => {
  const folder = makeFolder();
  const created = run(folder, {}, ['company', 'create', '--code', 'RUKR', '--name', 'Ours'], [], [...node, cli]);
  expect(await created.ended).toBe(0);
  const program = await start(folder, {}, ['--json']);
  const { accessToken, curl } = program.json();
  const [, body] = /--data-raw '([^]+)'$/.exec(curl)!;
  expect((await post(program.port(), accessToken, JSON.parse(body!))).status).toBe(200);
});

test('production prints nothing, has no demo data, no GraphiQL and no mailbox, and tells its schema to clients only', async () => {
  const folder = makeFolder();
  const program = await start(folder, production, ['--json']);
  const origin = `http://127.0.0.1:${program.port()}`;
  expect((await fetch(`${origin}/dev/mails`)).status).toBe(404);
  expect((await fetch(`${origin}/dev/mails.json`)).status).toBe(404);
  const graphiql = await fetch(`${origin}/graphql`, { headers: { Accept: 'text/html' } });
  expect([graphiql.status >= 400, await graphiql.text()]).toEqual([true, expect.not.stringMatching(/graphiql/i)]);
  const introspection = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: '{ __schema { queryType { name } } }' }),
  });
  expect([introspection.status, (await introspection.json()).errors[0].extensions.code]).toEqual([
    401,
    'UNAUTHENTICATED',
  ]);
  expect(program.out()).toBe('');
  expect(program.err()).not.toContain(production.SECRET_KEY);
  expect(readdirSync(join(folder, 'data')).filter((file) => !file.startsWith('gateway.db'))).toEqual([]);
  expect(readFileSync(join(folder, 'data', 'gateway.db-wal')).includes('RUKR')).toBe(false);
});

test('one line for each wrong variable and exit code 78, a development that the network could reach among them', async () => {
  const refused = async (env: Record<string, string>, names: string[]): Promise<void> => {
    const folder = makeFolder();
    const program = run(folder, env);
    expect(await program.ended).toBe(78);
    const lines = program.err().trimEnd().split('\n');
    expect(lines.map((line) => line.split(' ')[0]).toSorted()).toEqual(names);
    for (const line of lines) expect(line).toMatch(/e\.g\. /);
    expect(program.err()).not.toContain('hunter2');
    expect(program.out()).toBe('');
    expect(readdirSync(folder)).toEqual([]);
  };
  await Promise.all([
    refused({ PORT: 'many', MAIL_LOCALE: 'fr', SECRET_KEY: 'hunter2', SMTP_URL: 'http://x' }, [
      'MAIL_LOCALE',
      'PORT',
      'SECRET_KEY',
      'SMTP_URL',
    ]),
    refused({ NODE_ENV: 'production' }, ['DATABASE_URL', 'MAIL_FROM', 'SECRET_KEY', 'SMTP_URL']),
    refused({ HOST: '0.0.0.0' }, ['HOST']),
  ]);
});

test('a port in use: one clear line, exit code 1, and no banner', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const program = run(makeFolder(), { PORT: String(port) });
  expect(await program.ended).toBe(1);
  expect(program.err()).toBe(
    `PORT ${port} on 127.0.0.1 is in use by another process; choose another one, e.g. PORT=4001\n`,
  );
  expect(program.out()).toBe('');
});

test('a HOST that this machine does not have: one line that names it, exit code 78', async () => {
  // RFC 5737: an address that nobody has.
  const program = run(makeFolder(), { ...production, HOST: '192.0.2.1' });
  expect(await program.ended).toBe(78);
  expect(program.err()).toBe('HOST is wrong, it must be an address of this machine, e.g. 127.0.0.1\n');
});

test.each(['file:.', 'file:/proc/nope/x.db', 'file:/dev/null/x.db'])(
  'DATABASE_URL=%s, where no file can be: one clear line, exit code 78',
  async (DATABASE_URL) => {
    const program = run(makeFolder(), { ...production, DATABASE_URL });
    expect(await program.ended).toBe(78);
    expect(program.err()).toMatch(/^DATABASE_URL is wrong: [^\n]+e\.g\. [^\n]+\n$/);
    expect(program.out()).toBe('');
  },
);
