import { unavailable } from '../../errors/error-dictionary.ts';

/** As long as a verb may take to answer. */
const maxWaitMs = 4_500;

/**
 * Makes a function that does one piece of work after the other for each key. Work that waits for a lock of the database
 * occupies a connection, and so many of them would keep the connections from everybody else. Throws 503 after a long
 * wait.
 */
export function makeTurns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const lasts = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const askedAt = performance.now();
    const mine = (lasts.get(key) ?? Promise.resolve()).then(() => {
      if (performance.now() - askedAt > maxWaitMs) throw unavailable('contention', 'other calls change the same users');
      return work();
    });
    const ended = mine
      .catch(() => undefined)
      .then(() => {
        if (lasts.get(key) === ended) lasts.delete(key);
      });
    lasts.set(key, ended);
    return mine;
  };
}
