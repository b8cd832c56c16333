import { randomUUID } from 'node:crypto';
import { RequestError } from '@hono/node-server';
import { errorDictionary, Refusal } from '../../errors/error-dictionary.ts';
import type { Exchange, Peer } from './exchange.ts';
import { asRefusal, failure } from './failure.ts';
import { ofFetch, type PlainRequest, type PlainResponse, toFetch } from './plain.ts';

type Log = (about: object, message: string) => void;

export interface EdgeNeeds {
  /** Never throws. */
  graphql: (request: PlainRequest, exchange: Exchange) => Promise<PlainResponse>;
  rest: (request: Request, exchange: Exchange) => Promise<Response> | Response;
  health: (path: string, method: string) => Promise<Response | null>;
  /** Pages for people; null when the path is not theirs. */
  pages: (request: Request, url: URL) => Promise<Response> | Response | null;
  /** While it stops, a connection ends with the answer of its last request. */
  isStopping: () => boolean;
  log: { debug: Log; info: Log; warn: Log; error: Log };
}

/** A request that repeats one which still runs: worth another try soon, on every transport. */
const inUse = errorDictionary.IDEMPOTENCY_KEY_IN_USE.errorCode;

interface About {
  method?: string;
  path?: string;
}

/** The door of every request: request id, the path's part of the program, headers of every answer, one log line. */
export function makeEdge(needs: EdgeNeeds) {
  /** Answers one request. */
  async function fetch(request: Request, peer: Peer): Promise<Response> {
    const begun = performance.now();
    const exchange = open(request.headers.get('x-request-id'), peer);
    const url = new URL(request.url);
    const response = await dispatch(request, url, exchange);
    return finish(response, exchange, { method: request.method, path: url.pathname }, begun);
  }

  /** The same for a request to `/graphql` whose method is POST. */
  async function post(request: PlainRequest, peer: Peer): Promise<PlainResponse> {
    const begun = performance.now();
    const exchange = open(request.headers.get('x-request-id'), peer);
    const { status, headers, body } = await needs.graphql(request, exchange);
    return {
      status,
      body,
      headers: { ...headers, ...close(status, exchange, { method: 'POST', path: '/graphql' }, begun) },
    };
  }

  function open(requestId: string | null, { address, isLast }: Peer): Exchange {
    return { requestId: requestId && /^[\w.-]{1,64}$/.test(requestId) ? requestId : randomUUID(), address, isLast };
  }

  /**
   * Answers what `fetch` cannot, and closes the connection: input that is not a request, a request without a valid address, a fault of the
   * edge itself.
   *
   * @param reason for the log
   */
  function refuse(error: unknown, address = '', reason?: string): Response {
    const exchange: Exchange = { requestId: randomUUID(), address, isLast: () => true, reason };
    if (error instanceof RequestError) exchange.reason = error.message;
    const refusal =
      error instanceof RequestError
        ? new Refusal('BAD_REQUEST', 'the target or the Host header of the request is no valid address')
        : asRefusal(error, exchange, needs.log);
    return finish(failure(refusal, { Connection: 'close' }), exchange, {}, performance.now());
  }

  async function dispatch(request: Request, url: URL, exchange: Exchange): Promise<Response> {
    try {
      const page = (await needs.pages(request, url)) ?? (await needs.health(url.pathname, request.method));
      if (page) return page;
      if (url.pathname === '/graphql') return toFetch(await needs.graphql(ofFetch(request), exchange));
      return await needs.rest(request, exchange);
    } catch (error) {
      return failure(asRefusal(error, exchange, needs.log));
    }
  }

  function finish(response: Response, exchange: Exchange, about: About, begun: number): Response {
    for (const [name, value] of Object.entries(close(response.status, exchange, about, begun)))
      response.headers.set(name, value);
    return response;
  }

  /** Writes the log line; what every answer carries. */
  function close(
    status: number,
    { requestId, address, clientId, errorCode, reason, isLast }: Exchange,
    about: About,
    begun: number,
  ): Record<string, string> {
    // An open mailbox page asks twice a second.
    const level = about.path === '/dev/mails.json' ? 'debug' : 'info';
    const ms = Math.round((performance.now() - begun) * 10) / 10;
    // The dictionary's numbers below 1000 are the HTTP statuses.
    needs.log[level](
      {
        requestId,
        ...about,
        status,
        clientId,
        address: status >= 400 ? address : undefined,
        errorCode: errorCode ?? (status >= 400 ? status : undefined),
        reason,
        ms,
      },
      'request',
    );
    const ends = status === 413 || (needs.isStopping() && isLast());
    return {
      'X-Request-Id': requestId,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...(errorCode === inUse && { 'Retry-After': '1' }),
      ...(ends && { Connection: 'close' }),
    };
  }

  return { fetch, post, refuse };
}
