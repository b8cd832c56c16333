import { expect, test, vi } from 'vitest';
import { makeProbe } from '../src/probe.ts';

test('callers at once share one question, and it is asked again after its time', async () => {
  let asked = 0;
  const probe = makeProbe(async () => ++asked, { reuseMs: -1, waitMs: 1_000 });
  expect(await Promise.all([probe(), probe(), probe()])).toEqual([1, 1, 1]);
  await expect.poll(probe, { interval: 1 }).toBeGreaterThan(1);
  asked = 2;
  const reused = makeProbe(async () => ++asked, { reuseMs: 60_000, waitMs: 1_000 });
  expect([await reused(), await reused()]).toEqual([3, 3]);
});

test('a question that hangs is not asked a second time, and its late answer is used', async () => {
  let asked = 0;
  const { promise, resolve } = Promise.withResolvers<string>();
  const probe = makeProbe(() => (asked++, promise), { reuseMs: -1, waitMs: 20 });
  expect([await probe(), await probe(), asked]).toEqual([null, null, 1]);
  const late = probe();
  resolve('late');
  expect([await late, asked]).toEqual(['late', 1]);
});

test('a question that fails is answered with null, and asked again after its time', async () => {
  let asked = 0;
  const probe = makeProbe(
    async () => {
      if (++asked === 1) throw new Error('gone');
      return asked;
    },
    { reuseMs: -1, waitMs: 1_000 },
  );
  expect([await probe(), await probe()]).toEqual([null, 2]);
});

test('an answer that takes long is asked for less often, and the one before is used meanwhile', async () => {
  let asked = 0;
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const probe = makeProbe(async () => (await gates[asked++]!.promise, asked), { reuseMs: -1, waitMs: 20 });
  expect(await probe()).toBe(null);
  gates[0]!.resolve();
  expect([await probe(), await probe(), asked]).toEqual([1, 1, 1]);
  await vi.waitFor(async () => {
    await probe();
    expect(asked).toBe(2);
  }, 5_000);
  expect(await probe()).toBe(1);
  gates[1]!.resolve();
  expect(await probe()).toBe(2);
});
