import { randomUUID } from 'node:crypto';

/**
 * A UUIDv7 (RFC 9562 section 5.7): ordered by its millisecond, 74 random bits, those of a UUIDv4, which node makes many of at
 * once. `place`, 0 to 4095, orders those of one millisecond (section 6.2, method 1) and leaves 62 random bits.
 */
export function uuidv7(now: number, place?: number): string {
  const random = randomUUID();
  const time = now.toString(16).padStart(12, '0');
  const inOrder = place === undefined ? random.slice(15, 18) : (place & 0xfff).toString(16).padStart(3, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${inOrder}${random.slice(18)}`;
}
