import type { Context } from 'hono';
import { z } from 'zod';
import { Refusal } from '../../errors/error-dictionary.ts';
import { type Listing, pageLimit } from '../../users/listing.ts';
import type { Env, Parameter } from './route.ts';

/** Describes one page of a list. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ currentPage: z.int(), totalItems: z.int(), totalPage: z.int(), items: z.array(item) });
}

/** The sentence of a list's 400, for its example. */
export const pageDetails = { BAD_REQUEST: 'page is required, a whole number from 1' } as const;

/** The parameters of every list. */
export const pageParameters: readonly Parameter[] = [
  {
    in: 'query',
    name: 'page',
    required: true,
    description: 'Counted from 1.',
    schema: z.int().min(1).meta({ example: 1 }),
  },
  {
    in: 'query',
    name: 'pageSize',
    required: true,
    description: 'Items of a page.',
    schema: z.int().min(1).max(pageLimit).meta({ example: 20 }),
  },
];

/** Reads the page of a list that `page` and `pageSize` name, both required; throws 400. */
export async function pageOf<Item, Shape>(c: Context<Env>, listing: Listing<Item>, shape: (item: Item) => Shape) {
  const [page, pageSize] = [integer(c, 'page'), integer(c, 'pageSize', pageLimit)];
  const { items, total } = await listing.page({ offset: (page - 1) * pageSize, limit: pageSize });
  return { currentPage: page, totalItems: total, totalPage: Math.ceil(total / pageSize), items: items.map(shape) };
}

/** Reads an integer from 1 to `max` out of the query. */
function integer(c: Context<Env>, name: string, max?: number): number {
  const text = c.req.query(name)?.trim();
  const number = text && /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= (max ?? number)) return number;
  const range = `a whole number from 1${max === undefined ? '' : ` to ${max}`}`;
  throw new Refusal('BAD_REQUEST', text ? `${name} must be ${range}` : `${name} is required, ${range}`);
}
