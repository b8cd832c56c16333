import { hash } from 'node:crypto';
import type { Keys } from '../users/conflicts.ts';
import { uniqueFields } from '../users/ports.ts';

/** 64 MB, and then three quarters of it. */
const mostSlots = 2 ** 23;
const fill = 0.75;

/**
 * The keys of a whole file in little memory: 64 bits of a hash for each, so that among five million the odds of one false
 * duplicate are one in a million. When it is full it takes no more, and `isFull` says so.
 */
export function makeSeenKeys(most: number = mostSlots): { keys: Keys; isFull: () => boolean } {
  let slots = new BigUint64Array(Math.min(4_096, most));
  let size = 0;

  function placeOf(table: BigUint64Array, print: bigint): number {
    for (let at = Number(print & BigInt(table.length - 1)); ; at = (at + 1) % table.length) {
      if (table[at] === 0n || table[at] === print) return at;
    }
  }

  function grow(): void {
    const larger = new BigUint64Array(slots.length * 2);
    for (const print of slots) if (print !== 0n) larger[placeOf(larger, print)] = print;
    slots = larger;
  }

  const printOf = (field: string, key: string): bigint => hash('sha256', `${field} ${key}`, 'buffer').readBigUInt64LE() || 1n;
  const isFull = (): boolean => size >= most * fill;
  const of = (field: string) => ({
    has: (key: string): boolean => slots[placeOf(slots, printOf(field, key))] !== 0n,
    add: (key: string): void => {
      if (isFull()) return;
      if (size >= slots.length * fill) grow();
      const print = printOf(field, key);
      const at = placeOf(slots, print);
      if (slots[at] !== 0n) return;
      slots[at] = print;
      size++;
    },
  });
  return { keys: Object.fromEntries(uniqueFields.map((field) => [field, of(field)])) as Keys, isFull };
}
