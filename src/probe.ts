import { setTimeout as sleep } from 'node:timers/promises';

/** How often a probe asks, and how long its callers wait, in milliseconds. */
export interface ProbeOptions {
  reuseMs: number;
  waitMs: number;
}

/**
 * Makes a function that asks at most once in `reuseMs`, never twice at once, and returns the latest answer. It returns
 * null when there is no answer within `waitMs`, and when the question failed. So many callers cost as much as one, and
 * a database or a server that is away holds up nobody.
 */
export function makeProbe<T>(ask: () => Promise<T>, { reuseMs, waitMs }: ProbeOptions): () => Promise<T | null> {
  let answer: Promise<T | null> | undefined;
  let askedAt = -Infinity;
  let isUnderWay = false;

  async function settled(): Promise<T | null> {
    try {
      return await ask();
    } catch {
      return null;
    } finally {
      isUnderWay = false;
    }
  }

  return async () => {
    if (!answer || (!isUnderWay && performance.now() - askedAt > reuseMs)) {
      askedAt = performance.now();
      isUnderWay = true;
      answer = settled();
    }
    const timer = new AbortController();
    const tooLate = sleep(waitMs, null, { signal: timer.signal }).catch(() => null);
    const latest = await Promise.race([answer, tooLate]);
    timer.abort();
    return latest;
  };
}
