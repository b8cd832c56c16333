import { RequestError } from '@hono/node-server';
import { errorDictionary, Refusal } from '../../errors/error-dictionary.ts';
import { toErrorResponse } from './error-response.ts';
import { type Answered, type Exchange, openExchange, type Peer } from './exchange.ts';
import { plainOfFetch, type PlainRequest, type PlainResponse, toFetchResponse } from './plain.ts';
import { type ErrorLog, toRefusal } from './to-refusal.ts';

/** The parts of the program behind the edge. */
export interface EdgeNeeds {
  /** Answers `/graphql`; never throws. */
  graphql: (request: PlainRequest, exchange: Exchange) => Promise<PlainResponse>;
  rest: (request: Request, exchange: Exchange) => Promise<Response> | Response;
  /** Answers probes; null for another path. */
  health: (path: string, method: string) => Promise<Response | null>;
  /** Answers pages for people; null for another path. */
  pages: (request: Request, url: URL, exchange: Exchange) => Promise<Response> | Response | null;
  /** Replaces a failure by a page where a browser opens an address; gives every other answer back. */
  failurePage: (request: Request, response: Response) => Promise<Response>;
  /** While it stops, a connection ends with the answer of its last request. */
  isStopping: () => boolean;
  /** Where clients reach the gateway; null: at the Host that each of them names. */
  publicUrl: string | null;
  /** Called once for each request, when its answer is known. */
  answered: (exchange: Answered) => void;
  /** Takes the causes of refusals and surprises. */
  log: ErrorLog;
}

/** What is known of input that `fetch` cannot answer. */
export interface Unanswerable {
  /** The client's IP address. */
  address?: string;
  /** Those of its head; absent where the head could not be read. */
  headers?: PlainRequest['headers'];
  /** For the log. */
  reason?: string | undefined;
}

/** The error of a request that repeats one which still runs: worth another try soon, on every transport. */
const inUse = errorDictionary.IDEMPOTENCY_KEY_IN_USE.errorCode;

/** The entry point of every request. */
export type Edge = ReturnType<typeof makeEdge>;

/** Below these stand names of ours; below others, such as `/users`, may stand an employee ID. */
const namespaces = new Set(['ruangkerja', 'dev', 'docs', 'health', 'import', 'oauth']);
const maxPathLength = 64;

/**
 * Makes the entry point of every request: request id, the part of the program that the path names, headers of every
 * answer, one record for the log and the metrics. Media type and body belong to the parts: health and pages have none.
 */
export function makeEdge({
  graphql,
  rest,
  health,
  pages,
  failurePage,
  isStopping,
  publicUrl,
  answered,
  log,
}: EdgeNeeds) {
  /** Answers one request. */
  async function fetch(request: Request, peer: Peer): Promise<Response> {
    const exchange = openExchange(request.headers, peer, publicUrl);
    const url = new URL(request.url);
    exchange.method = request.method;
    exchange.path = shortened(url.pathname);
    const response = await dispatch(request, url, exchange);
    return finishResponse(response.status < 400 ? response : await failurePage(request, response), exchange);
  }

  /** Answers a POST to `/graphql` without the Fetch API. */
  async function post(request: PlainRequest, peer: Peer): Promise<PlainResponse> {
    const exchange = openExchange(request.headers, peer, publicUrl);
    exchange.method = 'POST';
    exchange.route = '/graphql';
    const { status, headers, body } = await graphql(request, exchange);
    return { status, body, headers: { ...headers, ...finish(status, exchange) } };
  }

  /**
   * Answers what `fetch` cannot, and closes the connection: input that is not a request, a request without a valid
   * address, a fault of the edge itself.
   */
  function refuse(error: unknown, { address = '', headers = new Headers(), reason }: Unanswerable = {}): Response {
    const exchange: Exchange = { ...openExchange(headers, { address, isLast: () => true }, publicUrl), reason };
    if (error instanceof RequestError) exchange.reason = error.message;
    const refusal =
      error instanceof RequestError
        ? new Refusal('BAD_REQUEST', 'the target or the Host header of the request is not a valid address')
        : toRefusal(error, exchange, log);
    return finishResponse(toErrorResponse(refusal, exchange, { Connection: 'close' }), exchange);
  }

  async function dispatch(request: Request, url: URL, exchange: Exchange): Promise<Response> {
    try {
      const page = (await pages(request, url, exchange)) ?? (await health(url.pathname, request.method));
      if (page) return page;
      if (url.pathname === '/graphql') {
        exchange.route = '/graphql';
        return toFetchResponse(await graphql(plainOfFetch(request), exchange));
      }
      return await rest(request, exchange);
    } catch (error) {
      return toErrorResponse(toRefusal(error, exchange, log), exchange);
    }
  }

  function finishResponse(response: Response, exchange: Exchange): Response {
    // The large files of pages are kept by the browser, which asks each time whether they are still the same.
    const isKept = response.headers.get('cache-control') === 'no-cache';
    for (const [name, value] of Object.entries(finish(response.status, exchange)))
      if (!isKept || !response.headers.has(name)) response.headers.set(name, value);
    return response;
  }

  /** Completes the record of a request, and gives the headers of every answer. */
  function finish(status: number, exchange: Exchange): Record<string, string> {
    const { requestId, errorCode, startedAt, isLast } = exchange;
    answered(Object.assign(exchange, { status, ms: Math.round((performance.now() - startedAt) * 10) / 10 }));
    const closesConnection = status === 413 || (isStopping() && isLast());
    return {
      'X-Request-Id': requestId,
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      // They choose the form and the language of a page and of any failure, which every address may answer.
      Vary: 'Accept, Accept-Language',
      ...(errorCode === inUse && { 'Retry-After': '1' }),
      ...(closesConnection && { Connection: 'close' }),
    };
  }

  return { fetch, post, refuse };
}

/** Keeps of a path that is no route what can hardly be a personal value: a word in lower case, and one below ours. */
function shortened(path: string): string {
  const [, first = '', ...more] = path.split('/', 3);
  const shown = [first, ...more].map((segment, at) =>
    /[^a-z._-]/.test(segment) || (at > 0 && !namespaces.has(first)) ? '…' : segment,
  );
  return `/${shown.join('/')}`.slice(0, maxPathLength);
}
