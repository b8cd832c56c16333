import type { Context } from 'hono';
import type { z } from 'zod';
import type { Caller, Scope } from '../../access/ports.ts';
import type { ErrorName } from '../../errors/error-dictionary.ts';
import type { CreateUsers } from '../../users/create-users.ts';
import type { EraseUser } from '../../users/erase-user.ts';
import type { UpdateUsers } from '../../users/update-users.ts';
import type { Directory } from '../../users/directory.ts';
import type { ReadUsers } from '../../users/read-users.ts';
import type { Exchange } from '../http/exchange.ts';
import type { TokenCall } from './token.ts';

/** What Hono carries through one request. */
export interface Env {
  Bindings: Exchange;
  Variables: { caller: Caller; body: unknown };
}

/** What the routes call. */
export interface RestUses {
  createUsers: CreateUsers;
  updateUsers: UpdateUsers;
  eraseUser: EraseUser;
  readUsers: ReadUsers;
  directory: Directory;
  tokenCall: TokenCall;
}

/** A parameter of the query or a header, as openapi.json describes it. */
export interface Parameter {
  in: 'query' | 'header';
  name: string;
  required?: boolean;
  description: string;
  schema: z.ZodType;
}

/**
 * One declaration makes the route and its part of openapi.json. The schemas describe and judge nothing: the rules of
 * the fields are the use case's (`docs/decisions/0028`).
 */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As OpenAPI writes it: `/ruangkerja/users/{employeeID}`. */
  path: string;
  group: 'Users' | 'Tags' | 'Company structure' | 'Authentication';
  summary: string;
  description?: string;
  /** The scope that the token must have; null for a call without a token. */
  scope: Scope | null;
  parameters?: readonly Parameter[];
  /** For each part of the path. */
  pathParameters?: Record<string, { description: string; example: string }>;
  /** JSON, and a form where the route takes one too. */
  body?: { schema: z.ZodType; example: unknown; form?: { schema: z.ZodType; example: unknown } };
  answer: z.ZodType;
  example: unknown;
  /** Errors beside those of the checks, which are 401, 403, 406, 413, 415 and 400, and beside 500 and 503. */
  refuses?: readonly ErrorName[];
  /** Sentences for the examples of errors, where this route has its own. */
  details?: { readonly [N in ErrorName]?: string };
  /** Answers in another form than REST's: those to a form. */
  otherAnswers?: readonly { status: number; name: string; schema: z.ZodType; example: unknown }[];
  /** The error, answered as 404, when `handle` returns null. */
  notFound?: ErrorName;
  /** Returns what `answer` describes, null when there is nothing, or a whole Response where headers differ. */
  handle: (c: Context<Env>, uses: RestUses) => Promise<object | null>;
}

/** Declares a route. The compiler holds its handler to the answer that it declares. */
export function route<Answer extends z.ZodType<object>>(
  declaration: Omit<Route, 'answer' | 'example' | 'handle'> & {
    answer: Answer;
    example: z.output<Answer>;
    handle: (c: Context<Env>, uses: RestUses) => Promise<z.output<Answer> | Response | null>;
  },
): Route {
  return declaration;
}
