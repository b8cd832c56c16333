import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { Caller, Scope } from '../../access/ports.ts';
import { requireScope } from '../../access/scope.ts';
import type { CreateUser } from '../../users/create-user.ts';
import { errorDictionary, type ErrorName, Refusal } from '../../users/error-dictionary.ts';
import type { CreateUserInput } from '../../users/fields.ts';
import type { Exchange } from '../exchange.ts';
import { readBody } from '../read-body.ts';
import { refusalHeaders } from '../refusal-headers.ts';
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
  log: { error: (about: object, message: string) => void };
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
    if ('problems' in outcome) return failure(c, outcome.problems[0].name, outcome.problems[0].detail);
    return c.json({ status: 'success', message: 'Success', data: { serial: outcome.user.serial } });
  });
  rest.all('/ruangkerja/users', methodNotAllowed('POST'));

  rest.post('/oauth/token', acceptsJson, body('application/json', 'application/x-www-form-urlencoded'), async (c) => {
    const authorization = c.req.header('authorization') ?? null;
    const answer = await needs.tokenCall({ body: c.get('body'), authorization, address: c.env.address });
    if (!answer.ok) c.env.errorCode = answer.status;
    return answer;
  });
  rest.all('/oauth/token', methodNotAllowed('POST'));

  rest.notFound((c) => failure(c, 'NOT_FOUND'));
  rest.onError((error, c) => {
    if (error instanceof Refusal) return failure(c, error.entry, error.message, refusalHeaders(error));
    needs.log.error({ requestId: c.env.requestId, err: error }, 'unexpected error');
    return failure(c, 'INTERNAL_ERROR', `something went wrong here, request id ${c.env.requestId}`);
  });

  return (request: Request, exchange: Exchange): Promise<Response> | Response => rest.fetch(request, exchange);
}

/** Answers the methods that a path does not have. */
export function methodNotAllowed(allow: string) {
  return (c: Context<Env>): Response => failure(c, 'METHOD_NOT_ALLOWED', undefined, { Allow: allow });
}

/** The documented failure envelope with the dictionary's HTTP status. */
function failure(c: Context<Env>, name: ErrorName, detail: string = errorDictionary[name].detail, headers: Record<string, string> = {}): Response {
  const { errorCode, httpStatus } = errorDictionary[name];
  c.env.errorCode = errorCode;
  return Response.json({ errorCode, message: name, detail }, { status: httpStatus, headers });
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
  const ranges = new Map(
    accept.split(',').map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return [type, weight === undefined || Number(weight.slice(2)) > 0];
    }),
  );
  return ranges.get('application/json') ?? ranges.get('application/*') ?? ranges.get('*/*') ?? false;
}
