import { setTimeout as sleep } from 'node:timers/promises';

/** An answer is reused this many times as long as it took to get: asking takes a twentieth of the time at most. */
const reuseFactor = 20;

/** How often a probe asks, and how long its callers wait, in milliseconds. */
export interface ProbeOptions {
  reuseMs: number;
  waitMs: number;
}

/**
 * Makes a function that asks at most once in `reuseMs`, and less often where an answer takes long, never twice at once.
 * It returns the latest answer; null while there is none, and when the question failed. A new question is waited for
 * `waitMs`: so many callers cost as much as one, and a database or a server that is away holds up nobody.
 */
export function makeProbe<T>(ask: () => Promise<T>, { reuseMs, waitMs }: ProbeOptions): () => Promise<T | null> {
  let latest: T | null = null;
  let asking: Promise<T | null> | undefined;
  let askedAt = -Infinity;
  let reuseUntil = -Infinity;

  async function question(): Promise<T | null> {
    askedAt = performance.now();
    latest = await ask().catch(() => null);
    const tookMs = latest === null ? 0 : performance.now() - askedAt;
    reuseUntil = askedAt + Math.max(reuseMs, reuseFactor * tookMs);
    asking = undefined;
    return latest;
  }

  return async () => {
    if (!asking && performance.now() < reuseUntil) return latest;
    asking ??= question();
    const timer = new AbortController();
    const tooLate = sleep(waitMs, latest, { signal: timer.signal }).catch(() => latest);
    const answer = await Promise.race([asking, tooLate]);
    timer.abort();
    return answer;
  };
}
