import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { functionsIn, lineAt, parse, readSource, root, source } from './support/source.ts';

interface File {
  path: string;
  folder: string;
  text: string;
  /** Inside src: the path from there; else the name of a package. */
  imports: string[];
}

const files: File[] = readSource().map(({ path, text }) => {
  const specifiers = [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from '([^']+)'|(?:^|\n)\s*import '([^']+)'|\bimport\(\s*'([^']+)'/g,
    ),
  ].map((match) => (match[1] ?? match[2] ?? match[3])!);
  const imports = specifiers.map((specifier) =>
    specifier.startsWith('.')
      ? relative(source, join(source, dirname(path), specifier))
          .split(sep)
          .join('/')
      : specifier,
  );
  return { path, folder: path.includes('/') ? path.split('/')[0]! : '', text, imports };
});

const at = (folder: string) => files.filter((file) => file.folder === folder);
const folderOf = (imported: string): string => imported.split('/')[0]!;
const isOurs = (imported: string): boolean => imported.endsWith('.ts');

const ground = [
  'errors',
  'text.ts',
  'uuid.ts',
  'batch.ts',
  'load-once.ts',
  'make-folder.ts',
  'probe.ts',
  'repeats.ts',
  'slices.ts',
  'terminal.ts',
  'translate.ts',
  'turns.ts',
];
const inner = ['passwords', 'mail', 'outbox', ...ground];
const domain = ['users', 'access', ...inner];
/** Which places of src each place may import from, besides itself: the arrows of docs/contributing.md. */
const allowed: Record<string, string[]> = {
  'batch.ts': [],
  'text.ts': [],
  'uuid.ts': [],
  'load-once.ts': [],
  'make-folder.ts': [],
  'probe.ts': [],
  'repeats.ts': [],
  'slices.ts': [],
  'terminal.ts': [],
  'translate.ts': [],
  'turns.ts': ['errors'],
  errors: [],
  passwords: ground,
  outbox: ground,
  mail: ['outbox', ...ground],
  access: inner,
  users: ['access', ...inner],
  import: domain,
  storage: domain,
  api: domain,
  gateway: ['api', 'storage', 'import', ...domain],
  cli: ['gateway', 'api', 'storage', 'import', ...domain],
  'main.ts': ['gateway'],
  'preload.ts': [],
};

test('the reading of imports finds them', () => {
  expect(files.length).toBeGreaterThan(40);
  expect(files.find(({ path }) => path === 'gateway/creation.ts')!.imports).toContain('storage/store.ts');
  expect(files.find(({ path }) => path === 'users/write-users.ts')!.imports).toContain('outbox/ports.ts');
  const paths = new Set(files.map(({ path }) => path));
  expect(
    files.flatMap(({ imports }) => imports).filter((imported) => isOurs(imported) && !paths.has(imported)),
  ).toEqual([]);
});

test('every place in src has its rule', () => {
  const places = new Set(files.map(({ path }) => folderOf(path)));
  expect([...places].toSorted()).toEqual(Object.keys(allowed).toSorted());
});

test('the rules let no arrow run upward or in a circle', () => {
  const below = (place: string, path: string[] = []): string[] =>
    path.includes(place) ? [place] : allowed[place]!.flatMap((next) => [next, ...below(next, [...path, place])]);
  for (const place of Object.keys(allowed)) expect(below(place), place).not.toContain(place);
});

describe.each(Object.entries(allowed))('%s', (place, targets) => {
  test(`imports only from itself${targets.map((target) => `, ${target}`).join('')}`, () => {
    const wrong = files
      .filter(({ path }) => folderOf(path) === place)
      .flatMap(({ path, imports }) =>
        imports
          .filter((imported) => isOurs(imported) && ![place, ...targets].includes(folderOf(imported)))
          .map((imported) => `${path} imports ${imported}`),
      );
    expect(wrong).toEqual([]);
  });
});

/** The rooms inside api, and which of them each may import from. */
const inApi: Record<string, string[]> = {
  'api/http': [],
  'api/graphql/schema': ['api/http'],
  'api/graphql/server': ['api/http', 'api/graphql/schema'],
  'api/rest': ['api/http'],
  'api/pages': ['api/http'],
};

test('inside api, http is the ground, the GraphQL server knows the schema, and no transport knows another', () => {
  const roomOf = (path: string) => Object.keys(inApi).find((room) => path.startsWith(`${room}/`));
  expect(at('api').filter(({ path }) => !roomOf(path))).toEqual([]);
  const wrong = at('api').flatMap(({ path, imports }) => {
    const room = roomOf(path)!;
    return imports
      .filter((imported) => imported.startsWith('api/') && ![room, ...inApi[room]!].includes(roomOf(imported)!))
      .map((imported) => `${path} imports ${imported}`);
  });
  expect(wrong).toEqual([]);
});

