import { expect, test } from 'vitest';
import { makeLook } from '../../src/outbox/look.ts';

function openLook() {
  const seen = { begun: 0, errors: [] as unknown[] };
  const releases: (() => void)[] = [];
  const failures: unknown[] = [];
  const look = makeLook(
    async () => {
      seen.begun++;
      await new Promise<void>((resolve) => releases.push(resolve));
      if (failures.length > 0) throw failures.shift();
    },
    (error) => void seen.errors.push(error),
  );
  return { look, seen, releases, failures };
}

test('many wakes during a run cause one more run', async () => {
  const { look, seen, releases } = openLook();
  for (let i = 0; i < 5; i++) look.wake();
  expect(seen.begun).toBe(1);
  for (let i = 0; i < 5; i++) look.wake();
  const running = look.running();
  releases[0]!();
  await expect.poll(() => seen.begun).toBe(2);
  releases[1]!();
  await running;
  expect(seen.begun).toBe(2);
  expect(look.running()).toBeUndefined();
});

test('a run that fails is reported, and the next wake runs again', async () => {
  const { look, seen, releases, failures } = openLook();
  failures.push('away');
  look.wake();
  releases[0]!();
  await look.running();
  expect(seen.errors).toEqual(['away']);
  look.wake();
  expect(seen.begun).toBe(2);
  releases[1]!();
  await look.running();
});

test('a stop waits for the run in progress, and no other begins', async () => {
  const { look, seen, releases } = openLook();
  look.wake();
  look.wakeIn(1);
  const stopped = look.stop();
  look.wake();
  releases[0]!();
  await stopped;
  look.wake();
  expect(seen.begun).toBe(1);
});
