import type { Listed, Page, Places, Slice } from './ports.ts';

/** A list in the order of creation that is read in pieces. */
export interface Listing<Item> {
  list(slice: Slice): Promise<Listed<Item>[]>;
  page(places: Places): Promise<Page<Item>>;
  count(): Promise<number>;
}

/** How many of the newest users or tags a search looks at that no index serves: some milliseconds of work, whatever the company's size. */
export const searchWindow = 10_000;
/** The most items of one page. */
export const pageLimit = 100;

export function emptyListing<Item>(): Listing<Item> {
  return { list: async () => [], page: async () => ({ items: [], total: 0 }), count: async () => 0 };
}
