import { expect, test } from 'vitest';
import { batch } from '../../src/api/graphql/batch.ts';

test('keys that are asked for in one turn are looked up once, together, each once', async () => {
  const calls: string[][] = [];
  const look = batch(async (keys) => {
    calls.push(keys);
    return new Map(keys.filter((key) => key !== 'none').map((key) => [key, key.length]));
  });
  expect(await Promise.all(['a', 'bb', 'a', 'none'].map(look))).toEqual([1, 2, 1, undefined]);
  expect(await look('bb')).toBe(2);
  expect(calls).toEqual([['a', 'bb', 'none'], ['bb']]);
});

test('a look-up that fails fails for all who asked, and the next one is tried anew', async () => {
  let works = false;
  const look = batch(async (keys) => {
    if (!works) throw new Error('down');
    return new Map(keys.map((key) => [key, 1]));
  });
  expect((await Promise.allSettled([look('a'), look('b')])).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  works = true;
  expect(await look('a')).toBe(1);
});
