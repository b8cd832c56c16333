import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { addStoreMetrics, type StoreMetricsNeeds } from '../../src/gateway/store-metrics.ts';

const status = {
  queued: 53,
  dead: 1,
  waitingForKey: 2,
  oldestMs: 61_500,
  heldAt: new Date(0),
  pausedUntil: null,
  dayFullUntil: null,
  lastAcceptedAt: null,
};

function makeScrape(needs: Partial<StoreMetricsNeeds>): () => Promise<string[]> {
  const registry = new Registry();
  addStoreMetrics(registry, {
    pingDatabase: async () => true,
    outboxStatus: async () => status,
    disk: () => 'ok',
    freeBytes: () => 4_096,
    hashQueueLength: () => 7,
    ...needs,
  });
  return async () => (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test('the outbox, the database, its disk and the hash queue are read at a scrape', async () => {
  expect(await makeScrape({})()).toEqual([
    'ruangkerja_outbox_mails{state="queued"} 53',
    'ruangkerja_outbox_mails{state="dead"} 1',
    'ruangkerja_outbox_oldest_seconds 61.5',
    'ruangkerja_outbox_waiting_for_key_mails 2',
    'ruangkerja_delivery_held 1',
    'ruangkerja_delivery_paused 0',
    'ruangkerja_delivery_day_full 0',
    'ruangkerja_database_up 1',
    'ruangkerja_disk_ok 1',
    'ruangkerja_disk_free_bytes 4096',
    'ruangkerja_hash_queue_length 7',
  ]);
});

test('scrapes at once, and those within 15 seconds, ask the database once', async () => {
  const asked = { ping: 0, status: 0 };
  const scrape = makeScrape({
    pingDatabase: async () => asked.ping++,
    outboxStatus: async () => (asked.status++, status),
  });
  await Promise.all([scrape(), scrape()]);
  await scrape();
  expect(asked).toEqual({ ping: 1, status: 1 });
});

test.each([
  ['does not answer', () => Promise.reject(new Error('gone'))],
  ['hangs', () => new Promise<never>(() => {})],
])('a database that %s fails no scrape: what it would tell is unknown, not zero', async (_, away) => {
  expect(await makeScrape({ pingDatabase: away, outboxStatus: away, disk: () => 'failing' })()).toEqual([
    'ruangkerja_outbox_mails{state="queued"} Nan',
    'ruangkerja_outbox_mails{state="dead"} Nan',
    'ruangkerja_outbox_oldest_seconds Nan',
    'ruangkerja_outbox_waiting_for_key_mails Nan',
    'ruangkerja_delivery_held Nan',
    'ruangkerja_delivery_paused Nan',
    'ruangkerja_delivery_day_full Nan',
    'ruangkerja_database_up 0',
    'ruangkerja_disk_ok 0',
    'ruangkerja_disk_free_bytes 4096',
    'ruangkerja_hash_queue_length 7',
  ]);
});
