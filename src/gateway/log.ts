import { type Logger, pino } from 'pino';

/**
 * The log on standard error, since standard output is for what a script reads: JSON lines, those of one turn of the event
 * loop in one write. Under load that costs a request a tenth of a write of its own.
 */
export function openLog(level: string): Logger {
  const destination = pino.destination({ dest: 2, sync: true });
  let lines = '';
  const flush = (): void => {
    if (lines !== '') destination.write(lines);
    lines = '';
  };
  process.on('exit', flush);
  const write = (line: string): void => {
    if (lines === '') setImmediate(flush);
    lines += line;
  };
  return pino({ level, base: null }, { write });
}
