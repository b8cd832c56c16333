import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Load, Measured } from './generator.ts';

export const connections = 32;
/**
 * On Linux with two cores or more the measured program has the first core and the load the last; elsewhere nobody is
 * held to one.
 */
export const cores =
  process.platform === 'linux' && availableParallelism() > 1
    ? { measured: '0', load: String(availableParallelism() - 1) }
    : null;

export interface Started {
  child: ChildProcess;
  /** Milliseconds until it took requests. */
  readyAfter: number;
  /** What it printed for scripts. */
  banner: Record<'rest' | 'graphiql' | 'accessToken', string>;
}

interface Setting {
  /** Of the gateway; its source when nothing is said. */
  program?: string;
  cwd?: string;
  env?: Record<string, string>;
  /** The core that the process is held to; undefined leaves it all of them. */
  core?: string | undefined;
  /** Of node itself. */
  options?: string[];
}

/** A node program with a channel for messages; its log goes nowhere. */
export function startProgram(
  file: string,
  args: string[] = [],
  { cwd, env = {}, core, options = [] }: Setting = {},
): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const command = [...(core === undefined ? [] : ['taskset', '-c', core]), process.execPath, ...options, path, ...args];
  return spawn(command[0]!, command.slice(1), {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
}

/** The options of `npm start`, which the container has too; the preload by its absolute path. */
export const nodeOptions: string[] = [
  ...JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).scripts.start.match(
    /--(?!import)\S+/g,
  ),
  '--import',
  new URL('../src/preload.ts', import.meta.url).href,
];

/** A gateway as a developer starts it: a demo company, no limit, no mail server. */
export async function startGateway(cwd: string, setting: Setting = {}): Promise<Started> {
  const begun = performance.now();
  const child = startProgram(setting.program ?? '../src/main.ts', ['--json'], {
    ...setting,
    cwd,
    env: { PORT: '0', ...setting.env },
    options: [...nodeOptions, ...(setting.options ?? [])],
  });
  const [line] = await once(createInterface(child.stdout!), 'line');
  return { child, readyAfter: performance.now() - begun, banner: JSON.parse(line) };
}

export function portOf({ banner }: Started): number {
  return Number(new URL(banner.rest).port);
}

/** Another one for each request; see `Load.body`. A phone and no email, so no mail. */
export function user(more: object = {}): object {
  return { employeeID: 'E########', name: 'John Doe', phone: '62811########', isActive: true, ...more };
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}

/** The next message of a program; `sent` asks for it. */
export async function ask<T>(child: ChildProcess, sent?: object | number | string): Promise<T> {
  const ended = new AbortController();
  const answer = once(child, 'message', { signal: ended.signal });
  const failed = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`${child.spawnargs.join(' ')} ended with ${code}`);
  });
  try {
    if (sent !== undefined) child.send(sent);
    const [message] = (await Promise.race([answer, failed])) as [T & { error?: string }];
    if (message && typeof message === 'object' && message.error) throw new Error(message.error);
    return message;
  } finally {
    ended.abort();
    failed.catch(() => undefined);
  }
}

/** Sends load from a core of its own; no two requests of a generator have the same number. */
export function startGenerator() {
  const child = startProgram('generator.ts', [], { core: cores?.load });
  let next = 1;
  return {
    child,
    async run(load: Omit<Load, 'from' | 'connections'> & { connections?: number }): Promise<Measured> {
      const measured = await ask<Measured>(child, { connections, ...load, from: next });
      next = measured.next;
      return measured;
    },
  };
}

/** The 99th percentile, in milliseconds, of creations one after the other, twenty a second, while some work is done. */
export async function singleP99(
  generator: ReturnType<typeof startGenerator>,
  gateway: Started,
  work: () => Promise<unknown>,
): Promise<number> {
  const took: number[] = [];
  let done = false;
  const working = work().finally(() => (done = true));
  while (!done) {
    const { p50 } = await generator.run({
      ports: [portOf(gateway)],
      path: '/ruangkerja/users',
      headers: { Authorization: gateway.banner.accessToken },
      body: JSON.stringify(user()),
      expected: '"serial"',
      connections: 1,
      most: 1,
      seconds: 60,
    });
    took.push(p50);
    await sleep(50);
  }
  await working;
  return took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.99)]!;
}

/** Creates a user for each mail, by the import, while no gateway runs that would deliver. */
export async function queueMails(mails: number, cwd: string, env: Record<string, string>): Promise<void> {
  const file = join(cwd, 'users.csv');
  const out = createWriteStream(file);
  out.write('employeeID,name,email,isActive\n');
  for (let n = 0; n < mails; n++) out.write(`M${n},John Doe,m${n}@example.com,true\n`);
  out.end();
  await once(out, 'finish');
  const child = startProgram('../src/cli/main.ts', ['import', file, '--company', 'RUKR'], { cwd, env });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the import ended with ${code}`);
}

/** Linux only; 0 elsewhere. */
export function residentMegabytes(pid: number | undefined): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024);
}

/** Seconds of processor time that a process and its living children have used. Linux only; 0 elsewhere. */
export function cpuSeconds(pid: number): number {
  const children = read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean);
  return [pid, ...children].map(ownCpuSeconds).reduce((sum, seconds) => sum + seconds, 0);
}

function ownCpuSeconds(pid: number | string): number {
  // utime and stime, in hundredths, are fields 14 and 15 of proc_pid_stat(5); the second field may hold spaces.
  const [user = 0, system = 0] = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? [];
  return (user + system) / 100;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
