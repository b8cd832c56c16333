import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { table } from '../../src/cli/table.ts';
import { openOutbox } from '../mail/kit.ts';
import { cli, inherited, node } from '../process/program.ts';
import { openGateway } from '../support/gateway.ts';
import { openTestDatabase } from '../support/postgres.ts';
import { operator } from './operator.ts';
import { claimDue } from '../support/outbox.ts';

const company = ['company', 'create', '--code', 'RUKR', '--name', 'Ruangkerja'];
const client = ['client', 'create', '--company', 'RUKR', '--name', 'HR', '--scope', 'users:create users:read'];

test('the database is made before the first start, with mode 0600; a taken tag name is 11101, an unknown parent 12101', async () => {
  const { cwd, json, run } = operator();
  expect(await json(...company)).toEqual({ code: 'RUKR' });
  expect(statSync(join(cwd, 'data/gateway.db')).mode & 0o777).toBe(0o600);
  expect(await json('tag', 'create', '--company', 'RUKR', '--name', 'Staff')).toEqual({
    serial: expect.stringMatching(/^RUKRTAG-[A-Z0-9]{8}$/),
  });
  const taken = await run('tag', 'create', '--company', 'RUKR', '--name', ' STAFF ', '--json');
  expect(taken).toEqual({ code: 1, out: '', err: 'TAG_NAME_EXISTS (11101): tag name already been taken\n' });
  const unknownParent = await run(
    'organization',
    'create',
    '--company',
    'RUKR',
    '--name',
    'Lost',
    '--parent',
    'COMPNOTTHERE',
  );
  expect(unknownParent).toEqual({
    code: 1,
    out: '',
    err: 'ORGANIZATION_NOT_FOUND (12101): there is no organization with this serial\n',
  });
});

describe('beside a gateway that has the file open', () => {
  async function beside() {
    const gateway = await openGateway();
    return { gateway, ...operator({ DATABASE_URL: `file:${join(gateway.folder, 'gateway.db')}` }) };
  }
  const token = (gateway: Awaited<ReturnType<typeof openGateway>>, credentials: object) =>
    gateway.postJson('/oauth/token', null, { ...credentials, grantType: 'client_credentials' });
  const user = { employeeID: 'A1', name: 'John Doe', email: 'a@example.com', isActive: true };

  test('a client that is made, rotated and revoked is so for the gateway at once', async () => {
    const { gateway, json, run } = await beside();
    await json(...company);
    const made = await json(...client);
    const { body } = await token(gateway, made);
    expect((await gateway.rest(body.data.accessToken, user)).status).toBe(200);
    const rotated = await json('client', 'rotate', made.clientID);
    expect(rotated).toEqual({ clientID: made.clientID, clientSecret: expect.any(String) });
    expect((await gateway.rest(body.data.accessToken, user)).status).toBe(401);
    expect((await token(gateway, made)).status).toBe(400);
    const { body: again } = await token(gateway, rotated);
    expect(await json('client', 'revoke', made.clientID)).toEqual({ clientID: made.clientID, revoked: true });
    expect((await gateway.rest(again.data.accessToken, user)).status).toBe(401);
    const { code, out, err } = await run('client', 'rotate', made.clientID);
    expect([code, out, err]).toEqual([1, '', `there is no client ${made.clientID}, or it is revoked\n`]);
  });

  test('tags and organizations that are made take users at once, an inactive organization none', async () => {
    const { gateway, json } = await beside();
    const { token: access } = await gateway.company('RUKR');
    const { serial: tag } = await json('tag', 'create', '--company', 'RUKR', '--name', 'Remote');
    const { serial: parent } = await json('organization', 'create', '--company', 'RUKR', '--name', 'Engineering');
    expect(parent).toMatch(/^COMP[A-Z0-9]{8}$/);
    const { serial: closed } = await json(
      'organization',
      'create',
      '--company',
      'RUKR',
      '--name',
      'Archive',
      '--parent',
      parent,
      '--inactive',
    );
    const refused = await gateway.rest(access, { ...user, tagSerials: [tag], organizationSerial: closed });
    expect(refused.body.errorCode).toBe(12_102);
    expect((await gateway.rest(access, { ...user, tagSerials: [tag], organizationSerial: parent })).status).toBe(200);
  });
});

