import { randomUUID } from 'node:crypto';
import { Refusal } from '../users/error-dictionary.ts';
import type { Exchange } from './exchange.ts';
import { asRefusal, failure } from './failure.ts';
import { refusalError } from './graphql/errors.ts';
import { readBody } from './read-body.ts';

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
        // The dictionary's numbers below 1000 are the HTTP statuses.
        errorCode: exchange.errorCode ?? (response.status >= 400 ? response.status : undefined),
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
      if (path === '/graphql') return await graphql(request, exchange);
      return await needs.rest(request, exchange);
    } catch (error) {
      return failure(asRefusal(error, exchange, needs.log));
    }
  }

  /** GraphQL over HTTP by POST is `application/json` only: a form could be sent by any page that a browser shows. */
  async function graphql(request: Request, exchange: Exchange): Promise<Response> {
    try {
      if (request.method !== 'POST') return await needs.graphql(request, exchange);
      const { text } = await readBody(request, ['application/json'], needs.maxBodyBytes);
      return await needs.graphql(new Request(request.url, { method: 'POST', headers: request.headers, body: text }), exchange);
    } catch (error) {
      const { message, extensions: { http, ...extensions } } = refusalError(asRefusal(error, exchange, needs.log));
      return Response.json({ errors: [{ message, extensions }] }, http as ResponseInit);
    }
  }
}

/** Answers a request without a usable address (a Host header of `a b`): there is no path, so REST's envelope. */
export function refuseAddress(): Response {
  return failure(new Refusal('BAD_REQUEST', 'the Host header is not the name of a host'), { 'Cache-Control': 'no-store', Connection: 'close' });
}
