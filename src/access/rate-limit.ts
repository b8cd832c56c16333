import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from '../users/error-dictionary.ts';

/**
 * Counts what each client asks for and throws 429 above `perMinute`; 0 counts nothing. Refused requests count too:
 * a client that hammers stays refused until it pauses.
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
