import { Gauge, type Registry } from 'prom-client';
import type { OutboxStatus } from '../outbox/status.ts';
import { makeProbe } from '../probe.ts';

/** Scrapes share an answer for this long, and wait for one less long than Prometheus waits for them. */
const probe = { reuseMs: 15_000, waitMs: 3_000 };

/** What `addStoreMetrics` asks. */
export interface StoreMetricsNeeds {
  /** Throws when the database does not answer. */
  pingDatabase: () => Promise<unknown>;
  outboxStatus: () => Promise<OutboxStatus>;
  /** The known state of the database's disk: `ok`, `full` or `failing`. */
  disk: () => string;
  /** Free bytes of that disk; null where it is another machine's. */
  freeBytes: () => number | null;
  /** Passwords that wait to be hashed. */
  hashQueueLength: () => number;
}

/**
 * Adds the metrics that are read when they are scraped: of the outbox, the database, its disk and the hash queue. While
 * the database is away those of the outbox are NaN, which no alert takes for zero, and the scrape succeeds.
 */
export function addStoreMetrics(registry: Registry, needs: StoreMetricsNeeds): void {
  const registers = [registry];
  const outbox = makeProbe(needs.outboxStatus, probe);
  const database = makeProbe(async () => (await needs.pingDatabase(), true), probe);
  function gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const metric: Gauge = new Gauge({ name, help, registers, collect: async () => metric.set(await read()) });
  }
  const ofOutbox = (name: string, help: string, read: (status: OutboxStatus) => number): void =>
    gauge(name, help, async () => {
      const status = await outbox();
      return status ? read(status) : Number.NaN;
    });

  const mails: Gauge<'state'> = new Gauge({
    name: 'ruangkerja_outbox_mails',
    help: 'Mails of all processes that are queued or dead.',
    labelNames: ['state'],
    registers,
    async collect() {
      const status = await outbox();
      for (const state of ['queued', 'dead'] as const) mails.set({ state }, status ? status[state] : Number.NaN);
    },
  });
  ofOutbox(
    'ruangkerja_outbox_oldest_seconds',
    'How long the mail that waits longest has waited.',
    ({ oldestMs }) => oldestMs / 1_000,
  );
  ofOutbox(
    'ruangkerja_outbox_waiting_for_key_mails',
    'Queued mails that no configured key opens.',
    (status) => status.waitingForKey,
  );
  ofOutbox('ruangkerja_delivery_held', 'Whether an operator holds the delivery.', ({ heldAt }) =>
    Number(heldAt !== null),
  );
  ofOutbox('ruangkerja_delivery_paused', 'Whether the delivery pauses for the mail server.', ({ pausedUntil }) =>
    Number(pausedUntil !== null),
  );
  ofOutbox('ruangkerja_delivery_day_full', 'Whether MAIL_DAILY is reached.', ({ dayFullUntil }) =>
    Number(dayFullUntil !== null),
  );
  gauge('ruangkerja_database_up', 'Whether the database answers.', async () => Number((await database()) !== null));
  gauge('ruangkerja_disk_ok', "Whether the database's disk takes writes.", () => Number(needs.disk() === 'ok'));
  gauge('ruangkerja_disk_free_bytes', "Free space of the database's disk.", () => needs.freeBytes() ?? Number.NaN);
  gauge('ruangkerja_hash_queue_length', 'Passwords that wait to be hashed.', needs.hashQueueLength);
}
