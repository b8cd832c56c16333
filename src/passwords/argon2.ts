import { hash, hashSync, type Options } from '@node-rs/argon2';

/**
 * OWASP Password Storage Cheat Sheet: argon2id with m=19456 KiB, t=2, p=1. The algorithm and p=1 are the library's
 * defaults: given a parallelism, it reads the control group's files for every hash, which takes longer than a fast one.
 */
const full: Options = { memoryCost: 19_456, timeCost: 2 };
/**
 * The smallest argon2id. 128 random bits cannot be guessed, even if the hash is fast (NIST SP 800-63B-4, look-up
 * secrets).
 */
const smallest: Options = { memoryCost: 8, timeCost: 1 };

/**
 * Hashes at full cost on libuv's thread pool, in some milliseconds.
 * @returns a PHC string of the password after NFKC
 */
export function hashAtFullCost(password: string): Promise<string> {
  return hash(password.normalize('NFKC'), full);
}

/**
 * Hashes at the smallest cost on the event loop, in about 15 microseconds; only for passwords of 128 random bits.
 * @returns a PHC string
 */
export function hashAtSmallestCost(password: string): string {
  return hashSync(password, smallest);
}
