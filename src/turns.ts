import { unavailable } from './errors/error-dictionary.ts';

/**
 * Makes a function that does one piece of work after the other for each key. It throws 503 for work whose turn comes
 * later than `maxWaitMs` milliseconds after it was asked for.
 */
export function makeTurns(maxWaitMs: number): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const lasts = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const askedAt = performance.now();
    const mine = (lasts.get(key) ?? Promise.resolve()).then(() => {
      if (performance.now() - askedAt > maxWaitMs)
        throw unavailable('contention', 'other calls of the company are still running');
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