test('a secret is shown once: the command that makes it prints it, no list does', async () => {
  const { json, run } = operator();
  await json(...company);
  const { out } = await run(...client);
  const secret = /Client secret +(\S+)/.exec(out)![1]!;
  const [listed, { out: table }] = [await json('client', 'list', '--company', 'RUKR'), await run('client', 'list')];
  expect(listed).toEqual([
    {
      clientID: expect.any(String),
      company: 'RUKR',
      name: 'HR',
      scope: 'users:create users:read',
      createdAt: expect.any(String),
      revokedAt: null,
    },
  ]);
  expect(table).toContain(listed[0].clientID);
  expect(JSON.stringify(listed) + table).not.toContain(secret);
});

test('--json stands before or after the sub-command, and prints one JSON value and nothing else', async () => {
  const { start, json } = operator();
  await json(...company);
  for (const args of [
    ['--json', 'client', 'list'],
    ['client', '--json', 'list'],
    ['client', 'list', '--json'],
  ]) {
    expect(await start(...args)).toEqual({ code: 0, out: '[]\n', err: '' });
  }
});

test('a command that is refused ends with 1, says why on stderr, and prints nothing on stdout', async () => {
  const { json, run } = operator();
  await json(...company);
  const refused: [string[], string][] = [
    [['client', 'create', '--company', 'NONE', '--name', 'HR', '--scope', 'users:read'], 'there is no company NONE'],
    [['tag', 'create', '--company', 'RUKR', '--name', ' '], 'TAG_NAME_INVALID (11110)'],
    [['mail', 'retry', 'nothing'], 'there is no mail nothing'],
  ];
  for (const [args, reason] of refused) {
    const { code, out, err } = await run(...args, '--json');
    expect([code, out], args.join(' ')).toEqual([1, '']);
    expect(err).toContain(reason);
    expect(err).not.toMatch(/\n\s+at /);
  }
});

test('the command that a refusal advises can be given as it stands', async () => {
  const { run, json } = operator();
  await json(...company);
  const refused = await run('client', 'create', '--company', 'ACME', '--name', 'HR', '--scope', 'users:read');
  expect(refused.code).toBe(1);
  const [, advised] = /create it with: npx gateway ([^\n]+)\n$/.exec(refused.err)!;
  expect((await run(...advised!.replace('NAME', 'Acme').split(' '))).code).toBe(0);
});

test('wrong usage ends with 2, help with 0', async () => {
  const { run } = operator();
  const wrong: [string[], string][] = [
    [[...client.slice(0, -1), 'users:create users:delete'], '"users:delete"'],
    [client.slice(0, -2), '--scope'],
    [['company', 'create', '--code', 'rukr', '--name', 'x'], '--code'],
    [['mail', 'list', '--limit', '0'], '--limit'],
    [['nothing'], 'unknown command'],
    [['client', 'create', '--company', 'acme', '--name', 'HR', '--scope', 'users:read'], 'e.g. ACME.'],
    [['client', 'list', '--company', 'acme'], 'e.g. ACME.'],
    [['tag', 'create', '--company', '../x', '--name', 'Staff'], 'e.g. RUKR.'],
    [['organization', 'create', '--company', 'TOOLONG', '--name', 'Unit'], 'e.g. RUKR.'],
  ];
  const ended = await Promise.all(wrong.map(([args]) => run(...args)));
  for (const [index, { code, out, err }] of ended.entries()) {
    expect([code, out], wrong[index]![0].join(' ')).toEqual([2, '']);
    expect(err).toContain(wrong[index]![1]);
  }
  expect(await run('--help')).toMatchObject({ code: 0, err: '' });
});

test('a command needs DATABASE_URL in production and no other variable; without it, it ends with 78 and makes no file', async () => {
  const bare = operator({ NODE_ENV: 'production', SECRET_KEY: 'wrong' });
  const missing = await bare.start('client', 'list', '--json');
  expect([missing.code, missing.out]).toEqual([78, '']);
  expect(missing.err).toMatch(/^DATABASE_URL is not set.*e\.g\..*\n$/);
  expect(existsSync(join(bare.cwd, 'data'))).toBe(false);
  const given = operator({ NODE_ENV: 'production', SECRET_KEY: 'wrong', DATABASE_URL: 'file:gateway.db' });
  expect(await given.start(...company, '--json')).toEqual({ code: 0, out: '{"code":"RUKR"}\n', err: '' });
});

