import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeSealer } from '../../src/mail/seal.ts';

const [old, current] = [randomBytes(32), randomBytes(32)];
const sealer = makeSealer({ current });

test.each(['hunter2hunter2', ' spasi di ujung ', 'pässwörd 🔑 كلمة'])(
  'a sealed password opens as it was: %s',
  (password) => {
    const sealed = sealer.seal('mail', 'USR1', password);
    expect(sealer.open('mail', 'USR1', sealed)).toBe(password);
    expect(sealed.ciphertext.includes(password)).toBe(false);
  },
);

test('two seals of one password share neither nonce nor ciphertext', () => {
  const [a, b] = [sealer.seal('mail', 'USR1', 'same'), sealer.seal('mail', 'USR1', 'same')];
  expect(a.nonce).toHaveLength(12);
  expect(a.nonce).not.toEqual(b.nonce);
  expect(a.ciphertext).not.toEqual(b.ciphertext);
});

test('a sealed password opens in its own row only', () => {
  const sealed = sealer.seal('mail', 'USR1', 'secret');
  expect(sealer.open('other', 'USR1', sealed)).toBeNull();
  expect(sealer.open('mail', 'USR2', sealed)).toBeNull();
  expect(sealer.open('mailU', 'SR1', sealed)).toBeNull();
});

test('changed, cut or missing bytes do not open', () => {
  const sealed = sealer.seal('mail', 'USR1', 'secret');
  for (let at = 0; at < sealed.ciphertext.length; at++) {
    const ciphertext = Buffer.from(sealed.ciphertext);
    ciphertext[at]! ^= 1;
    expect(sealer.open('mail', 'USR1', { ...sealed, ciphertext })).toBeNull();
    expect(sealer.open('mail', 'USR1', { ...sealed, ciphertext: sealed.ciphertext.subarray(0, at) })).toBeNull();
  }
  expect(sealer.open('mail', 'USR1', { ...sealed, nonce: Buffer.alloc(0) })).toBeNull();
});

test('the previous key opens what it sealed, and seals nothing', () => {
  const sealed = makeSealer({ current: old }).seal('mail', 'USR1', 'secret');
  const rotated = makeSealer({ current, previous: old });
  expect(rotated.open('mail', 'USR1', sealed)).toBe('secret');
  expect(sealer.open('mail', 'USR1', sealed)).toBeNull();
  expect(rotated.seal('mail', 'USR1', 'secret').keyId).toBe(sealer.seal('mail', 'USR1', 'secret').keyId);
});

test('a key of another length is refused', () => {
  expect(() => makeSealer({ current: randomBytes(16) })).toThrow(RangeError);
});