test('only the fast path knows the insides of Yoga', () => {
  const insides = /\b(?:getEnveloped|handleParams|processRegularResult)\b/;
  expect(files.filter(({ text }) => insides.test(text)).map(({ path }) => path)).toEqual([
    'api/graphql/server/fast-path.ts',
  ]);
});

test('the rooms below api, import and storage import no graphql, http or database library', () => {
  const foreign = /^(?:graphql|graphql-yoga|@pothos\/|hono|@hono\/|drizzle-orm|better-sqlite3|pg$|pino|node:https?$)/;
  const wrong = ['errors', 'passwords', 'users', 'mail', 'outbox', 'access'].flatMap(at).flatMap(({ path, imports }) =>
    imports
      .filter((imported) => foreign.test(imported))
      .filter((imported) => !(path === 'mail/password-mail.ts' && imported === 'hono/html'))
      .map((imported) => `${path} imports ${imported}`),
  );
  expect(wrong).toEqual([]);
});

test('the database libraries are imported in storage only', () => {
  const wrong = files.filter(
    ({ folder, imports }) =>
      folder !== 'storage' && imports.some((imported) => /^(?:drizzle-orm|better-sqlite3|pg\b)/.test(imported)),
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

test('only main.ts and the command line read the environment, and preload.ts for node', () => {
  const readers = files
    .filter(({ text }) => /\bprocess\s*\.\s*env\b|\benv\b[^;]*from 'node:process'/.test(text))
    .map(({ path }) => path);
  expect(readers.filter((path) => path !== 'main.ts' && path !== 'preload.ts' && !path.startsWith('cli/'))).toEqual([]);
  expect(readers).toContain('main.ts');
});

test('no import runs in a circle', () => {
  const importsOf = new Map(
    files.map(({ path, text, imports }) => [
      path,
      imports.filter((imported) => isOurs(imported) && !isTypeOnly(text, imported)),
    ]),
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (path: string, way: string[]): void => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' → '));
    else if (!done.has(path)) {
      for (const next of importsOf.get(path) ?? []) visit(next, [...way, path]);
      done.add(path);
    }
  };
  for (const { path } of files) visit(path, []);
  expect(circles).toEqual([]);
});

/** `import type` is erased before anything runs. */
function isTypeOnly(text: string, imported: string): boolean {
  const name = imported.split('/').at(-1)!.replaceAll('.', '\\.');
  const statements = [...text.matchAll(new RegExp(`^(?:import|export)\\b[^;]*?/${name}';`, 'gm'))];
  return statements.length > 0 && statements.every(([statement]) => /^(?:import|export) type /.test(statement));
}

test('nothing but main.ts, the command line, preload.ts for node and two scripts for a browser does something when it is imported', () => {
  // A statement at the left margin that is no declaration: a call, a loop, an assignment. The builder collects the schema's parts.
  const wrong = files
    .filter(
      ({ path }) =>
        path !== 'main.ts' &&
        path !== 'preload.ts' &&
        !path.startsWith('cli/') &&
        !/^import\/browser\/(?:page|worker)\.ts$/.test(path) &&
        !/^api\/[\w/]+\/print-\w+\.ts$/.test(path),
    )
    .flatMap(({ path, text }) => {
      const code = text.replace(/\/\*[^]*?\*\//g, '').replace(/`(?:\\.|[^`\\])*`/g, '``');
      return code
        .split('\n')
        .filter((line) => /^(?:await |for |if |while |try |let |var |new |[\w.]+\(|[\w.]+ = )/.test(line))
        .filter((line) => !(path.startsWith('api/graphql/') && /^builder\.\w+\(/.test(line)))
        .map((line) => `${path}: ${line}`);
    });
  expect(wrong).toEqual([]);
});

test('no file has more than 250 lines', () => {
  const long = files.filter(({ text }) => text.split('\n').length > 251).map(({ path }) => path);
  expect(long).toEqual([]);
});

test('no function has more than 100 lines', () => {
  expect(functionsIn(parse({ path: '', text: 'const f = () => {\n  function g() {}\n};\n' }))).toHaveLength(2);
  const long = files.flatMap((file) =>
    functionsIn(parse(file).body)
      .map(({ start, end }) => ({ first: lineAt(file.text, start), last: lineAt(file.text, end) }))
      .filter(({ first, last }) => last - first >= 100)
      .map(({ first, last }) => `${file.path}:${first} has ${last - first + 1} lines`),
  );
  expect(long).toEqual([]);
});

test('no line has more than 120 columns', () => {
  const wide = files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, at) => (line.length > 120 ? [`${path}:${at + 1} has ${line.length} columns`] : [])),
  );
  expect(wide).toEqual([]);
});

test('one copy of graphql is installed', () => {
  const copies = globSync('**/graphql/package.json', { cwd: join(root, 'node_modules') }).filter(
    (path) => JSON.parse(readFileSync(join(root, 'node_modules', path), 'utf8')).name === 'graphql',
  );
  expect(copies).toHaveLength(1);
});
