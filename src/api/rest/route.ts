import type { Context } from 'hono';
import { z } from 'zod';
import type { Caller, Scope } from '../../access/ports.ts';
import type { CreateUsers } from '../../users/create-users.ts';
import type { Directory } from '../../users/directory.ts';
import { errorDictionary, type ErrorName, Refusal } from '../../errors/error-dictionary.ts';
import { type Listing, pageLimit } from '../../users/listing.ts';
import type { ReadUsers } from '../../users/read-users.ts';
import type { Exchange } from '../http/exchange.ts';
import type { TokenCall } from './token.ts';

export interface Env {
  Bindings: Exchange;
  Variables: { caller: Caller; body: unknown };
}

/** What the routes call. */
export interface RestUses {
  createUsers: CreateUsers;
  readUsers: ReadUsers;
  directory: Directory;
  tokenCall: TokenCall;
}

export interface Parameter {
  in: 'query' | 'header';
  name: string;
  required?: boolean;
  description: string;
  schema: z.ZodType;
}

/**
 * One declaration makes the route and its part of openapi.json. The schemas describe; they judge nothing: the rules of
 * fields are the use cases'.
 */
export interface Route {
  method: 'GET' | 'POST';
  /** As OpenAPI writes it: `/ruangkerja/users/{employeeID}`. */
  path: string;
  group: 'Users' | 'Tags' | 'Company structure' | 'Authentication';
  summary: string;
  description?: string;
  /** That the token must have; null for a call without a token. */
  scope: Scope | null;
  parameters?: readonly Parameter[];
  /** For each part of the path. */
  pathParameters?: Record<string, { description: string; example: string }>;
  /** JSON, and what may be sent as a form beside it. */
  body?: { schema: z.ZodType; example: unknown; form?: { schema: z.ZodType; example: unknown } };
  answer: z.ZodType;
  example: unknown;
  /** Errors beside those of the checks, which are 401, 403, 406, 413, 415 and 400, and 500 and 503. */
  refuses?: readonly ErrorName[];
  /** Sentences of errors for the examples, where this route has its own. */
  told?: { readonly [N in ErrorName]?: string };
  /** Answers in another form than REST's: those to a form. */
  others?: readonly { status: number; name: string; schema: z.ZodType; example: unknown }[];
  /** What is answered, as 404, when `handle` finds nothing. */
  notFound?: ErrorName;
  /** What `answer` describes; null when nothing is found; a whole Response where headers differ. */
  handle: (c: Context<Env>, uses: RestUses) => Promise<object | null>;
}

/** A route whose handler answers what it declares: the compiler holds the two together. */
export function route<Answer extends z.ZodType<object>>(
  declared: Omit<Route, 'answer' | 'example' | 'handle'> & {
    answer: Answer;
    example: z.output<Answer>;
    handle: (c: Context<Env>, uses: RestUses) => Promise<z.output<Answer> | Response | null>;
  },
): Route {
  return declared;
}

/** The documented envelope of success around `data`. */
export function envelope<Data extends z.ZodType>(data: Data) {
  return z.object({ status: z.literal('success'), message: z.literal('Success'), data });
}

export function success<Data>(data: Data): { status: 'success'; message: 'Success'; data: Data } {
  return { status: 'success', message: 'Success', data };
}

export const errorSchema = z
  .object({ errorCode: z.int(), message: z.string(), detail: z.string() })
  .meta({ id: 'Error' });

/** The documented answer of a bulk call about items of one form. */
export function bulkEnvelope(payload: z.ZodType) {
  const failed = z.object({ error: errorSchema, payload });
  const succeeded = z.object({ payload, response: z.object({ serial: z.string() }) });
  return z.object({
    data: z.object({ failedItems: z.array(failed), successItems: z.array(succeeded) }),
    status: z.literal('success'),
    message: z.literal('success'),
  });
}

/** The envelope of what became of each item: its serial, or the row of the dictionary that refuses it. */
export function bulkAnswer(
  items: readonly { payload: unknown; outcome: { serial: string } | { name: ErrorName; detail: string } }[],
) {
  const data: z.output<ReturnType<typeof bulkEnvelope>>['data'] = { failedItems: [], successItems: [] };
  for (const { payload, outcome } of items) {
    if ('serial' in outcome) data.successItems.push({ payload, response: { serial: outcome.serial } });
    else
      data.failedItems.push({
        error: { detail: outcome.detail, errorCode: errorDictionary[outcome.name].errorCode, message: outcome.name },
        payload,
      });
  }
  return { data, status: 'success', message: 'success' } as const;
}

export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ currentPage: z.int(), totalItems: z.int(), totalPage: z.int(), items: z.array(item) });
}

export const pageTold = { BAD_REQUEST: 'page is required, a whole number from 1' } as const;
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

/** A page of a list as `page` and `pageSize` ask for it, both required; throws 400. */
export async function pageOf<Item, Shape>(c: Context<Env>, listing: Listing<Item>, shape: (item: Item) => Shape) {
  const [page, pageSize] = [wholeNumber(c, 'page'), wholeNumber(c, 'pageSize', pageLimit)];
  const { items, total } = await listing.page({ offset: (page - 1) * pageSize, limit: pageSize });
  return { currentPage: page, totalItems: total, totalPage: Math.ceil(total / pageSize), items: items.map(shape) };
}

function wholeNumber(c: Context<Env>, name: string, most?: number): number {
  const given = c.req.query(name) ?? '';
  const number = /^\d{1,9}$/.test(given) ? Number(given) : 0;
  if (number < 1 || number > (most ?? number))
    throw new Refusal(
      'BAD_REQUEST',
      `${name} is required, a whole number from 1${most === undefined ? '' : ` to ${most}`}`,
    );
  return number;
}

export function asObject(body: unknown): object {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Refusal('BAD_REQUEST', 'the body must be a JSON object');
  return body;
}

/** The items of a bulk call; throws 400. */
export function itemsOf(body: unknown, what: string, most: number): readonly unknown[] {
  const { items } = asObject(body) as { items?: unknown };
  if (!Array.isArray(items) || items.length === 0 || items.length > most)
    throw new Refusal('BAD_REQUEST', `items must be a list of 1 to ${most} ${what}`);
  return items;
}
