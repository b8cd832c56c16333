import { expect, onTestFinished, test, vi } from 'vitest';
import { makeDelivery } from '../../src/outbox/delivery.ts';
import type { DeliveryKind, Gate, SendResult } from '../../src/outbox/kind.ts';
import type { DueDelivery, Lease, Outbox } from '../../src/outbox/ports.ts';

/** A kind of delivery that is not a mail. */
interface DueWebhook extends DueDelivery {
  url: string;
}

/** An outbox in memory that keeps what was recorded of each row, and a delivery of webhooks with a recording log. */
function openWebhooks(send: (due: DueWebhook, signal: AbortSignal) => Promise<SendResult>) {
  const gate = { now: { kind: 'open' } as Gate };
  const day: { fullUntil?: Date } = {};
  const queue: DueWebhook[] = [];
  const recorded: unknown[] = [];
  const outbox: Outbox<DueWebhook> = {
    claim: async ({ limit, first }) => ({
      due: first ? queue.splice(0, limit).map((due) => ({ ...due, attempts: due.attempts + 1 })) : [],
      isProbe: false,
      waitMs: 0,
      dayFullUntil: day.fullUntil,
    }),
    renew: async () => undefined,
    markSent: async ({ id }) => void recorded.push([id, 'sent']),
    markFailed: async ({ id }, error, retryAt) =>
      void recorded.push([id, 'failed', error, retryAt.getTime() > Date.now()]),
    release: async ({ id }: Lease, error) => void recorded.push([id, 'released', error]),
    giveBack: async ({ id }: Lease, reason) => void recorded.push([id, 'given back', reason]),
    markDead: async ({ id }, error) => void recorded.push([id, 'dead', error]),
    pause: async ({ reason }) => (recorded.push(['pause', reason]), 1_000),
    endPauses: async () => void recorded.push(['end of pauses']),
    join: async () => ({ position: 0, count: 1 }),
    leave: async () => undefined,
    pullIn: async () => undefined,
  };
  const learned: string[] = [];
  const kind: DeliveryKind<DueWebhook> = {
    noun: 'webhook',
    keyIds: ['key'],
    send,
    policy: {
      gate: () => gate.now,
      hungDomains: () => [],
      domainOf: ({ url }) => new URL(url).hostname,
      overdueAt: () => Infinity,
      ended: ({ due }, ending) => void learned.push(`${due.id} ${ending}`),
      unavailable: () => 60_000,
      limited: () => 60_000,
    },
  };
  const logged: string[] = [];
  const write = (_: object, message: string) => void logged.push(message);
  const log = { info: write, warn: write, error: write };
  const delivery = makeDelivery({ outbox, kind, isBusy: () => false, now: Date.now, log });
  onTestFinished(() => delivery.stop(0));
  const add = (id: string, createdAt = new Date()): void => {
    const sealed = { keyId: 'key', nonce: Buffer.alloc(12), ciphertext: Buffer.from(id) };
    queue.push({ id, userSerial: 'USR1', url: 'https://example.com/hook', attempts: 0, createdAt, sealed });
  };
  return { add, day, delivery, gate, learned, logged, queue, recorded };
}

test('a kind that is not a mail is claimed, sent with its own payload, and recorded', async () => {
  const sent: string[] = [];
  const { add, delivery, learned, logged, recorded } = openWebhooks(async ({ url, sealed }) => {
    sent.push(`${url} ${sealed.ciphertext}`);
    return { kind: 'accepted' };
  });
  add('one');
  await delivery.idle();
  expect(sent).toEqual(['https://example.com/hook one']);
  expect(recorded).toEqual([['one', 'sent']]);
  expect(learned).toEqual(['one accepted']);
  expect(logged).toEqual(['a webhook was accepted']);
});

const aMonthAgo = () => new Date(Date.now() - 30 * 24 * 3_600_000);

test.for([
  ['failed', undefined, ['one', 'failed', 'no', true], ['one refused'], 'a webhook was not accepted'],
  ['failed', aMonthAgo(), ['one', 'failed', 'no', true], ['one refused'], 'a webhook was not accepted'],
  [
    'refused for good',
    undefined,
    ['one', 'dead', 'no'],
    ['one refused'],
    'a webhook went to the dead letter: its recipient was refused',
  ],
  ['unreadable', undefined, ['one', 'dead', 'no'], [], 'a webhook went to the dead letter'],
  ['unavailable', undefined, ['one', 'released', 'no'], [], undefined],
] as const)(
  '%s, created %s: the outcome is recorded, learned and logged',
  async ([kind, at, outcome, learns, line]) => {
    const { add, delivery, learned, logged, recorded } = openWebhooks(async () => ({ kind, error: 'no' }));
    add('one', at);
    await delivery.idle();
    expect(recorded).toEqual([outcome]);
    expect(learned).toEqual(learns);
    expect(logged).toEqual(line ? [line] : []);
  },
);

test('a closed gate begins nothing, and one at a time means one', async () => {
  let [inFlight, most] = [0, 0];
  const { add, delivery, gate, queue, recorded } = openWebhooks(async () => {
    most = Math.max(most, ++inFlight);
    await new Promise(setImmediate);
    inFlight--;
    return { kind: 'accepted' };
  });
  gate.now = { kind: 'closed', reason: 'on hold', pauseMs: 10 };
  for (let i = 0; i < 5; i++) add(`row ${i}`);
  await delivery.idle();
  expect(queue).toHaveLength(5);
  gate.now = { kind: 'one at a time', reason: 'on hold' };
  await vi.waitFor(() => expect(recorded).toHaveLength(5));
  expect(most).toBe(1);
});

test('a stop gives back what is in flight, due at once, and begins nothing more', async () => {
  const { add, delivery, queue, recorded } = openWebhooks(
    (_, signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve({ kind: 'failed', error: 'aborted' }), { once: true });
      }),
  );
  add('one');
  delivery.wake();
  await vi.waitFor(() => expect(queue).toHaveLength(0));
  await delivery.stop(0);
  add('two');
  delivery.wake();
  expect(recorded).toEqual([['one', 'failed', 'the gateway stopped', false]]);
  expect(queue).toHaveLength(1);
});

test('a limit of the day that is reached is told once a day', async () => {
  const { day, delivery, logged } = openWebhooks(async () => ({ kind: 'accepted' }));
  for (const time of [1, 1, 2]) {
    day.fullUntil = new Date(time);
    delivery.wake();
    await delivery.idle();
  }
  const sentence = 'the limit of the day is reached: the delivery of webhooks goes on when it ends';
  expect(logged).toEqual([sentence, sentence]);
});
