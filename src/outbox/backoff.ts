const firstBackoffMs = 2_000;
const maxBackoffMs = 30 * 60_000;

/** The longest time that `backoffMs` returns. */
export const longestBackoffMs = 1.5 * maxBackoffMs;

/**
 * Computes the pause after a failed attempt: 2 s, doubled by each attempt up to 30 min, times a random 0.5 to 1.5, so
 * that deliveries that failed together do not come back together.
 * @param attempts attempts begun, at least 1
 * @returns milliseconds
 */
export function backoffMs(attempts: number): number {
  return Math.min(firstBackoffMs * 2 ** (attempts - 1), maxBackoffMs) * (0.5 + Math.random());
}