test('a mail of the dead letter is listed and sent again once; no list shows a password', async () => {
  const kit = await openOutbox();
  const dead = kit.add('siti@example.com');
  const [mail] = await claimDue(kit.outbox, { limit: 1, leaseMs: 30_000, first: true, keyIds: kit.sealer.keyIds });
  await kit.outbox.markDead(mail!, '550 no such user');
  kit.clock.skip += 1;
  const queued = kit.add('budi@example.com');
  const { json, run } = operator({ DATABASE_URL: `file:${kit.sqlite.db.$client.name}` });
  expect(await json('mail', 'list', '--state', 'dead')).toEqual([
    {
      id: dead,
      state: 'dead',
      userSerial: 'USR1',
      email: 'siti@example.com',
      attempts: 1,
      createdAt: expect.any(String),
      dueAt: expect.any(String),
      lastError: '550 no such user',
      sealed: true,
    },
  ]);
  const { out } = await run('mail', 'list', '--limit', '1');
  expect(out).toContain(queued);
  expect(out).not.toContain(dead);
  expect(await json('mail', 'retry', dead)).toEqual({ id: dead, state: 'queued' });
  expect(kit.row(dead)).toMatchObject({ state: 'queued', attempts: 0 });
  const again = await run('mail', 'retry', dead);
  expect([again.code, again.err]).toEqual([1, `mail ${dead} is not in the dead letter\n`]);
});

