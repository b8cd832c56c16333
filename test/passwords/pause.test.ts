import { expect, test } from 'vitest';
import { makePause } from '../../src/passwords/pause.ts';

const turn = () => new Promise(setImmediate);

test('the event loop pauses once at the end of a turn, however often that was asked for, and not again by itself', async () => {
  const slept: number[] = [];
  const { plan } = makePause((milliseconds) => slept.push(milliseconds));
  plan();
  plan();
  expect(slept).toEqual([]);
  for (let i = 0; i < 5; i++) await turn();
  expect(slept).toEqual([8]);
  plan();
  await turn();
  expect(slept).toEqual([8, 8]);
});

test('a new connection puts the pause off, since a turn takes up one only; without another one it follows', async () => {
  const slept: number[] = [];
  const { plan, onConnection } = makePause((milliseconds) => slept.push(milliseconds));
  plan();
  for (let connection = 0; connection < 10; connection++) {
    onConnection();
    await turn();
  }
  expect(slept).toEqual([]);
  await turn();
  expect(slept).toEqual([8]);
});
