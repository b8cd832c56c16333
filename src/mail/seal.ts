import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { SealedPayload } from '../outbox/ports.ts';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/** Seals the passwords of waiting mails, and opens them. */
export interface Sealer {
  /** The ids of the keys that it opens with; the first is the one that it seals with. */
  keyIds: readonly string[];
  /** Encrypts a password for one outbox entry of one user. */
  seal(entryId: string, userSerial: string, password: string): SealedPayload;
  /**
   * Decrypts the password of one outbox entry of one user.
   * @returns null when the key is unknown, the bytes were changed, or they were sealed for another row
   */
  open(entryId: string, userSerial: string, sealed: SealedPayload): string | null;
}

/**
 * Makes the sealer: AES-256-GCM under a sub-key of the secret key, bound to the outbox id and the user serial, so that
 * a sealed password opens in its own row only (`docs/decisions/0019`).
 * @param keys 32 bytes each; `previous` opens what it sealed and seals nothing
 */
export function makeSealer(keys: { current: Buffer; previous?: Buffer | undefined }): Sealer {
  const current = deriveKey(keys.current);
  const known = keys.previous ? [current, deriveKey(keys.previous)] : [current];

  return {
    keyIds: [...new Set(known.map(({ keyId }) => keyId))],
    seal(entryId, userSerial, password) {
      const nonce = randomBytes(nonceBytes);
      const encrypt = createCipheriv(cipher, current.key, nonce).setAAD(additionalData(entryId, userSerial));
      const ciphertext = Buffer.concat([encrypt.update(password, 'utf8'), encrypt.final(), encrypt.getAuthTag()]);
      return { keyId: current.keyId, nonce, ciphertext };
    },
    open(entryId, userSerial, { keyId, nonce, ciphertext }) {
      const match = known.find((candidate) => candidate.keyId === keyId);
      if (!match) return null;
      try {
        const decrypt = createDecipheriv(cipher, match.key, nonce, { authTagLength: tagBytes })
          .setAAD(additionalData(entryId, userSerial))
          .setAuthTag(ciphertext.subarray(-tagBytes));
        return decrypt.update(ciphertext.subarray(0, -tagBytes), undefined, 'utf8') + decrypt.final('utf8');
      } catch {
        return null;
      }
    },
  };
}

function deriveKey(secret: Buffer): { keyId: string; key: Buffer } {
  if (secret.length !== keyBytes) throw new RangeError(`a secret key has ${keyBytes} bytes`);
  const derive = (label: string, length: number) => Buffer.from(hkdfSync('sha256', secret, '', label, length));
  return {
    keyId: derive('ruangkerja mail key id v1', 6).toString('base64url'),
    key: derive('ruangkerja mail v1', keyBytes),
  };
}

/** JSON keeps the two apart, which plain concatenation would not. */
function additionalData(entryId: string, userSerial: string): Buffer {
  return Buffer.from(JSON.stringify([entryId, userSerial]));
}
