import { parseOptions, verify } from '@node-rs/argon2';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeHasher } from '../../src/passwords/hash.ts';
import { generatePassword } from '../../src/passwords/password.ts';

const lane = { name: 'a', patient: false };

/** Holds each hash until it is let go, as a slow machine would; `made` are the passwords of those that were. */
function holdHashes() {
  const made: string[] = [];
  const release: (() => void)[] = [];
  const argon2 = (password: string | Uint8Array) =>
    new Promise<string>((resolve) => release.push(() => (made.push(String(password)), resolve('$argon2id$'))));
  async function finishOne(): Promise<void> {
    release.shift()!();
    await new Promise(setImmediate);
  }
  return { made, release, argon2, finishOne };
}

test('a chosen password costs m=19456, t=2, p=1 and is hashed after NFKC', async () => {
  const phc = await makeHasher({ threads: 1, generatedPasswordHash: 'fast' }).chosen('ﬁne-pass-word', lane);
  expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await verify(phc, 'fine-pass-word')).toBe(true);
});

test('a generated password has 22 characters, or as many as are configured, without look-alikes, and the smallest cost', async () => {
  expect(generatePassword(30)).toHaveLength(30);
  const password = generatePassword(8);
  expect(password).toMatch(/^[A-HJ-NP-Za-km-z2-9]{22}$/);
  const phc = await makeHasher({ threads: 1, generatedPasswordHash: 'fast' }).generated(password, lane);
  expect(parseOptions(phc)).toMatchObject({ memoryCost: 8, timeCost: 1, parallelism: 1 });
  expect(await verify(phc, password)).toBe(true);
});

test('GENERATED_PASSWORD_HASH=full gives a generated password the full cost', async () => {
  expect(
    await makeHasher({ threads: 1, generatedPasswordHash: 'full' }).generated(generatePassword(8), lane),
  ).toContain('m=19456,t=2,p=1');
});

test('beyond the hashes under way and a queue of 256 or a second of work a hash is refused with 503, the others are made', async () => {
  const { release, argon2, finishOne } = holdHashes();
  const hasher = makeHasher({ threads: 2, generatedPasswordHash: 'fast', argon2 });
  hasher.admit('chosen', lane);
  const outcomes = Promise.allSettled(Array.from({ length: 300 }, () => hasher.chosen('Xk9#mQ2v-long', lane)));
  expect(() => hasher.admit('chosen', lane)).toThrow(expect.objectContaining({ entry: 'SERVICE_UNAVAILABLE' }));
  hasher.admit('generated', lane);
  while (release.length > 0) {
    expect(release.length).toBeLessThanOrEqual(2);
    await finishOne();
  }
  const refused = (await outcomes).flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  expect(refused).toHaveLength(300 - 258);
  expect(refused[0]).toMatchObject({ entry: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 1 });
});

test('lanes take turns and share the queue: whoever waits alone is next, however many of another wait; a patient one is never refused', async () => {
  const { made, release, argon2, finishOne } = holdHashes();
  const hasher = makeHasher({ threads: 1, generatedPasswordHash: 'fast', argon2 });
  const crowd = Array.from({ length: 257 }, (_, index) =>
    hasher.chosen(`crowd ${index}`, { name: 'crowd', patient: false }),
  );
  await expect(hasher.chosen('one too many', { name: 'crowd', patient: false })).rejects.toMatchObject({
    entry: 'SERVICE_UNAVAILABLE',
  });
  const others = [hasher.chosen('b', { name: 'b', patient: false }), hasher.chosen('c', { name: 'c', patient: true })];
  const patient = hasher.chosen('crowd, patient', { name: 'crowd', patient: true });
  while (release.length > 0) await finishOne();
  await Promise.all([...crowd, ...others, patient]);
  expect(made.slice(0, 5)).toEqual(['crowd 0', 'crowd 1', 'b', 'c', 'crowd 2']);
});

test('many crowds at once wait two seconds of work at most, and yet nobody is refused the first place', () => {
  const hasher = makeHasher({ threads: 2, generatedPasswordHash: 'fast', argon2: () => new Promise<string>(() => {}) });
  let refused = 0;
  for (let client = 0; client < 20; client++) {
    const crowd = { name: `client ${client}`, patient: false };
    hasher.admit('chosen', crowd);
    for (let i = 0; i < 300; i++) hasher.chosen('Xk9#mQ2v-long', crowd).catch(() => refused++);
  }
  return expect.poll(() => 20 * 300 - 2 - refused).toBeLessThanOrEqual(2 * 256 + 20);
});

test('it asks for a pause of the event loop while somebody waits for a hash or is refused one, and else never', async () => {
  let asked = 0;
  const { release, argon2, finishOne } = holdHashes();
  const hasher = makeHasher({ threads: 1, generatedPasswordHash: 'fast', argon2, pause: () => asked++ });
  const first = hasher.chosen('Xk9#mQ2v-long', lane);
  release.shift()!();
  await first;
  await hasher.generated('Xk9#mQ2v-long', lane);
  expect(asked).toBe(0);
  const crowd = Array.from({ length: 257 }, () => hasher.chosen('Xk9#mQ2v-long', lane));
  expect(() => hasher.admit('chosen', lane)).toThrow();
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
  const hasher = makeHasher({ threads: 2, underWay: 16, generatedPasswordHash: 'fast', argon2 });
  for (let i = 0; i < 200; i++) await hasher.chosen('Xk9#mQ2v-long', lane);
  hanging = true;
  let refused = 0;
  for (let i = 0; i < 5_000; i++) hasher.chosen('Xk9#mQ2v-long', lane).catch(() => refused++);
  await expect.poll(() => 5_000 - refused).toBe(16 + 1_000);
  expect(hasher.concurrency).toBe(4);
});

test.each([
  // Two are under way. From the last two but one on nobody waits any more.
  [
    'as many as are told go on together when their hashes are done, and in the end nobody is left',
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
    ['', '', 'abc', '', 'de', 'f', 'g'],
  ],
  [
    'a batch goes on at once, and those that are done with it',
    ['a', 'batch', 'b', 'batch', 'c', 'batch', 'd'],
    ['', 'abatch', '', 'bbatch', 'c', 'batch', 'd'],
  ],
  [
    'a client of whom nobody else waits goes on at once, and those that are done with it',
    ['a', 'lone', 'b', 'c', 'd'],
    ['', 'alone', 'b', 'c', 'd'],
  ],
])('while others of a client wait, %s', async (_, names, together) => {
  const { release, argon2, finishOne } = holdHashes();
  const hasher = makeHasher({ threads: 1, underWay: 2, together: 3, generatedPasswordHash: 'fast', argon2 });
  const gone: string[] = [];
  const all = names.map((name) =>
    hasher
      .chosen('Xk9#mQ2v-long', { name: name.length > 1 ? name : 'crowd', patient: name === 'batch' })
      .then(() => gone.push(name)),
  );
  const seen: string[] = [];
  while (release.length > 0) {
    await finishOne();
    seen.push(gone.splice(0).toSorted().join(''));
  }
  expect(seen).toEqual(together);
  await Promise.all(all);
});
