const firstBackoffMs = 2_000;
const maxBackoffMs = 30 * 60_000;
/** From this attempt on, about a day after the first, a delivery is tried less often. */
const manyAttempts = 60;
const maxBackoffOfManyMs = 2 * 3_600_000;

/** The longest time that `backoffMs` returns. */
export const longestBackoffMs = 1.5 * maxBackoffOfManyMs;

/**
 * Computes the pause after a failed attempt: 2 s, doubled by each attempt up to 30 min and after a day of them 2 h,
 * times a random 0.5 to 1.5, so that deliveries that failed together do not come back together.
 * @param attempts attempts begun, at least 1
 * @returns milliseconds
 */
export function backoffMs(attempts: number): number {
  const longestMs = attempts < manyAttempts ? maxBackoffMs : maxBackoffOfManyMs;
  return Math.min(firstBackoffMs * 2 ** (attempts - 1), longestMs) * (0.5 + Math.random());
}
