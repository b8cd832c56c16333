import { type Context, type Handler, Hono } from 'hono';
import { errorDictionary, Refusal, statusInPath } from '../../errors/error-dictionary.ts';
import { MethodNotAllowed, toErrorResponse } from '../http/error-response.ts';
import type { Exchange } from '../http/exchange.ts';
import { type ErrorLog, toRefusal } from '../http/to-refusal.ts';
import { type CheckNeeds, checksOf } from './checks.ts';
import type { Env, RestUses, Route } from './route.ts';
import { routes } from './routes.ts';

/** What the REST entry point calls. */
export interface RestNeeds extends RestUses, CheckNeeds {
  log: ErrorLog;
}

/**
 * Makes the entry point of REST and the token call. Of an unknown path it answers 404, of another method 405; then come
 * the checks that the route declares, then the fields, which are the use case's.
 */
export function makeRest(needs: RestNeeds) {
  const rest = new Hono<Env>();
  for (const path of pathsInOrder()) {
    const declared = routes.filter((route) => route.path === path);
    const pattern = path.replace(/\{(\w+)\}/g, ':$1');
    rest.use(pattern, (c, next) => {
      c.env.route = path;
      return next();
    });
    for (const route of declared) rest.on(route.method, [pattern], ...checksOf(route, needs), handlerOf(route, needs));
    const allow = methodsOf(declared);
    rest.all(pattern, () => {
      throw new MethodNotAllowed(allow);
    });
  }
  rest.notFound(() => {
    throw new Refusal('NOT_FOUND');
  });
  rest.onError((error, c) => refuse(c, toRefusal(error, c.env, needs.log)));

  return (request: Request, exchange: Exchange): Promise<Response> | Response => rest.fetch(request, exchange);
}

/** The paths, those with parameters last: such a path would take its neighbours' calls of other methods. */
function pathsInOrder(): string[] {
  return [...new Set(routes.map(({ path }) => path))].toSorted(
    (a, b) => Number(a.includes('{')) - Number(b.includes('{')),
  );
}

function methodsOf(declared: readonly Route[]): string {
  return declared
    .map(({ method }) => (method === 'GET' ? 'GET, HEAD' : method))
    .toSorted()
    .join(', ');
}

function handlerOf(route: Route, uses: RestUses): Handler<Env> {
  return async (c) => {
    const answer = await route.handle(c, uses);
    if (answer instanceof Response) return answer;
    if (answer) return c.json(answer);
    const name = route.notFound ?? 'NOT_FOUND';
    return refuse(c, new Refusal(name), statusInPath(name));
  };
}

/** @param status where it is not the dictionary's: an unknown reference is 404 in a path and 400 in a body */
function refuse(c: Context<Env>, refusal: Refusal, status?: number): Response {
  c.env.errorCode = errorDictionary[refusal.entry].errorCode;
  return toErrorResponse(refusal, c.env, {}, status);
}
