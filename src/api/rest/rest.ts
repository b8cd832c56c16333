import { type Context, type Handler, Hono, type MiddlewareHandler } from 'hono';
import type { Caller, Scope } from '../../access/ports.ts';
import { requireScope } from '../../access/scope.ts';
import { errorDictionary, Refusal } from '../../errors/error-dictionary.ts';
import { acceptedType } from '../http/accept.ts';
import type { Exchange } from '../http/exchange.ts';
import { asRefusal, type ErrorLog, failure, methodNotAllowed } from '../http/failure.ts';
import { ofFetch } from '../http/plain.ts';
import { readBody, strangerBytes } from '../http/read-body.ts';
import type { Env, RestUses, Route } from './route.ts';
import { routes } from './routes.ts';

export interface RestNeeds extends RestUses {
  authenticate: (authorization: string | null) => Promise<Caller | null>;
  maxBodyBytes: number;
  log: ErrorLog;
}

/**
 * The REST twin and the token call. Every route goes through the checks that its declaration asks for, in the order of
 * the contract: path 404, method 405, token 401, scope 403, `Accept` 406, `Content-Type` 415, size 413, JSON 400, then
 * the fields, which are the use case's.
 */
export function makeRest(needs: RestNeeds) {
  const rest = new Hono<Env>();

  const scope =
    (wanted: Scope): MiddlewareHandler<Env> =>
    async (c, next) => {
      const caller = await needs.authenticate(c.req.header('authorization') ?? null);
      if (caller) c.env.clientId = caller.clientId;
      c.set('caller', requireScope(caller, wanted));
      await next();
    };
  const acceptsJson: MiddlewareHandler<Env> = async (c, next) => {
    if (!acceptedType(c.req.header('accept'), ['application/json'])) throw new Refusal('NOT_ACCEPTABLE');
    await next();
  };
  const body =
    (limit: number, ...mediaTypes: string[]): MiddlewareHandler<Env> =>
    async (c, next) => {
      const { mediaType, text } = await readBody(ofFetch(c.req.raw), mediaTypes, limit);
      c.set('body', mediaType === 'application/json' ? parseJson(text) : new URLSearchParams(text));
      await next();
    };
  /** Bytes: a call without a token is a stranger's. */
  const limitOf = ({ scope: wanted }: Route): number =>
    wanted ? needs.maxBodyBytes : Math.min(needs.maxBodyBytes, strangerBytes);
  const checksOf = (route: Route): MiddlewareHandler<Env>[] => [
    ...(route.scope ? [scope(route.scope)] : []),
    acceptsJson,
    ...(route.body
      ? [body(limitOf(route), 'application/json', ...(route.body.form ? ['application/x-www-form-urlencoded'] : []))]
      : []),
  ];
  const answer =
    (route: Route): Handler<Env> =>
    async (c) => {
      const found = await route.handle(c, needs);
      if (found instanceof Response) return found;
      return found ? c.json(found) : refused(c, new Refusal(route.notFound ?? 'NOT_FOUND'), 404);
    };

  // A path with parameters comes last: it would take its neighbours' calls of other methods.
  const paths = [...new Set(routes.map(({ path }) => path))].toSorted(
    (a, b) => Number(a.includes('{')) - Number(b.includes('{')),
  );
  for (const path of paths) {
    const here = routes.filter((route) => route.path === path);
    const pattern = path.replace(/\{(\w+)\}/g, ':$1');
    for (const route of here) rest.on(route.method, [pattern], ...checksOf(route), answer(route));
    rest.all(pattern, () =>
      methodNotAllowed(
        here
          .map(({ method }) => (method === 'GET' ? 'GET, HEAD' : method))
          .toSorted()
          .join(', '),
      ),
    );
  }

  rest.notFound(() => {
    throw new Refusal('NOT_FOUND');
  });
  rest.onError((error, c) => refused(c, asRefusal(error, c.env, needs.log)));

  return (request: Request, exchange: Exchange): Promise<Response> | Response => rest.fetch(request, exchange);
}

/** @param status where it is not the dictionary's: what a path names and is not there is 404, in a body 400 */
function refused(c: Context<Env>, refusal: Refusal, status?: number): Response {
  c.env.errorCode = errorDictionary[refusal.entry].errorCode;
  const answer = failure(refusal);
  return status === undefined ? answer : new Response(answer.body, { status, headers: answer.headers });
}

/** V8's own message quotes the body, passwords included: only where it stopped would be of use, and that it does not always say. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('BAD_REQUEST', 'the body is not valid JSON');
  }
}
