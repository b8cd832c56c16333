import type { UsedKeys } from './conflicts.ts';
import { foldKey, type UniqueField, uniqueFields } from './ports.ts';

/** The unique values of a user; undefined is not well-formed. */
export type Unique = { [F in UniqueField]: string | null | undefined };

/** Who has the unique values after the inputs so far. An owner is a folded employee ID. */
export interface ValueOwners {
  /** Whether another user has the value. The store's word counts where no input before gave the value or freed it. */
  isTaken(field: UniqueField, key: string, owner: string, isInStore: boolean): boolean;
  give(field: UniqueField, key: string, owner: string): void;
  free(field: UniqueField, key: string): void;
}

/** Makes the owners for the inputs of one call. */
export function ownersInCall(): ValueOwners {
  const owners = new Map<string, string | null>();
  return {
    isTaken(field, key, owner, isInStore) {
      const current = owners.get(`${field} ${key}`);
      return current === undefined ? isInStore : current !== null && current !== owner;
    },
    give: (field, key, owner) => void owners.set(`${field} ${key}`, owner),
    free: (field, key) => void owners.set(`${field} ${key}`, null),
  };
}

/**
 * Makes the owners for a dry run of a whole file, out of sets of keys that never forget. So a value that is given and
 * freed again within the file stays taken.
 */
export function ownersInFile(usedKeys: UsedKeys): ValueOwners {
  return {
    // No key has a space in it.
    isTaken: (field, key, owner, isInStore) =>
      usedKeys[field].has(key)
        ? !usedKeys[field].has(`${key} ${owner}`)
        : isInStore && !usedKeys[field].has(`freed ${key}`),
    give(field, key, owner) {
      usedKeys[field].add(key);
      usedKeys[field].add(`${key} ${owner}`);
    },
    free: (field, key) => void usedKeys[field].add(`freed ${key}`),
  };
}

/**
 * Lists the unique values that a creation or a change gives a user or takes away, folded.
 * @param before null for a creation
 */
export function otherValues(before: Unique | null, after: Unique) {
  return uniqueFields
    .map((field) => ({ field, from: keyOf(before?.[field]), to: keyOf(after[field]) }))
    .filter(({ from, to }) => from !== to);
}

/** Gives a user the values of its creation or of a change, and frees those that it had. */
export function moveValues(owners: ValueOwners, before: Unique | null, after: Unique): void {
  const owner = keyOf(after.employeeID)!;
  for (const { field, from, to } of otherValues(before, after)) {
    if (from !== null) owners.free(field, from);
    if (to !== null) owners.give(field, to, owner);
  }
}

function keyOf(value: string | null | undefined): string | null {
  return value ? foldKey(value) : null;
}
