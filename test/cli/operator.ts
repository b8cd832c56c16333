import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished } from 'vitest';
import { runGateway } from '../../src/cli/gateway.ts';
import { cli, inherited, node } from '../process/program.ts';

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/**
 * Commands of an operator in a folder that starts empty: `run` in this process, `start` as a process of its own. Their
 * `err` is without the line that names the database; `databases` gathers it.
 */
export function operator(env: Record<string, string> = {}) {
  const cwd = makeFolder();
  const databases: string[] = [];
  const withoutDatabase = (err: string) =>
    err.replace(/^Database: (.*)\n/, (_, name: string) => {
      databases.push(name);
      return '';
    });
  const run = async (...args: string[]) => {
    let [out, err] = ['', ''];
    const terminal = {
      env: { DATABASE_URL: `file:${join(cwd, 'data/gateway.db')}`, ...env },
      out: (text: string) => void (out += text),
      err: (text: string) => void (err += text),
    };
    const code = await runGateway(args, terminal);
    return { code, out, err: withoutDatabase(err) };
  };
  const start = async (...args: string[]) => {
    const child = spawn(node[0], [...node.slice(1), cli, ...args], {
      cwd,
      env: { ...inherited, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code, out, err: withoutDatabase(err) };
  };
  /** The one JSON value of a command that succeeds; JSON.parse refuses anything beside it. */
  const json = async (...args: string[]) => {
    const { code, out, err } = await run(...args, '--json');
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${err}`);
    expect([err, out.split('\n').length]).toEqual(['', 2]);
    return JSON.parse(out);
  };
  return { cwd, databases, run, start, json };
}
