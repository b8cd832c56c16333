import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished, vi } from 'vitest';

const fileOf = (path: string): string => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
/** Node as the scripts of package.json call it; the file to run comes next. */
export const node = [process.execPath, '--import', fileOf('preload.ts')] as const;
export const main = fileOf('main.ts');
export const cli = fileOf('cli/main.ts');
/** What every program inherits. With the cache a start takes half of the processor's time. */
export const inherited = {
  PATH: process.env['PATH'],
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
};

export const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'file:data/gateway.db',
  SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
  SMTP_URL: 'smtp://127.0.0.1:1',
  MAIL_FROM: 'Ruangkerja <no-reply@ruangkerja.example>',
};

export interface Program {
  child: ChildProcess;
  out: () => string;
  err: () => string;
  /** The answer of `--json`. */
  json: () => Record<'rest' | 'graphiql' | 'mailbox' | 'clientID' | 'clientSecret' | 'accessToken' | 'curl', string>;
  port: () => number;
  log: () => Record<string, unknown>[];
  /** Resolves to the exit code, or to the signal that ended it. */
  ended: Promise<number | string>;
  kill: () => Promise<unknown>;
}

/** A folder that is deleted after the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-process-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Where standard output and standard error go: a file descriptor, or a pipe that is read. */
type Outputs = ['pipe' | number, 'pipe' | number];

/** The program as an operator starts it, in a folder. `command` stands in front of `program`. */
export function launch(
  cwd: string,
  env: Record<string, string> = {},
  args: string[] = [],
  command: string[] = [],
  program: string[] = [...node, main],
  outputs: Outputs = ['pipe', 'pipe'],
): Program {
  const [file, ...rest] = [...command, ...program, ...args];
  const child = spawn(file!, rest, {
    cwd,
    env: { ...inherited, PORT: '0', ...env },
    stdio: ['ignore', ...outputs],
  });
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => void (out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => void (err += text));
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  const kill = () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    return ended;
  };
  const log = () =>
    err
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
  return {
    child,
    out: () => out,
    err: () => err,
    json: () => JSON.parse(out),
    log,
    port: () => log().find(({ msg }) => msg === 'ready')?.port as number,
    ended,
    kill,
  };
}

/** `launch`, ended with the test. */
export function run(...given: Parameters<typeof launch>): Program {
  const program = launch(...given);
  onTestFinished(async () => void (await program.kill()));
  return program;
}

/** Waits until the program takes requests. */
export async function start(...given: Parameters<typeof run>): Promise<Program> {
  return ready(run(...given));
}

export async function ready(program: Program): Promise<Program> {
  await Promise.race([
    vi.waitFor(
      () => {
        if (program.port() === undefined) throw new Error(`not ready: ${program.err()}`);
      },
      { timeout: 40_000, interval: 10 },
    ),
    program.ended.then((code) => {
      throw new Error(`ended with ${code}: ${program.err()}`);
    }),
  ]);
  return program;
}

export interface Connection {
  socket: Socket;
  /** All that came so far. */
  text: () => string;
  closed: Promise<void>;
}

/** A bare TCP connection, for what fetch cannot do. */
export async function open(port: number): Promise<Connection> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk));
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return { socket, text: () => text, closed };
}

export function userOf(employeeID: string, more: object = {}): object {
  return { employeeID, name: 'John Doe', email: `${employeeID}@example.com`, isActive: true, ...more };
}

export function post(port: number, token: string, user: unknown, init: RequestInit = {}): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/ruangkerja/users`, {
    method: 'POST',
    headers: { Authorization: token, 'Content-Type': 'application/json' },
    body: JSON.stringify(user),
    ...init,
  });
}
