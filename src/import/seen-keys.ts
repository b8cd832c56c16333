import { hash } from 'node:crypto';
import type { UsedKeys } from '../users/conflicts.ts';
import { uniqueFields } from '../users/ports.ts';

/** Of 8 bytes: 32 MB. */
const mostSlots = 2 ** 22;

/**
 * The keys of a whole file in little memory: 64 bits of a hash for each, so that the odds of one false duplicate among
 * three million are one in four million. It has room for `expected` keys, but for no more than 3.7 million: then it takes
 * no more, and `isFull` says so.
 */
export function makeSeenKeys(expected: number): { keys: UsedKeys; isFull: () => boolean } {
  const slots = new BigUint64Array(Math.min(mostSlots, 16 + Math.ceil(expected * 1.5)));
  const most = Math.floor(slots.length * 0.9);
  let size = 0;

  function placeOf(field: string, key: string): { print: bigint; at: number } {
    const bytes = hash('sha256', `${field} ${key}`, 'buffer');
    // 0 stands for an empty slot.
    const print = bytes.readBigUInt64LE() || 1n;
    let at = bytes.readUInt32LE(8) % slots.length;
    while (slots[at] !== 0n && slots[at] !== print) at = (at + 1) % slots.length;
    return { print, at };
  }

  const of = (field: string) => ({
    has: (key: string): boolean => slots[placeOf(field, key).at] !== 0n,
    add: (key: string): void => {
      const { print, at } = placeOf(field, key);
      if (slots[at] !== 0n || size === most) return;
      slots[at] = print;
      size++;
    },
  });
  return {
    keys: Object.fromEntries(uniqueFields.map((field) => [field, of(field)])) as UsedKeys,
    isFull: () => size === most,
  };
}
