import { hash } from 'node:crypto';
import type { UsedKeys } from '../users/conflicts.ts';
import { uniqueFields } from '../users/ports.ts';

/** Slots of 8 bytes: 32 MB. */
const maxSlots = 2 ** 22;

/**
 * Makes a set for the keys of a whole file that takes little memory: it keeps 64 bits of a hash of each, so that the
 * odds of one false duplicate among three million keys are one in four million. It has room for at most 3.7 million
 * keys; when it is full it adds no more, and `isFull` says so.
 * @param expectedKeys how many keys it has room for, if they are fewer
 */
export function makeSeenKeys(expectedKeys: number): { keys: UsedKeys; isFull: () => boolean } {
  const slots = new BigUint64Array(Math.min(maxSlots, 16 + Math.ceil(expectedKeys * 1.5)));
  const maxKeys = Math.floor(slots.length * 0.9);
  let size = 0;

  function slotOf(field: string, key: string): { print: bigint; at: number } {
    const bytes = hash('sha256', `${field} ${key}`, 'buffer');
    // 0 stands for an empty slot.
    const print = bytes.readBigUInt64LE() || 1n;
    let at = bytes.readUInt32LE(8) % slots.length;
    while (slots[at] !== 0n && slots[at] !== print) at = (at + 1) % slots.length;
    return { print, at };
  }

  const of = (field: string) => ({
    has: (key: string): boolean => slots[slotOf(field, key).at] !== 0n,
    add: (key: string): void => {
      const { print, at } = slotOf(field, key);
      if (slots[at] !== 0n || size === maxKeys) return;
      slots[at] = print;
      size++;
    },
  });
  return {
    keys: Object.fromEntries(uniqueFields.map((field) => [field, of(field)])) as UsedKeys,
    isFull: () => size === maxKeys,
  };
}