test('a reader that closes the pipe early, as head does, is no error', async () => {
  const { cwd, json } = operator();
  await json(...company);
  const child = spawn(node[0], [...node.slice(1), cli, 'client', 'list'], {
    cwd,
    env: inherited,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.destroy();
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect([code, err]).toEqual([0, expect.stringMatching(/^Database: [^\n]+\n$/)]);
});

test('commands at once on a file that does not exist yet all succeed, but for the second of two that make one company', async () => {
  const { start } = operator();
  const codes = ['AAAA', 'BBBB', 'CCCC', 'DDDD', 'DDDD'];
  const ended = await Promise.all(codes.map((code) => start('company', 'create', '--code', code, '--name', code)));
  expect(ended.slice(0, 3).map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(
    ended
      .slice(3)
      .map(({ code, err }) => `${code} ${err}`)
      .toSorted(),
  ).toEqual(['0 ', '1 company DDDD already exists\n']);
});

test('two companies share no tag, no organization and no client', async () => {
  const { run, json } = operator();
  for (const code of ['RUKR', 'OTHR']) await json('company', 'create', '--code', code, '--name', 'Same name');
  const made = async (code: string) => ({
    tag: await json('tag', 'create', '--company', code, '--name', 'Staff'),
    organization: await json('organization', 'create', '--company', code, '--name', 'Head office'),
    client: await json('client', 'create', '--company', code, '--name', 'HR', '--scope', 'users:read'),
  });
  const [own, other] = [await made('RUKR'), await made('OTHR')];
  expect([own.tag.serial, other.tag.serial]).toEqual([
    expect.stringMatching(/^RUKRTAG-/),
    expect.stringMatching(/^OTHRTAG-/),
  ]);
  const across = await run(
    'organization',
    'create',
    '--company',
    'OTHR',
    '--name',
    'Branch',
    '--parent',
    own.organization.serial,
  );
  expect([across.code, across.err]).toEqual([
    1,
    'ORGANIZATION_NOT_FOUND (12101): there is no organization with this serial\n',
  ]);
  expect(await json('client', 'list', '--company', 'OTHR')).toMatchObject([
    { clientID: other.client.clientID, company: 'OTHR' },
  ]);
  expect((await json('client', 'list')).map(({ clientID }: { clientID: string }) => clientID)).toEqual([
    other.client.clientID,
    own.client.clientID,
  ]);
});

test('wrong usage and help leave no database behind', async () => {
  const { cwd, run } = operator();
  const scope = ['client', 'create', '--company', 'RUKR', '--name', 'HR', '--scope', 'users:fly'];
  for (const args of [
    ['company', 'create', '--code', 'rukr', '--name', 'x'],
    scope,
    ['mail', 'list', '--limit', 'x'],
    [],
  ]) {
    expect(await run(...args)).toMatchObject({ code: 2, out: '' });
  }
  expect(await run('client', '--help')).toMatchObject({ code: 0, err: '' });
  expect(existsSync(join(cwd, 'data'))).toBe(false);
});

test('a command that needs something that exists leaves no database behind', async () => {
  const { cwd, run } = operator();
  for (const args of [
    client,
    ['client', 'revoke', 'x'],
    ['client', 'rotate', 'x'],
    ['mail', 'retry', 'x'],
    ['tag', 'create', '--company', 'RUKR', '--name', 'Staff'],
    ['organization', 'create', '--company', 'RUKR', '--name', 'Unit'],
  ]) {
    const { code, out, err } = await run(...args);
    expect([code, out], args.join(' ')).toEqual([1, '']);
    expect(err).toContain(`there is no database ${join(cwd, 'data/gateway.db')}: `);
  }
  expect(existsSync(join(cwd, 'data'))).toBe(false);
});

test('a wrong address is one sentence, exit code 78, and never echoed', async () => {
  const run = (DATABASE_URL: string) => operator({ DATABASE_URL }).run('client', 'list');
  const wrong = await run('mysql://user:Hunter2@db/x');
  expect([wrong.code, wrong.out]).toEqual([78, '']);
  expect(wrong.err).toMatch(/^DATABASE_URL is wrong, .+SQLite.+e\.g\. file:[^\n]+\n$/);
  expect(wrong.err).not.toContain('Hunter2');
});

test.each(['file::memory:', 'file://:memory:', 'file: :memory: '])(
  '%s would lose its users: exit code 78',
  async (url) => {
    for (const command of [['client', 'list'], company]) {
      const { code, out, err } = await operator({ DATABASE_URL: url }).run(...command);
      expect([code, out]).toEqual([78, '']);
      expect(err).toMatch(
        /^DATABASE_URL is wrong, it must be a file [^\n]+ would be lost, e\.g\. file:data\/gateway\.db\n$/,
      );
    }
  },
);

test.runIf(existsSync('/proc/self/mem'))('a file that cannot be a database is one sentence, exit code 78', async () => {
  for (const command of [['client', 'list'], company]) {
    const { code, out, err } = await operator({ DATABASE_URL: 'file:/proc/self/mem' }).run(...command);
    expect([code, out]).toEqual([78, '']);
    expect(err).toMatch(/^DATABASE_URL is wrong: \/proc\/self\/mem cannot be opened [^\n]+\n$/);
  }
});

test('a backup that cannot be written names what the operator gave, and nothing of its own', async () => {
  const { cwd, json, run } = operator();
  await json(...company);
  const targets: [string, RegExp][] = [
    ['not/there/backup.db', /^there is no folder \/\S+\/not\/there: create it first\n$/],
    ['data/gateway.db/backup.db', /^\/\S+\/data\/gateway\.db\/backup\.db cannot be written: not a directory\n$/],
    ['x'.repeat(300), /^\/\S+\/x{300} cannot be written: name too long\n$/],
    ['data', /^the file \/\S+\/data already exists; a backup does not replace a file\n$/],
    ['/proc/backup.db', /^there is no folder|^\/proc\/backup\.db cannot be written/],
  ];
  for (const [target, sentence] of targets) {
    const { code, out, err } = await run('backup', target.startsWith('/') ? target : join(cwd, target), '--json');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(sentence);
    expect(err).not.toMatch(/partial|ENO/);
  }
  expect(readdirSync(cwd, { recursive: true }).toSorted()).toEqual(['data', 'data/gateway.db']);
});

test('a command that a Postgres refuses says why', async () => {
  const database = await openTestDatabase();
  onTestFinished(() => database.stop());
  const { run } = operator({ DATABASE_URL: `${database.url}?statement_timeout=100` });
  await run(...company);
  const holder = new pg.Client(database.url);
  await holder.connect();
  await holder.query('begin');
  await holder.query('lock table clients');
  const { code, out, err } = await run('client', 'list');
  await holder.end();
  expect([code, out, err]).toEqual([
    1,
    '',
    'SERVICE_UNAVAILABLE (503): the database is busy: canceling statement due to lock timeout\n',
  ]);
});

test('a table keeps its lines whatever a stranger wrote into a cell', () => {
  expect(
    table([
      { id: 'a', lastError: '550 \u001b[31mred\r\nsecond\u2028third' },
      { id: 'bcd', lastError: null },
    ]),
  ).toBe(['id   lastError', 'a    550  [31mred second third', 'bcd  -'].join('\n'));
  expect(table([])).toBe('Nothing to list.');
});
