import { randomUUID } from 'node:crypto';
import { errorDictionary, Refusal } from '../users/error-dictionary.ts';
import type { Exchange } from './exchange.ts';
import { readBody } from './read-body.ts';
import { refusalHeaders } from './refusal-headers.ts';

type Answer = (request: Request, exchange: Exchange) => Promise<Response> | Response;

export interface EdgeNeeds {
  graphql: Answer;
  rest: Answer;
  health: (path: string, method: string) => Promise<Response | null>;
  /** Pages for people; null when the path is not theirs. */
  pages: (request: Request) => Promise<Response> | Response | null;
  maxBodyBytes: number;
  /** While it stops, a connection ends with its answer. */
  isStopping: () => boolean;
  log: { info: (about: object, message: string) => void; error: (about: object, message: string) => void };
}

/** The door of every request: request id, the path's part of the program, headers of every answer, one log line. */
export function makeEdge(needs: EdgeNeeds) {
  return async function answer(request: Request, address: string): Promise<Response> {
    const begun = performance.now();
    const given = request.headers.get('x-request-id');
    const exchange: Exchange = { requestId: given && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID(), address };
    const path = new URL(request.url).pathname;
    const response = await dispatch(path, request, exchange);
    const headers = new Headers(response.headers);
    headers.set('X-Request-Id', exchange.requestId);
    headers.set('Cache-Control', 'no-store');
    headers.set('X-Content-Type-Options', 'nosniff');
    if (response.status === 413 || needs.isStopping()) headers.set('Connection', 'close');
    needs.log.info(
      {
        requestId: exchange.requestId,
        method: request.method,
        path,
        status: response.status,
        clientId: exchange.clientId,
        errorCode: exchange.errorCode,
        ms: Math.round((performance.now() - begun) * 10) / 10,
      },
      'request',
    );
    return new Response(response.body, { status: response.status, headers });
  };

  async function dispatch(path: string, request: Request, exchange: Exchange): Promise<Response> {
    try {
      const page = (await needs.pages(request)) ?? (await needs.health(path, request.method));
      if (page) return page;
      if (path === '/graphql') return await needs.graphql(await withBody(request), exchange);
      return await needs.rest(request, exchange);
    } catch (error) {
      return graphqlFailure(error, exchange);
    }
  }

  /** GraphQL over HTTP by POST is `application/json` only: a form could be sent by any page that a browser shows. */
  async function withBody(request: Request): Promise<Request> {
    if (request.method !== 'POST') return request;
    const { text } = await readBody(request, ['application/json'], needs.maxBodyBytes);
    return new Request(request.url, { method: 'POST', headers: request.headers, body: text });
  }

  function graphqlFailure(error: unknown, exchange: Exchange): Response {
    const refusal = error instanceof Refusal ? error : new Refusal('INTERNAL_ERROR', `something went wrong here, request id ${exchange.requestId}`);
    if (refusal !== error) needs.log.error({ requestId: exchange.requestId, err: error }, 'unexpected error');
    const { errorCode, httpStatus } = errorDictionary[refusal.entry];
    exchange.errorCode = errorCode;
    return Response.json(
      { errors: [{ message: refusal.message, extensions: { code: refusal.entry, errorCode } }] },
      { status: httpStatus, headers: refusalHeaders(refusal) },
    );
  }
}
