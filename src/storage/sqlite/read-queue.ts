import { setImmediate } from 'node:timers/promises';

/**
 * Makes a queue for reads that take milliseconds each. Every read starts in its own iteration of the event loop, so
 * that other requests are answered in between, however many reads arrive at once.
 */
export function makeReadQueue(): <T>(read: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (read) => {
    const result = last.then(() => setImmediate()).then(read);
    last = result.catch(() => {});
    return result;
  };
}
