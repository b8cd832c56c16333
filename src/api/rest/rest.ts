import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { Caller, Scope } from '../../access/ports.ts';
import { requireScope } from '../../access/scope.ts';
import { batchLimit, type CreateUserOutcome, type CreateUsers } from '../../users/create-users.ts';
import { errorDictionary, Refusal } from '../../users/error-dictionary.ts';
import type { CreateUserInput, Problem } from '../../users/fields.ts';
import { acceptedType } from '../accept.ts';
import type { Exchange } from '../exchange.ts';
import { asRefusal, type ErrorLog, failure, methodNotAllowed } from '../failure.ts';
import { readBody } from '../read-body.ts';
import type { TokenCall } from './token.ts';

interface Env {
  Bindings: Exchange;
  Variables: { caller: Caller; body: unknown };
}

export interface RestNeeds {
  authenticate: (authorization: string | null) => Promise<Caller | null>;
  createUsers: CreateUsers;
  tokenCall: TokenCall;
  maxBodyBytes: number;
  log: ErrorLog;
}

/**
 * The REST twin and the token call. A route is its list of checks, in the order of the contract: path 404, method 405,
 * token 401, scope 403, `Accept` 406, `Content-Type` 415, size 413, JSON 400, then the fields, which are the use case's.
 */
export function makeRest(needs: RestNeeds) {
  const rest = new Hono<Env>();

  const scope = (wanted: Scope): MiddlewareHandler<Env> => async (c, next) => {
    const caller = await needs.authenticate(c.req.header('authorization') ?? null);
    if (caller) c.env.clientId = caller.clientId;
    c.set('caller', requireScope(caller, wanted));
    await next();
  };
  const acceptsJson: MiddlewareHandler<Env> = async (c, next) => {
    if (!acceptedType(c.req.header('accept'), ['application/json'])) throw new Refusal('NOT_ACCEPTABLE');
    await next();
  };
  const body = (...mediaTypes: string[]): MiddlewareHandler<Env> => async (c, next) => {
    const { mediaType, text } = await readBody(c.req.raw, mediaTypes, needs.maxBodyBytes);
    c.set('body', mediaType === 'application/json' ? parseJson(text) : new URLSearchParams(text));
    await next();
  };

  const creation = [scope('users:create'), acceptsJson, body('application/json')] as const;

  rest.post('/ruangkerja/users', ...creation, async (c) => {
    const input = asObject(c.get('body')) as CreateUserInput;
    const { results: [result], replayed } = await needs.createUsers(c.get('caller'), [input], { idempotencyKey: idempotencyKeyOf(c) });
    if ('problems' in result!) throw new Refusal(result.problems[0].name, result.problems[0].detail);
    if (replayed) c.header('Idempotent-Replayed', 'true');
    return c.json({ status: 'success', message: 'Success', data: { serial: serialOf(result!) } });
  });
  rest.all('/ruangkerja/users', () => methodNotAllowed('POST'));

  rest.post('/ruangkerja/users/create-bulk', ...creation, async (c) => {
    const { items } = asObject(c.get('body')) as { items?: unknown };
    if (!Array.isArray(items) || items.length === 0 || items.length > batchLimit) throw new Refusal('BAD_REQUEST', `items must be a list of 1 to ${batchLimit} users`);
    const { results, replayed } = await needs.createUsers(c.get('caller'), items.map(toInput), { idempotencyKey: idempotencyKeyOf(c) });
    // A key of another request, or of one that runs, refuses the request as a whole.
    const [first] = results;
    if (first && 'problems' in first && first.problems[0].path[0] === 'idempotencyKey') throw new Refusal(first.problems[0].name);
    if (replayed) c.header('Idempotent-Replayed', 'true');
    const [failedItems, successItems]: [object[], object[]] = [[], []];
    for (const [index, result] of results.entries()) {
      const payload = withoutPassword(items[index]);
      if ('problems' in result) failedItems.push({ error: errorOf(result.problems[0]), payload });
      else successItems.push({ payload, response: { serial: serialOf(result) } });
    }
    return c.json({ data: { failedItems, successItems }, status: 'success', message: 'success' });
  });
  rest.all('/ruangkerja/users/create-bulk', () => methodNotAllowed('POST'));

  rest.post('/oauth/token', acceptsJson, body('application/json', 'application/x-www-form-urlencoded'), async (c) => {
    const authorization = c.req.header('authorization') ?? null;
    const answer = await needs.tokenCall({ body: c.get('body'), authorization, address: c.env.address });
    if (!answer.ok) c.env.errorCode = answer.status;
    return answer;
  });
  rest.all('/oauth/token', () => methodNotAllowed('POST'));

  rest.notFound(() => {
    throw new Refusal('NOT_FOUND');
  });
  rest.onError((error, c) => refused(c, asRefusal(error, c.env, needs.log)));

  return (request: Request, exchange: Exchange): Promise<Response> | Response => rest.fetch(request, exchange);
}

function refused(c: Context<Env>, refusal: Refusal): Response {
  c.env.errorCode = errorDictionary[refusal.entry].errorCode;
  return failure(refusal);
}

function serialOf(result: CreateUserOutcome): string {
  return 'user' in result ? result.user.serial : '';
}

function errorOf({ name, detail }: Problem): object {
  return { detail, errorCode: errorDictionary[name].errorCode, message: name };
}

/** An item that is no object has no field at all. */
function toInput(item: unknown): CreateUserInput {
  return typeof item === 'object' && item !== null ? item : {};
}

function withoutPassword(item: unknown): unknown {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
  const { password: _, ...payload } = item as { password?: unknown };
  return payload;
}

/** The key of draft-ietf-httpapi-idempotency-key-header, a structured-field string or bare. */
function idempotencyKeyOf(c: Context<Env>): string | null {
  const given = c.req.header('idempotency-key')?.trim() ?? null;
  const [, quoted] = /^"((?:[^"\\]|\\["\\])*)"$/.exec(given ?? '') ?? [];
  return quoted === undefined ? given : quoted.replace(/\\(.)/g, '$1');
}

/** V8's own message quotes the body, passwords included: only where it stopped would be of use, and that it does not always say. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('BAD_REQUEST', 'the body is not valid JSON');
  }
}

function asObject(body: unknown): object {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new Refusal('BAD_REQUEST', 'the body must be a JSON object');
  return body;
}
