import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { makeGateway } from '../../src/cli/gateway.ts';
import { commandsOf } from '../../src/cli/examples.ts';
import { describeDatabase } from '../../src/storage/address.ts';
import { openGateway } from '../support/gateway.ts';
import { operator } from './operator.ts';

const company = ['company', 'create', '--code', 'RUKR', '--name', 'Ruangkerja'];

test('a company gets what its mails say at its creation or later; an empty value takes it away again', async () => {
  const { json, run } = operator();
  await json(...company, '--mail-locale', 'en', '--sign-in-url', 'https://a.example.com/?x=1');
  const listed = async () => (await json('company', 'list'))[0];
  const created = { code: 'RUKR', name: 'Ruangkerja', mailLocale: 'en', signInUrl: 'https://a.example.com/?x=1' };
  expect(await listed()).toEqual({ ...created, replyTo: null, createdAt: expect.any(String) });
  expect(await json('company', 'update', '--code', 'RUKR', '--reply-to', 'HR <hr@example.com>')).toEqual({
    code: 'RUKR',
  });
  expect(await listed()).toMatchObject({ ...created, replyTo: 'HR <hr@example.com>' });
  await json('company', 'update', '--code', 'RUKR', '--name', 'PT Ruang', '--sign-in-url', '', '--reply-to', '');
  expect(await listed()).toMatchObject({ name: 'PT Ruang', mailLocale: 'en', signInUrl: null, replyTo: null });
  const wrong = [
    [],
    ['--sign-in-url', 'javascript:alert(1)'],
    ['--sign-in-url', 'https://user:pass@example.com'],
    ['--sign-in-url', 'https://a.example.com/\nBcc: x'],
    ['--reply-to', 'hr'],
    ['--reply-to', 'a@example.com, b@example.com'],
    ['--reply-to', 'HR\r\nBcc: x <hr@example.com>'],
    ['--mail-locale', 'fr'],
  ];
  for (const options of wrong)
    expect(await run('company', 'update', '--code', 'RUKR', ...options), options.join(' ')).toMatchObject({ code: 2 });
  expect(await run('company', 'update', '--code', 'NONE', '--name', 'x')).toMatchObject({ code: 1 });
});

test('user erase erases by serial, says in which database, and does not know an employee ID or who is gone', async () => {
  const gateway = await openGateway();
  const url = `file:${join(gateway.folder, 'gateway.db')}`;
  const { json, run, databases } = operator({ DATABASE_URL: url });
  await gateway.company('AAAA');
  const { token } = await gateway.company('RUKR');
  const create = async (employeeID: string): Promise<string> =>
    (await gateway.rest(token, { employeeID, name: 'Siti', email: `${employeeID}@example.com`, isActive: true })).body
      .data.serial;
  const [first, second, third] = [await create('A1'), await create('A2'), await create('A3')];
  const out = `User ${first} is erased. Backups made before still hold it.\n`;
  expect(await run('user', 'erase', first)).toEqual({ code: 0, err: '', out });
  expect(databases).toEqual([describeDatabase(url)]);
  expect(await json('user', 'erase', second)).toEqual({ serial: second, erased: true });
  for (const unknown of [first, 'A3', 'NOBODY0000000000'])
    expect(await run('user', 'erase', unknown, '--json'), unknown).toEqual({
      code: 1,
      err: `there is no user ${unknown}\n`,
      out: '',
    });
  const left = await json('user', 'list', '--company', 'RUKR');
  expect(left.map(({ serial }: { serial: string }) => serial)).toEqual([third]);
  expect((await gateway.get('/ruangkerja/users/A1', token)).body.errorCode).toBe(10105);
  expect((await run('user', 'erase')).code).toBe(2);
});

test('tags, organizations and users of one company are listed, no other company has them; a long list says so', async () => {
  const gateway = await openGateway();
  const { json, run } = operator({ DATABASE_URL: `file:${join(gateway.folder, 'gateway.db')}` });
  const { token, tag, organization } = await gateway.company('RUKR');
  await gateway.company('OTHR');
  const user = { name: 'Siti', isActive: true, tagSerials: [tag], organizationSerial: organization };
  const serials: string[] = [];
  for (const employeeID of ['A1', 'A2', 'A3'])
    serials.push(
      (await gateway.rest(token, { ...user, employeeID, email: `${employeeID}@example.com` })).body.data.serial,
    );
  const serialsOf = async (...words: string[]) =>
    (await json(...words)).map(({ serial }: { serial: string }) => serial);
  expect(await serialsOf('user', 'list', '--company', 'RUKR')).toEqual(serials);
  expect(await serialsOf('user', 'list', '--company', 'RUKR', '--limit', '2')).toEqual(serials.slice(0, 2));
  expect(await serialsOf('user', 'list', '--company', 'OTHR')).toEqual([]);
  expect(await serialsOf('tag', 'list', '--company', 'RUKR')).toEqual([tag]);
  expect((await serialsOf('organization', 'list', '--company', 'RUKR'))[0]).toBe(organization);
  expect(await serialsOf('tag', 'list', '--company', 'OTHR')).not.toContain(tag);
  const cut = await run('user', 'list', '--company', 'RUKR', '--limit', '2');
  expect(cut.out).toMatch(new RegExp(`${serials[1]}[^]*… and more: --limit 20`));
  expect((await run('user', 'list', '--company', 'RUKR', '--limit', '3')).out).not.toContain('more');

  await expect.poll(() => gateway.mails.length).toBe(3);
  const shown = await json('user', 'show', serials[1]!);
  expect(shown).toMatchObject({
    serial: serials[1],
    company: 'RUKR',
    employeeID: 'A2',
    tags: [{ serial: tag }],
    organization: { serial: organization },
    passwordMail: 'SENT',
  });
  expect(JSON.stringify(shown)).not.toMatch(/argon2|"password"/);
  expect((await run('user', 'show', serials[1]!)).out).toMatch(/^employeeID +A2$/m);
  expect(await run('user', 'show', 'NOBODY')).toMatchObject({ code: 1, out: '' });
});

