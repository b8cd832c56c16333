import type { Row } from '../../../users/ports.ts';
import { type Listing, pageLimit } from '../../../users/listing.ts';
import type { Context } from './builder.ts';
import { badInput } from '../server/errors.ts';
import type { Lengths } from '../server/operation-cost.ts';
import { paced } from '../server/paced.ts';

/** What the arguments of a connection say of its length. */
export const connectionLengths: Lengths = {
  sizes: { edges: ({ first = defaultFirst }) => Math.max(0, Math.min(pageLimit, Number(first))) },
};

/** What a Relay connection answers; the count is made once, and only when it is asked for. */
export interface Connection<Item> {
  edges: AsyncIterable<{ cursor: string; node: Item }>;
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

/** Each looks at up to 10,000 users or tags, once for the list and once for its count. */
const mostSearches = 3;

/** The items after a cursor, in the order of creation. Throws BAD_USER_INPUT for a wrong number or cursor, and beyond three searches of an operation. */
export async function connectionOf<Item>(
  listing: Listing<Item>,
  { first, after }: { first: number; after?: string | null | undefined },
  context: Pick<Context, 'searches'>,
): Promise<Connection<Item>> {
  if (first < 0 || first > pageLimit) throw badInput(`first must be a whole number from 0 to ${pageLimit}`);
  if (listing.isSearch && ++context.searches > mostSearches)
    throw badInput(`an operation searches at most ${mostSearches} times: a filter by what no index serves is a search`);
  const found = await listing.list({ after: after == null ? null : idOf(after), limit: first + 1 });
  let count: Promise<number> | undefined;
  const edges = found.slice(0, first).map(({ id, item }: Row<Item>) => ({ cursor: cursorOf(id), node: item }));
  return {
    edges: paced(edges),
    pageInfo: {
      hasNextPage: found.length > first,
      hasPreviousPage: after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    count: () => (count ??= listing.count()),
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
