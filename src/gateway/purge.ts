import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessStore } from '../access/ports.ts';
import type { MailOutbox } from '../mail/ports.ts';
import type { Idempotency } from '../users/idempotency.ts';

const hour = 3_600_000;
/** How long a mail in the dead letter keeps its password, for `mail retry`. */
const keepDead = 7 * 24 * hour;
/** Rows a step: a few milliseconds of the write lock. */
const step = 500;

export interface PurgeNeeds {
  store: { access: Pick<AccessStore, 'deleteExpiredTokens'>; outbox: Pick<MailOutbox, 'eraseDead'> };
  idempotency: Pick<Idempotency, 'deleteOld'>;
  now: () => number;
  log: Record<'warn' | 'error', (about: object, message: string) => void>;
}

/**
 * Deletes expired tokens and old idempotency keys and erases passwords of old dead mails in small steps, so that no
 * creation waits for it.
 */
export async function purge({ store, idempotency, now }: PurgeNeeds): Promise<void> {
  const verbs = [
    () => store.access.deleteExpiredTokens(new Date(now()), step),
    () => idempotency.deleteOld(step),
    () => store.outbox.eraseDead(new Date(now() - keepDead), step),
  ];
  for (const verb of verbs) {
    while ((await verb()) === step) await sleep(50);
  }
}

/**
 * Purges now and every hour; answers a function that ends it. A clock that jumped ahead by more than an hour since the
 * last time may be wrong, and what is purged does not come back: so it has an hour to be set right.
 */
export function purgeHourly(needs: PurgeNeeds): () => void {
  let stopped = false;
  const clocks = () => ({ wall: needs.now(), steady: performance.now() });
  let last = clocks();
  const run = (): void => {
    const time = clocks();
    const jumpMs = time.wall - last.wall - (time.steady - last.steady);
    last = time;
    if (jumpMs > hour) return needs.log.warn({ jumpMs }, 'the clock jumped ahead, the purge waits for an hour');
    purge(needs).catch((error: unknown) => {
      if (!stopped) needs.log.error({ err: error }, 'purge failed, next try in an hour');
    });
  };
  const first = setImmediate(run);
  const timer = setInterval(run, hour).unref();
  return () => {
    stopped = true;
    clearImmediate(first);
    clearInterval(timer);
  };
}
