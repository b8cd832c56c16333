import type { Listed, Slice } from './ports.ts';

/** A list in the order of creation that is read in pieces. */
export interface Listing<Item> {
  list(slice: Slice): Promise<Listed<Item>[]>;
  /** How many there are after an id, or in all. */
  count(after: string | null): Promise<number>;
}

/** How many of the newest users or tags a search looks at that no index serves: some milliseconds of work, whatever the company's size. */
export const searchWindow = 10_000;
/** The most items of one page. */
export const pageLimit = 100;

export function emptyListing<Item>(): Listing<Item> {
  return { list: async () => [], count: async () => 0 };
}

/** A page, counted from 1, and how many items the whole list has. Page and count together read the list's index once, not twice. */
export async function numberedPage<Item>(listing: Listing<Item>, page: number, pageSize: number): Promise<{ items: Item[]; total: number }> {
  const offset = (page - 1) * pageSize;
  const found = await listing.list({ after: null, offset, limit: pageSize });
  const last = found.at(-1);
  const items = found.map(({ item }) => item);
  if (!last) return { items, total: offset === 0 ? 0 : await listing.count(null) };
  return { items, total: offset + items.length + (items.length < pageSize ? 0 : await listing.count(last.id)) };
}
