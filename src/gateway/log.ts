import { writeSync } from 'node:fs';
import { type Logger, pino } from 'pino';
import { makeLogBuffer, type Sink } from './log-buffer.ts';

export interface Log {
  log: Logger;
  /** Resolves when everything that was logged is written, and after `patienceMs` at the latest. */
  drained: (patienceMs: number) => Promise<void>;
}

/**
 * The log on standard error, since standard output is for what a script reads: JSON lines. No request waits for it: a
 * reader that reads nothing, or is gone, and a full disk cost lines, which are counted.
 */
export function openLog(level: string): Log {
  const reportDropped = (lines: number): string =>
    `${JSON.stringify({ level: 40, time: Date.now(), dropped: lines, msg: 'log lines were dropped, standard error took no more' })}\n`;
  const buffer = makeLogBuffer(isFile(process.stderr) ? writeFile : writeStream, { reportDropped });
  process.on('exit', buffer.flush);
  return { log: pino({ level, base: null }, buffer), drained: buffer.drained };
}

/**
 * Lets the process outlive standard output and standard error. Without a listener a full disk or a reader that is gone
 * would end it, and a stopped terminal, to which node writes synchronously, would stop the event loop.
 */
export function outliveOutputs(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => {});
    if (stream.isTTY) (stream as unknown as Handled)._handle?.setBlocking?.(false);
  }
}

/** What node does not publish of a terminal's stream: libuv's uv_stream_set_blocking. */
interface Handled {
  _handle?: { setBlocking?: (isBlocking: boolean) => void };
}

/** Or a device, e.g. /dev/full. */
function isFile(stream: NodeJS.WriteStream): boolean {
  return !('_handle' in stream);
}

/** Not node's stream: of a disk that is nearly full it forgets how much of a line was written. */
const writeFile: Sink = (bytes, done) => {
  let at = 0;
  try {
    while (at < bytes.length) at += writeSync(2, bytes, at);
  } catch {
    // A full disk, most often. What is left is tried again.
  }
  done(bytes.subarray(at));
};

const writeStream: Sink = (bytes, done) => {
  process.stderr.write(bytes, (error) => done(error ? bytes : bytes.subarray(bytes.length)));
};
