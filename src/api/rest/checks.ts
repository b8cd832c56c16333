import type { MiddlewareHandler } from 'hono';
import type { Caller, Scope } from '../../access/ports.ts';
import { requireScope } from '../../access/scope.ts';
import { Refusal } from '../../errors/error-dictionary.ts';
import { acceptedType, namesType } from '../http/accept.ts';
import { problemType } from '../http/error-response.ts';
import { identified } from '../http/exchange.ts';
import { plainOfFetch } from '../http/plain.ts';
import { readBody, strangerBytes } from '../http/read-body.ts';
import { ignoredFields } from './ignored-fields.ts';
import type { Env, Route } from './route.ts';

/** What the checks before a handler call. */
export interface CheckNeeds {
  authenticate: (authorization: string | null) => Promise<Caller | null>;
  maxBodyBytes: number;
}

type Check = MiddlewareHandler<Env>;

/**
 * Gives the checks before a route's handler, in the order of the contract: token 401, scope 403, `Accept` 406,
 * `Content-Type` 415, size 413, JSON 400. The declaration says which of them apply.
 */
export function checksOf({ scope, body }: Route, { authenticate, maxBodyBytes }: CheckNeeds): Check[] {
  // A call without a token is a stranger's.
  const limit = scope ? maxBodyBytes : Math.min(maxBodyBytes, strangerBytes);
  return [...(scope ? [needsScope(scope, authenticate)] : []), acceptsJson, ...(body ? [readsBody(body, limit)] : [])];
}

function needsScope(scope: Scope, authenticate: CheckNeeds['authenticate']): Check {
  return async (c, next) => {
    const caller = await authenticate(c.req.header('authorization') ?? null);
    c.set('caller', requireScope(caller && identified(c.env, caller), scope));
    await next();
  };
}

const acceptsJson: Check = async (c, next) => {
  const accept = c.req.header('accept') ?? null;
  if (!acceptedType(accept, ['application/json']) && !namesType(accept, problemType))
    throw new Refusal('NOT_ACCEPTABLE');
  await next();
};

/** @param limit bytes */
function readsBody({ schema, form }: NonNullable<Route['body']>, limit: number): Check {
  const mediaTypes = ['application/json', ...(form ? ['application/x-www-form-urlencoded'] : [])];
  return async (c, next) => {
    const { mediaType, text } = await readBody(plainOfFetch(c.req.raw), mediaTypes, limit);
    const isJson = mediaType === 'application/json';
    const content = isJson ? parseJson(text) : new URLSearchParams(text);
    c.set('body', content);
    const ignored = isJson ? ignoredFields(schema, content) : [];
    await next();
    if (ignored.length > 0) c.res.headers.set('Ignored-Fields', ignored.join(', '));
  };
}

/** Parses a body. V8's own message would quote it, passwords included, and does not always say where it stopped. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('BAD_REQUEST', 'the body is not valid JSON');
  }
}
