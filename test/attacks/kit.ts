import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
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

/** Milliseconds of processor time that a program has used: nobody waits longer for it, however busy the machine is. */
export function processorMs(program: Program): number {
  // The name of the command, in brackets, may hold spaces; the times are in hundredths of a second.
  const fields = readFileSync(`/proc/${program.child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
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
