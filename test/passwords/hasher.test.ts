import { parseOptions, verify } from '@node-rs/argon2';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { QueueKey } from '../../src/passwords/hash-queue.ts';
import { makeHasher } from '../../src/passwords/hasher.ts';
import { generatePassword } from '../../src/passwords/password.ts';

const key: QueueKey = { name: 'a', kind: 'single' };

/** Holds each hash until it is let go, as a slow machine would; `made` are the passwords of those that were. */
function holdHashes() {
  const made: string[] = [];
  const release: (() => void)[] = [];
  const argon2 = (password: string) =>
    new Promise<string>((resolve) => release.push(() => (made.push(password), resolve('$argon2id$'))));
  async function finishOne(): Promise<void> {
    release.shift()!();
    await new Promise(setImmediate);
  }
  return { made, release, argon2, finishOne };
}

test('a chosen password costs m=19456, t=2, p=1 and is hashed after NFKC', async () => {
  const phc = await makeHasher({ threads: 1, generatedPasswordHash: 'fast' }).hash('chosen', 'ﬁne-pass-word', key);
  expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await verify(phc, 'fine-pass-word')).toBe(true);
});

test('a generated password has 22 characters, or as many as are configured, without look-alikes, and the smallest cost', async () => {
  expect(generatePassword(30)).toHaveLength(30);
  const password = generatePassword(8);
  expect(password).toMatch(/^[A-HJ-NP-Za-km-z2-9]{22}$/);
  const phc = await makeHasher({ threads: 1, generatedPasswordHash: 'fast' }).hash('generated', password, key);
  expect(parseOptions(phc)).toMatchObject({ memoryCost: 8, timeCost: 1, parallelism: 1 });
  expect(await verify(phc, password)).toBe(true);
});

test('GENERATED_PASSWORD_HASH=full gives a generated password the full cost', async () => {
  expect(
    await makeHasher({ threads: 1, generatedPasswordHash: 'full' }).hash('generated', generatePassword(8), key),
  ).toContain('m=19456,t=2,p=1');
});

test('beyond the hashes under way and a queue of 256 or a second of work a hash is refused with 503, the others are made', async () => {
  const { release, argon2, finishOne } = holdHashes();
  const hasher = makeHasher({ threads: 2, generatedPasswordHash: 'fast', argon2 });
  hasher.assertCapacity('chosen', key);
  const outcomes = Promise.allSettled(Array.from({ length: 300 }, () => hasher.hash('chosen', 'Xk9#mQ2v-long', key)));
  expect(() => hasher.assertCapacity('chosen', key)).toThrow(expect.objectContaining({ entry: 'SERVICE_UNAVAILABLE' }));
  hasher.assertCapacity('generated', key);
  while (release.length > 0) {
    expect(release.length).toBeLessThanOrEqual(2);
    await finishOne();
  }
  const refused = (await outcomes).flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(refused).toHaveLength(300 - 258);
  expect(refused[0]).toMatchObject({ entry: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 1 });
});

test('keys take turns and share the queue: the only hash of a key is next, however many of another wait; a batch is never refused', async () => {
  const { made, release, argon2, finishOne } = holdHashes();
  const hasher = makeHasher({ threads: 1, generatedPasswordHash: 'fast', argon2 });
  const crowd = Array.from({ length: 257 }, (_, index) =>
    hasher.hash('chosen', `crowd ${index}`, { name: 'crowd', kind: 'single' }),
  );
  await expect(hasher.hash('chosen', 'one too many', { name: 'crowd', kind: 'single' })).rejects.toMatchObject({
    entry: 'SERVICE_UNAVAILABLE',
  });
  const others = [
    hasher.hash('chosen', 'b', { name: 'b', kind: 'single' }),
    hasher.hash('chosen', 'c', { name: 'c', kind: 'batch' }),
  ];
  const batch = hasher.hash('chosen', 'crowd, batch', { name: 'crowd', kind: 'batch' });
  while (release.length > 0) await finishOne();
  await Promise.all([...crowd, ...others, batch]);
  expect(made.slice(0, 5)).toEqual(['crowd 0', 'crowd 1', 'b', 'c', 'crowd 2']);
});

test('many crowds at once wait two seconds of work at most, and yet nobody is refused the first place', () => {
  const hasher = makeHasher({ threads: 2, generatedPasswordHash: 'fast', argon2: () => new Promise<string>(() => {}) });
  let refused = 0;
  for (let client = 0; client < 20; client++) {
    const crowd: QueueKey = { name: `client ${client}`, kind: 'single' };
    hasher.assertCapacity('chosen', crowd);
    for (let i = 0; i < 300; i++) hasher.hash('chosen', 'Xk9#mQ2v-long', crowd).catch(() => refused++);
  }
  return expect.poll(() => 20 * 300 - 2 - refused).toBeLessThanOrEqual(2 * 256 + 20);
});

test('contention is reported while hashes wait or are refused, and else never; the question whether there is room has no side effect', async () => {
  let asked = 0;
  const { release, argon2, finishOne } = holdHashes();
  const hasher = makeHasher({ threads: 1, generatedPasswordHash: 'fast', argon2 });
  hasher.onContention(() => asked++);
  const first = hasher.hash('chosen', 'Xk9#mQ2v-long', key);
  release.shift()!();
  await first;
  await hasher.hash('generated', 'Xk9#mQ2v-long', key);
  expect(asked).toBe(0);
  const crowd = Array.from({ length: 257 }, () => hasher.hash('chosen', 'Xk9#mQ2v-long', key));
  expect(hasher.hasCapacity('chosen', key)).toBe(false);
  expect(asked).toBe(0);
  expect(() => hasher.assertCapacity('chosen', key)).toThrow();
  expect(asked).toBe(1);
  while (release.length > 0) await finishOne();
  await Promise.all(crowd);
  // Each but the last passed its place on.
  expect(asked).toBe(1 + 256);
});

test('the queue is a second of the work of all threads, however many hashes wait inside of the pool', async () => {
  let clock = 0;
  const now = vi.spyOn(performance, 'now').mockImplementation(() => clock);
  onTestFinished(() => now.mockRestore());
  let hanging = false;
  // Two milliseconds while it is quiet.
  const argon2 = () => (hanging ? new Promise<string>(() => {}) : Promise.resolve(((clock += 2), '$argon2id$')));
  const hasher = makeHasher({ threads: 2, poolDepth: 16, generatedPasswordHash: 'fast', argon2 });
  for (let i = 0; i < 200; i++) await hasher.hash('chosen', 'Xk9#mQ2v-long', key);
  hanging = true;
  let refused = 0;
  for (let i = 0; i < 5_000; i++) hasher.hash('chosen', 'Xk9#mQ2v-long', key).catch(() => refused++);
  await expect.poll(() => 5_000 - refused).toBe(16 + 1_000);
  expect(hasher.batchDepth).toBe(4);
});

test('work of a key waits until it has a place in the pool', async () => {
  const { argon2, finishOne } = holdHashes();
  const hasher = makeHasher({ threads: 1, generatedPasswordHash: 'fast', argon2 });
  const running = hasher.hash('chosen', 'a', key);
  expect(hasher.isWaiting(key)).toBe(false);
  const waiting = hasher.hash('chosen', 'b', key);
  expect([hasher.isWaiting(key), hasher.isWaiting({ name: 'another', kind: 'single' })]).toEqual([true, false]);
  await finishOne();
  expect(hasher.isWaiting(key)).toBe(false);
  await finishOne();
  await Promise.all([running, waiting]);
});
