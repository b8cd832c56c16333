import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { scopes } from '../../src/access/ports.ts';
import { runGateway } from '../../src/cli/gateway.ts';
import { errorDictionary } from '../../src/errors/error-dictionary.ts';
import { readConfig } from '../support/config.ts';
import { userFields } from '../../src/users/user-fields.ts';
import { blocksOf, pages, proseOf, read, root, tableOf } from './pages.ts';

test('the README has at most 150 lines, and no line of a page outside of tables and blocks more than 120 columns', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(151);
  const long = pages.flatMap((page) =>
    proseOf(page)
      .split('\n')
      .filter((line) => line.length > 120 && !line.startsWith('|'))
      .map((line) => `${page}: ${line}`),
  );
  expect(long).toEqual([]);
});

describe.each(pages)('%s', (page) => {
  test('every relative link leads to a file, and to a heading of it', () => {
    const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
    const wrong = links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : join(dirname(page), path);
        return (
          !existsSync(join(root, target)) ||
          (anchor !== undefined && !anchorsOf(target.split('\\').join('/')).includes(anchor))
        );
      });
    expect(wrong).toEqual([]);
  });

  test('every error number and name stands in the error dictionary', () => {
    // A range of numbers is reserved, not used.
    const text = read(page).replace(/\b\d{5} to \d{5}\b/g, '');
    const numbers = Object.values(errorDictionary).map(({ errorCode }) => String(errorCode));
    const unknown = [
      ...[...text.matchAll(/(?<![\d,.])1[0-5]1\d\d(?![\d,])/g)].filter(([number]) => !numbers.includes(number)),
      ...[...text.matchAll(/\b(?:USER|TAG|ORGANIZATION|IDEMPOTENCY)_[A-Z_]+\b/g)].filter(
        ([name]) => !(name in errorDictionary),
      ),
    ];
    expect(unknown.map(([found]) => found)).toEqual([]);
  });
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

describe('the table of variables', () => {
  const rows = tableOf('docs/operate.md', 'variable').map((cells) => cells.map((cell) => cell.replaceAll('`', '')));
  const inProduction: Record<string, string> = {
    NODE_ENV: 'production',
    DATABASE_URL: 'file:gateway.db',
    SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    SMTP_URL: 'smtps://mail.example.com',
    MAIL_FROM: 'no-reply@example.com',
  };
  /** The declarations in the one file that reads the environment. */
  const declared = [
    'NODE_ENV',
    ...[...read('src/gateway/config.ts').matchAll(/^ {2}([A-Z_]+): (?!')/gm)].map((match) => match[1]!),
  ];
  const documented = rows.map(([name]) => name!);
  const tested = rows.filter(([name]) => name !== 'NODE_ENV' && declared.includes(name!));

  test('every variable is documented, and no other one', () => {
    expect(declared.length).toBeGreaterThan(10);
    expect(documented.toSorted()).toEqual([...new Set(declared)].toSorted());
  });

  test.each(tested)('%s: %s; in development %s', (name, _, inDevelopment) => {
    expect(readConfig({ [name!]: valueOf(inDevelopment!) })).toEqual(readConfig({}));
    expect(readConfig({}).problems).toBe(undefined);
  });

  test.each(tested)('%s: %s; in development %s, in production %s', (name, _, inDevelopment, production) => {
    const { [name!]: _given, ...others } = inProduction;
    const { config, problems } = readConfig(others);
    if (production === 'required') expect(problems).toEqual([expect.stringMatching(`^${name} is not set`)]);
    else {
      const value = valueOf(production === 'same' ? inDevelopment! : production!);
      expect(config).toBeDefined();
      expect(readConfig({ ...others, [name!]: value }).config).toEqual(config);
    }
  });

  /** A default that is not a value stands for the variable being unset. */
  function valueOf(cell: string): string | undefined {
    return /^(?:none|made in|the domain of|the request's)\b/.test(cell) ? undefined : cell;
  }
});

test('every command of the pages exists with its options', async () => {
  const calls = pages.flatMap(blocksOf).flatMap(({ page, line, text }) =>
    [...text.replaceAll('\\\n', ' ').matchAll(/^.*(?:run --silent gateway --|npx gateway) (.+)$/gm)].map((match) => ({
      where: `${page}:${line}`,
      words: match[1]!.replace(/ [#>].*$/, '').split(/\s+/),
    })),
  );
  expect(calls.length).toBeGreaterThan(10);
  const helps = new Map<string, Promise<string>>();
  const wrong: string[] = [];
  for (const { where, words } of calls) {
    const groups = ['company', 'client', 'organization', 'tag', 'user', 'mail'];
    const command = words.slice(0, groups.includes(words[0]!) ? 2 : 1);
    const key = command.join(' ');
    if (!helps.has(key)) helps.set(key, help(command));
    const text = await helps.get(key)!;
    const unknown = words.filter(
      (word) => word.startsWith('--') && !text.includes(`${word} `) && !text.includes(`${word}\n`),
    );
    if (!text.includes(`Usage: gateway ${key}`) || unknown.length > 0)
      wrong.push(`${where} ${key} ${unknown.join(' ')}`);
  }
  expect(wrong).toEqual([]);
});

async function help(command: readonly string[]): Promise<string> {
  let text = '';
  await runGateway([...command, '--help'], { env: {}, out: (more) => (text += more), err: (more) => (text += more) });
  return text;
}

test('the table of columns has every column, with every name that the import knows, and no other', () => {
  const documented = tableOf('docs/import.md', 'column').map(([column = '', others = '']) => [
    column.replaceAll('`', ''),
    ...others.split(', '),
  ]);
  expect(documented.map(([column = '', ...others]) => [column, ...others.filter(Boolean)])).toEqual(
    Object.values(userFields).map(({ csv }) => [...csv]),
  );
});

test('every scope of the pages exists', () => {
  const named = pages.flatMap((page) => read(page).match(/\b(?:users|tags|organizations):[a-z][a-z-]+/g) ?? []);
  const known: readonly string[] = scopes;
  expect([...new Set(named)].filter((scope) => !known.includes(scope))).toEqual([]);
});

test('a link to a decision leads to the number that it shows', () => {
  const cited = pages.flatMap((page) => [...read(page).matchAll(/\[(\d{4})\]\(([^)]+)\)/g)]);
  expect(cited.filter(([, number, path]) => !path!.includes(number!)).map(([link]) => link)).toEqual([]);
});
