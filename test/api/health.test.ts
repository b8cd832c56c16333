import { expect, test } from 'vitest';
import { makeHealth } from '../../src/api/http/health.ts';

function makeDoubles(
  given: { database?: () => Promise<void>; mail?: () => Promise<boolean> | null; stopping?: boolean } = {},
) {
  const calls = { database: 0, mail: 0 };
  const health = makeHealth({
    pingDatabase: () => (calls.database++, given.database?.() ?? Promise.resolve()),
    mailServerAnswers: () => (calls.mail++, (given.mail ?? (() => null))()),
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
  expect(calls).toEqual({ database: 0, mail: 0 });
});

test('a mail server that hangs is told and never holds readiness up; it is asked once for many probes', async () => {
  const { ask, calls } = makeDoubles({ mail: () => new Promise(() => {}) });
  const begun = performance.now();
  const answers = await Promise.all([ask(), ask(), ask()]);
  expect(performance.now() - begun).toBeLessThan(1_000);
  expect(answers).toEqual(Array(3).fill([200, { status: 'ok', database: 'ok', mail: 'down' }]));
  expect(calls.mail).toBe(1);
});

test.each([
  [true, 'ok'],
  [false, 'down'],
])('a mail server that answers %s is %s, ready either way', async (answers, mail) => {
  const { ask } = makeDoubles({ mail: async () => answers });
  expect(await ask()).toEqual([200, { status: 'ok', database: 'ok', mail }]);
});

test('not ready while the database does not answer, and while stopping', async () => {
  expect(
    await makeDoubles({
      database: async () => {
        throw new Error('gone');
      },
    }).ask(),
  ).toEqual([503, { status: 'unavailable', database: 'down', mail: 'development mailbox' }]);
  expect(await makeDoubles({ stopping: true }).ask()).toEqual([
    503,
    { status: 'stopping', database: 'ok', mail: 'development mailbox' },
  ]);
});
