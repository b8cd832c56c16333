import { writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { type Logger, pino } from 'pino';
import { makeLogBuffer, type Sink } from './log-buffer.ts';
import { readableLine } from './readable-line.ts';
import { readVersion } from './version.ts';

/** The log of the process. */
export interface Log {
  log: Logger;
  /** Resolves when every line is written, and after `maxWaitMs` at the latest. */
  drained: (maxWaitMs: number) => Promise<void>;
}

/**
 * Opens the log: JSON lines on standard error (docs/decisions/0060), readable ones on a terminal. Each line names the
 * process and its version. No request waits for it. Lines are lost, and counted, when the reader does not read or is
 * gone, and when the disk is full.
 */
export function openLog(level: string): Log {
  const { stderr } = process;
  const base = { instance: `${hostname()}-${process.pid}`, version: readVersion() };
  const shown = stderr.isTTY ? (line: string) => readableLine(line, stderr.hasColors()) : (line: string) => line;
  const reportDropped = (lines: number): string => {
    const msg = 'log lines were dropped, standard error took no more';
    return shown(`${JSON.stringify({ level: 40, time: Date.now(), ...base, dropped: lines, msg })}\n`);
  };
  const buffer = makeLogBuffer(isFile(stderr) ? writeFile : writeStream, { reportDropped });
  process.on('exit', buffer.flush);
  const write = (line: string): void => buffer.write(shown(line));
  const serializers = { err: errorFields };
  return { log: pino({ level, base, serializers }, { write }), drained: buffer.drained };
}

/** What an error tells, by name: Postgres quotes the whole row that it refuses in others, such as `detail`. */
const toldOfErrors = ['type', 'message', 'stack', 'code', 'syscall', 'constraint', 'table', 'column'] as const;

function errorFields(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const all = pino.stdSerializers.err(error);
  return Object.fromEntries(toldOfErrors.map((name) => [name, all[name]]));
}

/**
 * Lets the process outlive standard output and standard error. Without a listener a full disk or a closed reader would
 * end it. Node writes synchronously to a terminal, so that a stopped one would stop the event loop.
 */
export function outliveOutputs(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {});
    const { _handle } = stream as typeof stream & Handled;
    if (stream.isTTY) _handle?.setBlocking?.(false);
  }
}

/** The private part of a terminal's stream: libuv's uv_stream_set_blocking. */
interface Handled {
  _handle?: { setBlocking?: (isBlocking: boolean) => void };
}

/** Whether a stream is a file, or a device such as /dev/full. */
function isFile(stream: NodeJS.WriteStream): boolean {
  return !('_handle' in stream);
}

/** Not Node's stream: on a disk that is nearly full it forgets how much of a line was written. */
const writeFile: Sink = (bytes, done) => {
  let at = 0;
  try {
    while (at < bytes.length) at += writeSync(2, bytes, at);
  } catch {
    // Most often a full disk. The rest is tried again.
  }
  done(bytes.subarray(at));
};

const writeStream: Sink = (bytes, done) => {
  process.stderr.write(bytes, (error) => done(error ? bytes : bytes.subarray(bytes.length)));
};
