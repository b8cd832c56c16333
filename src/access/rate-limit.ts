import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from '../users/error-dictionary.ts';

/**
 * Counts the users that each client asks for and throws 429 above `perMinute`, until the minute that began with the first
 * of them is over; 0 counts nothing. The caller counts before it reads the fields, so that refused requests count too.
 */
export function makeRateLimit(perMinute: number): (clientId: string, users: number) => Promise<void> {
  if (perMinute === 0) return async () => {};
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return async (clientId, users) => {
    await limiter.consume(clientId, users).catch((refused: unknown) => {
      throw refused instanceof RateLimiterRes ? tooMany(`more than ${perMinute} users in a minute`, refused.msBeforeNext) : refused;
    });
  };
}

/** 429 with the whole seconds until the window ends. */
export function tooMany(detail: string, msBeforeNext: number): Refusal {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
  return new Refusal('TOO_MANY_REQUESTS', `${detail}, try again in ${seconds} s`, seconds);
}
