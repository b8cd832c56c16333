import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessStore } from '../access/ports.ts';
import type { MailOutbox } from '../mail/ports.ts';
import type { Idempotency } from '../users/idempotency.ts';

const hourMs = 3_600_000;
/** How long a mail in the dead letter keeps its password, for `mail retry`. */
const keepDeadMs = 7 * 24 * hourMs;
/** Takes the write lock for a few milliseconds. */
const stepRows = 500;
const pauseMs = 50;
/** What is left after so many steps waits for the next hour. */
const maxSteps = 50_000;

/** What the purge needs. */
export interface PurgeNeeds {
  store: { access: Pick<AccessStore, 'deleteExpiredTokens'>; outbox: Pick<MailOutbox, 'eraseDead'> };
  idempotency: Pick<Idempotency, 'deleteOld'>;
  now: () => number;
  log: Record<'warn' | 'error', (about: object, message: string) => void>;
}

/**
 * Deletes expired tokens and old idempotency keys, and erases the passwords of old dead mails. It takes small steps, so
 * that no creation waits for it.
 */
export async function purge({ store, idempotency, now }: PurgeNeeds): Promise<void> {
  const verbs = [
    () => store.access.deleteExpiredTokens(new Date(now()), stepRows),
    () => idempotency.deleteOld(stepRows),
    () => store.outbox.eraseDead(new Date(now() - keepDeadMs), stepRows),
  ];
  for (const verb of verbs) {
    for (let step = 1; step < maxSteps && (await verb()) === stepRows; step++) await sleep(pauseMs);
  }
}

/**
 * Purges now and every hour. A clock that jumped ahead by more than an hour may be wrong, and a purge cannot be undone:
 * so it waits for an hour, in which the clock may be corrected.
 * @returns a function that ends it
 */
export function purgeHourly(needs: PurgeNeeds): () => void {
  let stopped = false;
  const clocks = () => ({ wall: needs.now(), steady: performance.now() });
  let last = clocks();
  const run = (): void => {
    const time = clocks();
    const jumpMs = time.wall - last.wall - (time.steady - last.steady);
    last = time;
    if (jumpMs > hourMs) return needs.log.warn({ jumpMs }, 'the clock jumped ahead, the purge waits for an hour');
    purge(needs).catch((error: unknown) => {
      if (!stopped) needs.log.error({ err: error }, 'purge failed, next try in an hour');
    });
  };
  const first = setImmediate(run);
  const timer = setInterval(run, hourMs).unref();
  return () => {
    stopped = true;
    clearImmediate(first);
    clearInterval(timer);
  };
}
