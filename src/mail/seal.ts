import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { SealedPassword } from './ports.ts';

const cipher = 'aes-256-gcm';
const tagLength = 16;
const keyLength = 32;

export interface Sealer {
  /** The ids of the keys that it opens with, the one that it seals with first. */
  keyIds: readonly string[];
  /** Encrypts a password for one outbox entry of one user. */
  seal(entryId: string, userSerial: string, password: string): SealedPassword;
  /** The password, or null when the key is unknown, the bytes were changed, or the row is another one's. */
  open(entryId: string, userSerial: string, sealed: SealedPassword): string | null;
}

/**
 * Seals the passwords of waiting mails with AES-256-GCM under a sub-key of the secret key (HKDF-SHA-256, RFC 5869).
 * Outbox id and user serial are the additional data, so that a sealed password opens in its own row only.
 * @param keys 32 bytes each; `previous` opens what it sealed and seals nothing
 */
export function makeSealer(keys: { current: Buffer; previous?: Buffer | undefined }): Sealer {
  const current = deriveKey(keys.current);
  const known = keys.previous ? [current, deriveKey(keys.previous)] : [current];

  return {
    keyIds: [...new Set(known.map(({ keyId }) => keyId))],
    seal(entryId, userSerial, password) {
      const nonce = randomBytes(12);
      const encrypt = createCipheriv(cipher, current.key, nonce).setAAD(additionalData(entryId, userSerial));
      const ciphertext = Buffer.concat([encrypt.update(password, 'utf8'), encrypt.final(), encrypt.getAuthTag()]);
      return { keyId: current.keyId, nonce, ciphertext };
    },
    open(entryId, userSerial, { keyId, nonce, ciphertext }) {
      const match = known.find((candidate) => candidate.keyId === keyId);
      if (!match) return null;
      try {
        const decrypt = createDecipheriv(cipher, match.key, nonce, { authTagLength: tagLength })
          .setAAD(additionalData(entryId, userSerial))
          .setAuthTag(ciphertext.subarray(-tagLength));
        return decrypt.update(ciphertext.subarray(0, -tagLength), undefined, 'utf8') + decrypt.final('utf8');
      } catch {
        return null;
      }
    },
  };
}

function deriveKey(secret: Buffer): { keyId: string; key: Buffer } {
  if (secret.length !== keyLength) throw new RangeError(`a secret key has ${keyLength} bytes`);
  const derive = (label: string, length: number) => Buffer.from(hkdfSync('sha256', secret, '', label, length));
  return {
    keyId: derive('ruangkerja mail key id v1', 6).toString('base64url'),
    key: derive('ruangkerja mail v1', keyLength),
  };
}

/** JSON keeps the border between the two, which plain concatenation would lose. */
function additionalData(entryId: string, userSerial: string): Buffer {
  return Buffer.from(JSON.stringify([entryId, userSerial]));
}