test('token issues a token that the gateway takes, with the scopes of the client; a revoked client gets none', async () => {
  const gateway = await openGateway();
  const { json, run } = operator({ DATABASE_URL: `file:${join(gateway.folder, 'gateway.db')}` });
  const { clientID } = await gateway.company('RUKR', ['users:create']);
  const { accessToken, expiresIn } = await json('token', clientID);
  expect(expiresIn).toBe(43_199);
  const user = { employeeID: 'A1', name: 'Siti', email: 'a@example.com', isActive: true };
  expect((await gateway.rest(accessToken, user)).status).toBe(200);
  const { out } = await run('token', clientID);
  expect((await gateway.rest(out.trim(), { ...user, employeeID: 'A2', email: 'b@example.com' })).status).toBe(200);
  await json('client', 'revoke', clientID);
  expect(await run('token', clientID)).toMatchObject({ code: 1, out: '' });
  expect(await run('token', 'nobody')).toMatchObject({ code: 1, out: '' });
});

test('a command says on standard error which database it used, without a password, and with --json nothing', async () => {
  const { cwd, databases, run } = operator();
  await run(...company);
  expect(databases.splice(0)).toEqual([`SQLite ${join(cwd, 'data/gateway.db')}`]);
  expect((await run('company', 'list', '--json')).err).toBe('');
  expect(databases).toEqual([]);
  expect(describeDatabase('postgres://user:secret@db.example.com:6432/gateway?pool=2')).toBe(
    'Postgres db.example.com:6432/gateway',
  );
});

const terminal = { env: {}, out: () => undefined, err: () => undefined };

test('the help of every command has examples that the command accepts', async () => {
  const tried: string[] = [];
  for (const [name, command] of commandsOf(makeGateway(terminal, () => undefined))) {
    const { out } = await operator().run(...name.split(' '), '--help');
    const examples = [...out.matchAll(/^ {2}npx gateway (.+)$/gm)].map(([, words]) => words!);
    expect(examples, name).not.toEqual([]);
    expect(examples.filter((words) => !words.startsWith(name))).toEqual([]);
    command.action(() => void tried.push(name));
    for (const example of examples) {
      const words = [...example.replace(/ > .*/, '').matchAll(/"([^"]*)"|\S+/g)].map(
        ([word, quoted]) => quoted ?? word,
      );
      await command.parent!.parseAsync(words.slice(name.split(' ').length - 1), { from: 'user' });
    }
  }
  expect(new Set(tried).size).toBeGreaterThan(15);
});

describe('completion', () => {
  const has = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;
  /** The words that a shell offers after these, the last of which is begun. */
  const offered: Record<string, (script: string, words: string[]) => string[]> = {
    bash: (script, words) =>
      execFileSync('bash', [
        '-c',
        `${script}\nCOMP_WORDS=("$@") COMP_CWORD=$(($#-1)); _gateway; echo "\${COMPREPLY[@]}"`,
        'bash',
        ...words,
      ])
        .toString()
        .trim()
        .split(' '),
    zsh: (script, words) =>
      execFileSync('zsh', [
        '-fc',
        `compdef() {}; compadd() { shift; print -r -- "$@" }\n${script}\nwords=("$@") CURRENT=$#; _gateway`,
        'zsh',
        ...words,
      ])
        .toString()
        .trim()
        .split(' ')
        .filter((word) => word.startsWith(words.at(-1)!)),
    fish: (script, words) =>
      execFileSync('fish', ['--no-config', '-c', `${script}\ncomplete -C "${words.join(' ')}"`], { cwd: '/' })
        .toString()
        .trim()
        .split('\n')
        .filter((word) => !existsSync(join('/', word))),
  };

  test.each(Object.keys(offered))('%s offers commands, options, choices and nothing else', async (shell) => {
    const { out, code } = await operator().run('completion', shell);
    expect([code, out.startsWith('#')]).toEqual([0, true]);
    if (!has(shell)) {
      if (shell === 'bash') throw new Error('bash is missing');
      return;
    }
    const offer = (...words: string[]) => offered[shell]!(out, ['gateway', ...words]).toSorted();
    expect(offer('com')).toEqual(['company', 'completion']);
    expect(offer('company', 'u')).toEqual(['update']);
    expect(offer('user', 'list', '--company', 'RUKR', '--l')).toEqual(['--limit']);
    expect(offer('mail', 'list', '--state', '')).toEqual(['dead', 'queued', 'sent']);
    expect(offer('--json', 'company', 'create', '--mail-locale', 'i')).toEqual(['id']);
  });

  test('an unknown shell is wrong usage', async () => {
    expect(await operator().run('completion', 'ksh')).toMatchObject({ code: 2, out: '' });
  });
});
