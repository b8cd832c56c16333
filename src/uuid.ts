import { randomUUID } from 'node:crypto';

/**
 * Returns a UUIDv7 (RFC 9562 section 5.7), ordered by its millisecond, with 74 random bits. They come from a UUIDv4,
 * of which Node generates many at once.
 * @param now milliseconds since 1970
 * @param place 0 to 4095: orders ids of one millisecond (section 6.2, method 1) and leaves 62 random bits
 */
export function uuidv7(now: number, place?: number): string {
  const random = randomUUID();
  return uuidOf(now, place === undefined ? parseInt(random.slice(15, 18), 16) : place & 0xfff, random.slice(18));
}

/**
 * Returns `id` when it is greater than `newest`, else the next UUIDv7 after `newest` with the random bits of `id`: the
 * clock was set back, or the clock of another process is ahead. So a reader who has the list up to an id misses no row
 * that is added later.
 * @param newest the greatest id of a list; null for an empty list
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
