import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { parseAccept } from 'hono/utils/accept';
import type { Caller, Scope } from '../../access/ports.ts';
import { requireScope } from '../../access/scope.ts';
import type { CreateUser } from '../../users/create-user.ts';
import { errorDictionary, Refusal } from '../../users/error-dictionary.ts';
import type { CreateUserInput } from '../../users/fields.ts';
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
  createUser: CreateUser;
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
    if (!takesJson(c.req.header('accept'))) throw new Refusal('NOT_ACCEPTABLE');
    await next();
  };
  const body = (...mediaTypes: string[]): MiddlewareHandler<Env> => async (c, next) => {
    const { mediaType, text } = await readBody(c.req.raw, mediaTypes, needs.maxBodyBytes);
    c.set('body', mediaType === 'application/json' ? parseJson(text) : new URLSearchParams(text));
    await next();
  };

  rest.post('/ruangkerja/users', scope('users:create'), acceptsJson, body('application/json'), async (c) => {
    const outcome = await needs.createUser(c.get('caller'), asObject(c.get('body')) as CreateUserInput);
    if ('problems' in outcome) throw new Refusal(outcome.problems[0].name, outcome.problems[0].detail);
    return c.json({ status: 'success', message: 'Success', data: { serial: outcome.user.serial } });
  });
  rest.all('/ruangkerja/users', () => methodNotAllowed('POST'));

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

/** Whether an `Accept` header takes `application/json`; the most specific range decides (RFC 9110 section 12.5.1). */
function takesJson(accept: string | undefined): boolean {
  if (!accept?.trim()) return true;
  const ranges = parseAccept(accept);
  const weight = (type: string) => ranges.find((range) => range.type.toLowerCase() === type)?.q;
  return (weight('application/json') ?? weight('application/*') ?? weight('*/*') ?? 0) > 0;
}
