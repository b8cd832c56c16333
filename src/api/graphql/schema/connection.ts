import type { Listed } from '../../../users/ports.ts';
import { type Listing, pageLimit } from '../../../users/listing.ts';
import { badInput } from '../server/errors.ts';

/** What a Relay connection answers; the count is made only when it is asked for. */
export interface Connection<Item> {
  edges: { cursor: string; node: Item }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  count: () => Promise<number>;
}

/** Of a connection object, whose plugin knows edges and pageInfo only. */
export function totalCount(connection: object): Promise<number> {
  return (connection as Connection<unknown>).count();
}

export const firstDescription = `At most ${pageLimit}.`;
export const afterDescription = 'The cursor after which it goes on.';
export const defaultFirst = 20;

/** The items after a cursor, in the order of creation. Throws BAD_USER_INPUT for a wrong number or cursor. */
export async function connectionOf<Item>(
  listing: Listing<Item>,
  { first, after }: { first: number; after?: string | null | undefined },
): Promise<Connection<Item>> {
  if (first < 0 || first > pageLimit) throw badInput(`first must be a whole number from 0 to ${pageLimit}`);
  const found = await listing.list({ after: after == null ? null : idOf(after), limit: first + 1 });
  const edges = found.slice(0, first).map(({ id, item }: Listed<Item>) => ({ cursor: cursorOf(id), node: item }));
  return {
    edges,
    pageInfo: {
      hasNextPage: found.length > first,
      hasPreviousPage: after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    count: () => listing.count(),
  };
}

/** The 16 bytes of an item's UUID. */
function cursorOf(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

function idOf(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  if (id.length !== 36 || cursorOf(id) !== cursor) throw badInput('after is no cursor of this list');
  return id;
}
