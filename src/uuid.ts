import { randomBytes } from 'node:crypto';

/**
 * A UUIDv7 (RFC 9562 section 5.7): ordered by its millisecond, 74 random bits. `place`, 0 to 4095, orders those of one
 * millisecond (section 6.2, method 1) and leaves 62 random bits.
 */
export function uuidv7(now: number, place?: number): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  if (place !== undefined) bytes.writeUInt16BE(place & 0xfff, 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
