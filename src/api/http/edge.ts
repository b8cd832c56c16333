import { randomUUID } from 'node:crypto';
import { RequestError } from '@hono/node-server';
import { errorDictionary, Refusal } from '../../errors/error-dictionary.ts';
import { toErrorResponse } from './error-response.ts';
import { type Exchange, openExchange, type Peer } from './exchange.ts';
import { plainOfFetch, type PlainRequest, type PlainResponse, toFetchResponse } from './plain.ts';
import { toRefusal } from './to-refusal.ts';

type Log = (about: object, message: string) => void;

/** The parts of the program behind the edge. */
export interface EdgeNeeds {
  /** Answers `/graphql`; never throws. */
  graphql: (request: PlainRequest, exchange: Exchange) => Promise<PlainResponse>;
  rest: (request: Request, exchange: Exchange) => Promise<Response> | Response;
  /** Answers probes; null for another path. */
  health: (path: string, method: string) => Promise<Response | null>;
  /** Answers pages for people; null for another path. */
  pages: (request: Request, url: URL) => Promise<Response> | Response | null;
  /** While it stops, a connection ends with the answer of its last request. */
  isStopping: () => boolean;
  log: { debug: Log; info: Log; warn: Log; error: Log };
}

/** The error of a request that repeats one which still runs: worth another try soon, on every transport. */
const inUse = errorDictionary.IDEMPOTENCY_KEY_IN_USE.errorCode;

/** What the log line names of a request; empty for input that is not a request. */
interface Target {
  method?: string;
  path?: string;
}

/**
 * Makes the entry point of every request: request id, the part of the program that the path names, headers of every
 * answer, one log line. Media type and body belong to the parts: health and pages have none.
 */
export function makeEdge({ graphql, rest, health, pages, isStopping, log }: EdgeNeeds) {
  /** Answers one request. */
  async function fetch(request: Request, peer: Peer): Promise<Response> {
    const startedAt = performance.now();
    const exchange = openExchange(request.headers.get('x-request-id'), peer);
    const url = new URL(request.url);
    const response = await dispatch(request, url, exchange);
    return finishResponse(response, exchange, { method: request.method, path: url.pathname }, startedAt);
  }

  /** Answers a POST to `/graphql` without the Fetch API. */
  async function post(request: PlainRequest, peer: Peer): Promise<PlainResponse> {
    const startedAt = performance.now();
    const exchange = openExchange(request.headers.get('x-request-id'), peer);
    const { status, headers, body } = await graphql(request, exchange);
    const more = finish(status, exchange, { method: 'POST', path: '/graphql' }, startedAt);
    return { status, body, headers: { ...headers, ...more } };
  }

  /**
   * Answers what `fetch` cannot, and closes the connection: input that is not a request, a request without a valid
   * address, a fault of the edge itself.
   *
   * @param reason for the log
   */
  function refuse(error: unknown, address = '', reason?: string): Response {
    const exchange: Exchange = { requestId: randomUUID(), address, isLast: () => true, reason };
    if (error instanceof RequestError) exchange.reason = error.message;
    const refusal =
      error instanceof RequestError
        ? new Refusal('BAD_REQUEST', 'the target or the Host header of the request is not a valid address')
        : toRefusal(error, exchange, log);
    return finishResponse(toErrorResponse(refusal, { Connection: 'close' }), exchange, {}, performance.now());
  }

  async function dispatch(request: Request, url: URL, exchange: Exchange): Promise<Response> {
    try {
      const page = (await pages(request, url)) ?? (await health(url.pathname, request.method));
      if (page) return page;
      if (url.pathname === '/graphql') return toFetchResponse(await graphql(plainOfFetch(request), exchange));
      return await rest(request, exchange);
    } catch (error) {
      return toErrorResponse(toRefusal(error, exchange, log));
    }
  }

  function finishResponse(response: Response, exchange: Exchange, target: Target, startedAt: number): Response {
    for (const [name, value] of Object.entries(finish(response.status, exchange, target, startedAt)))
      response.headers.set(name, value);
    return response;
  }

  /** Writes the log line, and gives the headers of every answer. */
  function finish(status: number, exchange: Exchange, target: Target, startedAt: number): Record<string, string> {
    const { requestId, address, clientId, errorCode, reason, isLast } = exchange;
    const isFailure = status >= 400;
    // An open mailbox page polls twice a second.
    const level = target.path === '/dev/mails.json' ? 'debug' : 'info';
    const line = {
      requestId,
      ...target,
      status,
      clientId,
      address: isFailure ? address : undefined,
      // The dictionary's numbers below 1000 are the HTTP statuses.
      errorCode: errorCode ?? (isFailure ? status : undefined),
      reason,
      ms: Math.round((performance.now() - startedAt) * 10) / 10,
    };
    log[level](line, 'request');
    const closesConnection = status === 413 || (isStopping() && isLast());
    return {
      'X-Request-Id': requestId,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...(errorCode === inUse && { 'Retry-After': '1' }),
      ...(closesConnection && { Connection: 'close' }),
    };
  }

  return { fetch, post, refuse };
}
