import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { makeGateway } from '../../src/cli/gateway.ts';
import { makeTranslate } from '../../src/cli/language.ts';
import { operator } from './operator.ts';

const indonesian = { LANG: 'id_ID.UTF-8' };
const company = ['company', 'create', '--code', 'RUKR', '--name', 'Ruangkerja'];

test.each([
  [{ LANG: 'id_ID.UTF-8' }, true],
  [{ LANG: 'id' }, true],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'id_ID' }, true],
  [{ LANG: 'id_ID', LC_MESSAGES: 'C' }, false],
  [{ LANG: 'C.UTF-8' }, false],
  [{}, false],
])('the language of %j is Indonesian: %s', (env, isIndonesian) => {
  expect(makeTranslate(env)('there is no user X') !== 'there is no user X').toBe(isIndonesian);
});

test('every help text is in both languages', () => {
  const textsOf = (command: Command): string[] => [
    command.description(),
    ...command.options.map(({ description }) => description),
    ...command.commands.flatMap(textsOf),
  ];
  const of = (env: object) =>
    textsOf(makeGateway({ env: { ...env }, out: () => undefined, err: () => undefined }, () => undefined));
  const translated = of(indonesian);
  expect(of({}).filter((text, at) => text !== '' && translated[at] === text)).toEqual([]);
});

test('every sentence that ends a command is in both languages', () => {
  const translate = makeTranslate(indonesian);
  const sentences = globSync('src/cli/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/new CommandError\(\s*(?:'([^']+)'|`([^`]+)`)\s*(?:,\s*\w+,?\s*)?\)/g)].map(
      ([, plain, template]) => plain ?? template!.replace(/\$\{[^}]*\}/g, 'X'),
    ),
  );
  expect(sentences.length).toBeGreaterThan(8);
  expect(sentences.filter((sentence) => translate(sentence) === sentence)).toEqual([]);
});

test('what a command says is Indonesian, what a program reads stays as it is', async () => {
  const { cwd, json, run } = operator(indonesian);
  const created = await run(...company);
  expect([created.out, created.err]).toEqual([
    'Perusahaan RUKR telah dibuat.\n',
    `Basis data: SQLite ${join(cwd, 'data/gateway.db')}\n`,
  ]);
  expect((await run(...company)).err).toContain('perusahaan RUKR sudah ada\n');
  expect((await run('nothing')).err).toBe("galat: tidak ada perintah 'nothing'\n");
  expect((await run('tag', 'list', '--company', 'RUKR')).out).toBe('Tidak ada isinya.\n');
  expect((await run('company', 'list')).out).toMatch(/^code +name /);
  expect(Object.keys((await json('company', 'list'))[0])).toContain('signInUrl');
  const file = join(cwd, 'users.csv');
  writeFileSync(file, 'employeeID,name,email,isActive\nA1,Siti,siti@example.com,true\nA2,,b@example.com,true\n');
  const imported = await run('import', file, '--company', 'RUKR', '--dry-run');
  expect(imported.out).toContain('2 dari 2 baris: 1 akan dibuat, 1 ditolak. Uji coba: tidak ada yang ditulis.\n');
});

test('a value is never read as a sentence: a table keeps its lines', () => {
  const translate = makeTranslate(indonesian);
  expect(translate('serial  name\nX       there is no user X')).toBe('serial  name\nX       there is no user X');
});
