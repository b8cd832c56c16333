import { expect, test } from 'vitest';
import type { OutboxStatus } from '../../src/outbox/status.ts';
import { makeHealth } from '../../src/api/http/health.ts';

const emptyOutbox: OutboxStatus = {
  queued: 0,
  dead: 0,
  waitingForKey: 0,
  oldestMs: 0,
  heldAt: null,
  pausedUntil: null,
  dayFullUntil: null,
  lastAcceptedAt: null,
};
/** What `/health/ready` says of an empty outbox. */
const mails = {
  summary: 'no mail waits',
  queued: 0,
  oldestSeconds: 0,
  dead: 0,
  waitingForKey: 0,
  held: false,
  heldSince: null,
  paused: false,
  pausedUntil: null,
  dayFullUntil: null,
  lastAcceptedAt: null,
};

function makeDoubles(
  given: {
    database?: () => Promise<void>;
    mail?: () => Promise<boolean>;
    stopping?: boolean;
    outbox?: () => Promise<OutboxStatus>;
    disk?: string;
  } = {},
) {
  const calls = { database: 0, mail: 0, outbox: 0 };
  const health = makeHealth({
    pingDatabase: () => (calls.database++, given.database?.() ?? Promise.resolve()),
    mailServerAnswers: given.mail ? () => (calls.mail++, given.mail!()) : null,
    outboxStatus: () => (calls.outbox++, given.outbox?.() ?? Promise.resolve(emptyOutbox)),
    disk: () => given.disk ?? 'ok',
    isStopping: () => given.stopping ?? false,
  });
  return {
    calls,
    ask: async (path = '/health/ready') => {
      const answer = (await health(path, 'GET'))!;
      return [answer.status, await answer.json()] as const;
    },
  };
}

test('alive touches nothing', async () => {
  const { ask, calls } = makeDoubles();
  expect(await ask('/health/live')).toEqual([200, { status: 'ok' }]);
  expect(calls).toEqual({ database: 0, mail: 0, outbox: 0 });
});

test('a mail server that hangs is told and never holds readiness up; it is asked once for many probes', async () => {
  const { ask, calls } = makeDoubles({ mail: () => new Promise(() => {}) });
  const begun = performance.now();
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(performance.now() - begun).toBeLessThan(1_000);
  expect(answers).toEqual(Array(3).fill([200, { status: 'ok', database: 'ok', disk: 'ok', mail: 'down', mails }]));
  expect(calls.mail).toBe(1);
});

test.each([
  [true, 'ok'],
  [false, 'down'],
])('a mail server that answers %s is %s, ready either way', async (answers, mail) => {
  const { ask } = makeDoubles({ mail: async () => answers });
  expect(await ask()).toEqual([200, { status: 'ok', database: 'ok', disk: 'ok', mail, mails }]);
});

test('not ready while the database does not answer, and while stopping', async () => {
  expect(
    await makeDoubles({
      database: async () => {
        throw new Error('gone');
      },
    }).ask(),
  ).toEqual([503, { status: 'unavailable', database: 'down', disk: 'ok', mail: 'development mailbox', mails }]);
  expect(await makeDoubles({ stopping: true }).ask()).toEqual([
    503,
    { status: 'stopping', database: 'ok', disk: 'ok', mail: 'development mailbox', mails },
  ]);
});

test('the outbox is told in words and numbers, read once for many probes, and never makes it unready', async () => {
  const { ask, calls } = makeDoubles({
    outbox: async () => ({
      queued: 53,
      dead: 1,
      waitingForKey: 2,
      oldestMs: 61_234,
      heldAt: new Date(0),
      pausedUntil: new Date(1_000),
      dayFullUntil: new Date(2_000),
      lastAcceptedAt: new Date(500),
    }),
  });
  const answers = await Promise.all([ask(), ask(), ask()]);
  const body = {
    status: 'ok',
    database: 'ok',
    disk: 'ok',
    mail: 'development mailbox',
    mailsWaitingForKey: 2,
    mails: {
      summary:
        '53 mails queued, the oldest waits for 61 s; held by an operator since 1970-01-01T00:00:00.000Z; ' +
        'paused until 1970-01-01T00:00:01.000Z, the mail server asked for it; ' +
        'the limit of the day is reached, it goes on at 1970-01-01T00:00:02.000Z; ' +
        '2 mails sealed by a key that is not configured; 1 mail dead',
      queued: 53,
      oldestSeconds: 61,
      dead: 1,
      waitingForKey: 2,
      held: true,
      heldSince: '1970-01-01T00:00:00.000Z',
      paused: true,
      pausedUntil: '1970-01-01T00:00:01.000Z',
      dayFullUntil: '1970-01-01T00:00:02.000Z',
      lastAcceptedAt: '1970-01-01T00:00:00.500Z',
    },
  };
  expect(answers).toEqual(Array(3).fill([200, body]));
  expect(calls.outbox).toBe(1);
});

test.each([
  ['fails', () => Promise.reject(new Error('gone'))],
  ['hangs', () => new Promise<never>(() => {})],
])('an outbox whose reading %s is unknown, and holds up nothing', async (_, outbox) => {
  const { ask } = makeDoubles({ outbox });
  const body = { status: 'ok', database: 'ok', disk: 'ok', mail: 'development mailbox', mails: null };
  expect(await ask()).toEqual([200, body]);
});

test('a full disk is reported, and leaves it ready: users and lists are read', async () => {
  const body = { status: 'ok', database: 'ok', disk: 'full', mail: 'development mailbox', mails };
  expect(await makeDoubles({ disk: 'full' }).ask()).toEqual([200, body]);
});
