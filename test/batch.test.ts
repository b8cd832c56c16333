import { expect, onTestFinished, test, vi } from 'vitest';
import { batch } from '../src/batch.ts';

/** A `load` that answers when it is told to, and what it was called with. */
function held() {
  const calls: {
    asked: readonly string[];
    group: string;
    answer: (values?: readonly number[]) => void;
    fail: (error: Error) => void;
  }[] = [];
  const load = (asked: readonly string[], group: string) =>
    new Promise<readonly number[]>((resolve, reject) => {
      calls.push({
        asked,
        group,
        answer: (values = asked.map(({ length }) => length)) => resolve(values),
        fail: reject,
      });
    });
  return { calls, load, asked: () => calls.map(({ asked }) => asked.join(' ')) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what is asked for in one turn is loaded together, and each gets its own', async () => {
  const { calls, load, asked } = held();
  const look = batch(load);
  const all = Promise.all(['a', 'bb', 'a', 'cccc'].map((one) => look(one)));
  await vi.waitFor(() => expect(asked()).toEqual(['a bb a cccc']));
  calls[0]!.answer();
  expect(await all).toEqual([1, 2, 1, 4]);
});

test('what is asked for while a call runs goes together when it has ended', async () => {
  // Without the milliseconds after which nobody waits any longer.
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { calls, load, asked } = held();
  const look = batch(load);
  const first = look('a');
  await turn();
  const second = look('bb');
  await turn();
  const third = look('ccc');
  await turn();
  expect(asked()).toEqual(['a']);
  calls[0]!.answer();
  expect(await first).toBe(1);
  await turn();
  expect(asked()).toEqual(['a', 'bb ccc']);
  calls[1]!.answer();
  expect(await Promise.all([second, third])).toEqual([2, 3]);
});

test('a call that hangs holds up the next one for 20 milliseconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { calls, load, asked } = held();
  const look = batch(load);
  const hanging = look('a');
  await turn();
  const next = look('bb');
  await vi.advanceTimersByTimeAsync(19);
  expect(asked()).toEqual(['a']);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked()).toEqual(['a', 'bb']);
  calls[1]!.answer();
  expect(await next).toBe(2);
  calls[0]!.answer();
  expect(await hanging).toBe(1);
});

test('after a call has ended a whole turn is gathered again', async () => {
  const asked: string[] = [];
  const look = batch(async (one: readonly string[]) => {
    asked.push(one.join(' '));
    return one.map(({ length }) => length);
  });
  await look('a');
  await turn();
  const second = look('bb');
  for (let n = 0; n < 9; n++) await Promise.resolve();
  expect(await Promise.all([second, look('ccc')])).toEqual([2, 3]);
  expect(asked).toEqual(['a', 'bb ccc']);
});

test('a call holds as many as it may, the others are in the next', async () => {
  const { calls, load, asked } = held();
  const look = batch(load, 2);
  const all = Promise.all(['a', 'bb', 'ccc'].map((one) => look(one)));
  await vi.waitFor(() => expect(asked()).toEqual(['a bb', 'ccc']));
  for (const { answer } of calls) answer();
  expect(await all).toEqual([1, 2, 3]);
});

test('groups are loaded apart and wait for nobody else', async () => {
  const { calls, load } = held();
  const look = batch(load);
  const one = look('a', 'one');
  const other = look('bb', 'other');
  await vi.waitFor(() =>
    expect(calls.map(({ asked, group }) => [group, ...asked])).toEqual([
      ['one', 'a'],
      ['other', 'bb'],
    ]),
  );
  calls[1]!.answer();
  expect(await other).toBe(2);
  calls[0]!.fail(new Error('down'));
  await expect(one).rejects.toThrow('down');
});

test('a load that fails fails for all of its call, and the next one is tried anew', async () => {
  let works = false;
  const look = batch(async (asked: readonly string[]) => {
    if (!works) throw new Error('down');
    return asked.map(() => 1);
  });
  expect((await Promise.allSettled([look('a'), look('b')])).map(({ status }) => status)).toEqual([
    'rejected',
    'rejected',
  ]);
  works = true;
  expect(await look('a')).toBe(1);
});

test('one of a call can fail for itself', async () => {
  const look = batch(async (asked: readonly string[]) =>
    asked.map(async (one) => {
      if (one === 'b') throw new Error('b is wrong');
      return one.length;
    }),
  );
  expect((await Promise.allSettled([look('a'), look('b')])).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
  ]);
});
