import type { Read } from '../access/limits.ts';
import type { Row, Page, OffsetRange, CursorRange } from './ports.ts';

/** A list in the order of creation that is read in pieces. */
export interface Listing<Item> {
  /** Whether no index serves it, so that it reads up to `searchWindow` items. */
  isSearch: boolean;
  list(slice: CursorRange): Promise<Row<Item>[]>;
  page(places: OffsetRange): Promise<Page<Item>>;
  count(): Promise<number>;
}

/**
 * How many of the newest users or tags a search without an index reads: some milliseconds, whatever the company's size.
 */
export const searchWindow = 10_000;
/** The most items of one page. */
export const pageLimit = 100;

/** Returns a listing without items. */
export function emptyListing<Item>(): Listing<Item> {
  return { isSearch: false, list: async () => [], page: async () => ({ items: [], total: 0 }), count: async () => 0 };
}

/**
 * Returns a listing that counts each read before it; `countRead` throws 429. `count` belongs to the read of its list.
 */
export function countedListing<Item>(listing: Listing<Item>, countRead: (read: Read) => Promise<void>): Listing<Item> {
  const read: Read = listing.isSearch ? 'search' : 'list';
  const counted =
    <Part, Value>(verb: (part: Part) => Promise<Value>) =>
    async (part: Part): Promise<Value> => {
      await countRead(read);
      return verb(part);
    };
  return { ...listing, list: counted(listing.list), page: counted(listing.page) };
}
