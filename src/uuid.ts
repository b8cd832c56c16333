import { randomUUID } from 'node:crypto';

/**
 * A UUIDv7 (RFC 9562 section 5.7): ordered by its millisecond, 74 random bits, those of a UUIDv4, which node makes many of at
 * once. `place`, 0 to 4095, orders those of one millisecond (section 6.2, method 1) and leaves 62 random bits.
 */
export function uuidv7(now: number, place?: number): string {
  const random = randomUUID();
  return uuidOf(now, place === undefined ? parseInt(random.slice(15, 18), 16) : place & 0xfff, random.slice(18));
}

/**
 * `id`, or with its random bits the next UUIDv7 after `newest` when it is not greater: the clock was set back, or another
 * process has one that is ahead. `newest` is the greatest id of a list, null for an empty one. So whoever has read the list
 * up to an id misses nobody who is added later.
 */
export function uuidv7After(newest: string | null, id: string): string {
  if (newest === null || id > newest) return id;
  const counter = parseInt(newest.slice(15, 18), 16) + 1;
  const time = parseInt(newest.slice(0, 8) + newest.slice(9, 13), 16) + (counter >> 12);
  return uuidOf(time, counter & 0xfff, id.slice(18));
}

function uuidOf(time: number, inOrder: number, rest: string): string {
  const digits = time.toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7${inOrder.toString(16).padStart(3, '0')}${rest}`;
}
