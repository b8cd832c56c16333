import { setImmediate } from 'node:timers/promises';

type Run = <T>(work: () => T) => Promise<T>;

/**
 * A queue for reads that take the event loop for milliseconds each: every one begins in an iteration of its own, so that
 * however many are asked for at once, other requests are answered between them.
 */
export function makeTurns(): <T>(run: Run, work: () => T) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (run, work) => {
    const result = last.then(() => setImmediate()).then(() => run(work));
    last = result.catch(() => {});
    return result;
  };
}
