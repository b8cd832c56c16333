import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Agent, request } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const connections = 32;

export interface Started {
  child: ChildProcess;
  /** Milliseconds until it took requests. */
  readyAfter: number;
  /** What it printed for scripts. */
  banner: Record<'rest' | 'graphiql' | 'accessToken', string>;
}

/** A gateway as a developer starts it: a demo company, no limit, no mail server. */
export async function startGateway(cwd: string, env: Record<string, string> = {}): Promise<Started> {
  const begun = performance.now();
  const child = spawn(process.execPath, [fileURLToPath(new URL('../src/main.ts', import.meta.url)), '--json'], {
    cwd,
    env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, readyAfter: performance.now() - begun, banner: JSON.parse(line) };
}

export async function stopGateway({ child }: Started): Promise<void> {
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}

/** Runs `work` `total` times, `atOnce` at a time; answers runs a second. */
export async function perSecond(total: number, atOnce: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  let left = total;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await work();
    }),
  );
  return (total * 1_000) / (performance.now() - start);
}

/** The text of the answer. */
export async function post(url: string, token: string, body: string, agent: Agent): Promise<string> {
  const headers = { Authorization: token, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  const outgoing = request(url, { method: 'POST', agent, headers }).end(body);
  const [incoming] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of incoming) text += chunk;
  return text;
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
