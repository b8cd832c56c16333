import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { open, type Program } from '../process/program.ts';

/** The operating system tells what a program holds. */
export const isLinux = process.platform === 'linux';

function memory(program: Program, field: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${program.child.pid}/status`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)![1]) * 1024;
}

/** Bytes that the program takes now, and the most that it ever took. */
export const residentBytes = (program: Program): number => memory(program, 'VmRSS');
export const peakBytes = (program: Program): number => memory(program, 'VmHWM');

/** How many sockets the program has open, the listening one among them. */
export function openSockets({ child: { pid } }: Program): number {
  const isSocket = (descriptor: string): boolean => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${descriptor}`).startsWith('socket:');
    } catch {
      return false;
    }
  };
  return readdirSync(`/proc/${pid}/fd`).filter(isSocket).length;
}

/** Asks `/health/live` on a connection of its own, one request after the other; answers the longest that one waited, in milliseconds. */
export function watchStalls(program: Program): () => Promise<number> {
  let isOver = false;
  let longest = 0;
  const watch = async (): Promise<void> => {
    while (!isOver) {
      const begun = performance.now();
      const answer = await fetch(`http://127.0.0.1:${program.port()}/health/live`).catch(() => null);
      if (!answer) throw new Error('/health/live does not answer');
      await answer.text();
      longest = Math.max(longest, performance.now() - begun);
      await sleep(5);
    }
  };
  const watching = watch();
  // A test that failed ends the program first.
  watching.catch(() => {});
  onTestFinished(() => void (isOver = true));
  return async () => {
    isOver = true;
    await watching;
    return longest;
  };
}

/** So many connections that each send `input`. */
export function connect(program: Program, count: number, input: (index: number) => string) {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const connection = await open(program.port());
      const text = input(index);
      if (text !== '') connection.socket.write(text);
      return connection;
    }),
  );
}
