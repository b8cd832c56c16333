import { type Listing, pageLimit } from '../../../users/listing.ts';
import type { Row } from '../../../users/ports.ts';
import { badInput } from './bad-input.ts';
import { builder, type Context } from './builder.ts';
import type { Lengths } from './extensions.ts';
import { paced } from './paced.ts';

const defaultFirst = 20;
/** Searches of one operation: each reads up to 10,000 users or tags, once for the list and once for its count. */
const maxSearches = 3;

/** Declares the length of a connection, computed from its arguments. */
export const connectionLengths: Lengths = {
  sizes: { edges: ({ first = defaultFirst }) => Math.max(0, Math.min(pageLimit, Number(first))) },
};

/** The arguments of every connection. */
export const pageArguments = builder.args((t) => ({
  first: t.int({ required: true, defaultValue: defaultFirst, description: `At most ${pageLimit}.` }),
  after: t.string({ description: 'The cursor after which it goes on.' }),
}));

/** What a Relay connection answers. */
export interface Connection<Item> {
  edges: AsyncIterable<{ cursor: string; node: Item }>;
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  /** Counts the items of all pages, once, when it is first called. */
  count: () => Promise<number>;
}

/** Counts the items of a connection object: Pothos's plugin knows its edges and pageInfo only. */
export function totalCount(connection: object): Promise<number> {
  return (connection as Connection<unknown>).count();
}

/**
 * Reads the items after a cursor, in the order of creation. Throws BAD_USER_INPUT for a wrong number or cursor, and for
 * a fourth search of an operation.
 */
export async function connectionOf<Item>(
  listing: Listing<Item>,
  { first, after }: { first: number; after?: string | null | undefined },
  context: Pick<Context, 'searches'>,
): Promise<Connection<Item>> {
  if (first < 0 || first > pageLimit) throw badInput(`first must be a whole number from 0 to ${pageLimit}`);
  if (listing.isSearch && ++context.searches > maxSearches)
    throw badInput(
      `an operation searches at most ${maxSearches} times: a filter by a field without an index is a search`,
    );
  const rows = await listing.list({ after: after == null ? null : idOf(after), limit: first + 1 });
  let count: Promise<number> | undefined;
  const edges = rows.slice(0, first).map(({ id, item }: Row<Item>) => ({ cursor: cursorOf(id), node: item }));
  return {
    edges: paced(edges),
    pageInfo: {
      hasNextPage: rows.length > first,
      hasPreviousPage: after != null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    count: () => (count ??= listing.count()),
  };
}

/** The 16 bytes of an item's UUID, in base64url. */
function cursorOf(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

function idOf(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url')
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  if (id.length !== 36 || cursorOf(id) !== cursor) throw badInput('after is not a cursor of this list');
  return id;
}
