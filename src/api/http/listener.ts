import { IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import { Refusal } from '../../errors/error-dictionary.ts';
import { addressOf } from './address.ts';
import { answerClientErrors } from './client-errors.ts';
import { type Answer, makeConnections } from './connections.ts';
import type { Unanswerable } from './edge.ts';
import type { Peer } from './exchange.ts';
import { lingerAfter } from './linger.ts';
import {
  headersOf,
  plainOfNode,
  type PlainRequest,
  type PlainResponse,
  toPlainResponse,
  writeResponse,
} from './plain.ts';
import { stopServer } from './stop-server.ts';

/** What the listener calls. */
export interface ListenerNeeds {
  /** Answers one request. */
  fetch: (request: Request, peer: Peer) => Promise<Response>;
  /** Answers a POST to `/graphql` without the Fetch API. */
  post: (request: PlainRequest, peer: Peer) => Promise<PlainResponse>;
  /** Answers what `fetch` cannot. */
  refuse: (error: unknown, about: Unanswerable) => Response;
  /** How many proxies in front may name the client's address. */
  trustProxy: number;
}

/**
 * Makes the listener of a node:http server. A POST to `/graphql`, which nearly every client sends, goes straight to
 * GraphQL. For the rest Hono's adapter replaces the global Request and Response by light ones, which read from and
 * write to Node's streams and become real ones only where more of them is used.
 */
export function makeListener({ fetch, post, refuse, trustProxy }: ListenerNeeds) {
  const connections = makeConnections();
  const peerOf = (incoming: IncomingMessage): Peer => ({
    address: addressOf(incoming, trustProxy),
    isLast: () => connections.isLast(incoming.socket),
  });
  const refuseFrom = (error: unknown, source: IncomingMessage | Socket, reason?: string): Response =>
    source instanceof IncomingMessage
      ? refuse(error, { address: addressOf(source, trustProxy), headers: headersOf(source), reason })
      : refuse(error, { address: source.remoteAddress ?? '', reason });
  const adapted = getRequestListener(
    (request, bindings) => {
      const incoming = bindings.incoming as IncomingMessage;
      return fetch(request, peerOf(incoming)).catch((error: unknown) => refuseFrom(error, incoming));
    },
    {
      // HTTP/1.0 has no Host header. This name is not a loopback address.
      hostname: 'no-host.invalid',
      // A target that is not an address. The handler does not learn whose it is; the caller does.
      errorHandler: (error) => {
        throw error;
      },
    },
  );

  const answer: Answer = (incoming, outgoing) => {
    lingerAfter(incoming, outgoing);
    if (!namesHost(incoming)) answerRefusal(incoming, outgoing, new RequestError('no valid Host header'));
    else if (incoming.url === '/graphql' && incoming.method === 'POST')
      void post(plainOfNode(incoming), peerOf(incoming)).then((response) => writeResponse(response, outgoing));
    else adapted(incoming, outgoing).catch((error: unknown) => answerRefusal(incoming, outgoing, error));
  };
  const refuseExpectation: Answer = (incoming, outgoing) =>
    answerRefusal(incoming, outgoing, new Refusal('EXPECTATION_FAILED'));

  function answerRefusal(incoming: IncomingMessage, outgoing: ServerResponse, error: unknown): void {
    void toPlainResponse(refuseFrom(error, incoming)).then((plain) => writeResponse(plain, outgoing));
  }

  return {
    /** Makes `server` answer, and returns it. */
    serve(server: Server): Server {
      server
        .on('connection', connections.open)
        .on('request', (incoming, outgoing) => connections.take(incoming, outgoing, answer))
        .on('checkExpectation', (incoming, outgoing) => connections.take(incoming, outgoing, refuseExpectation));
      answerClientErrors(server, { connections, refuse: refuseFrom });
      return server;
    },
    /**
     * Stops `server` so that no request is cut, and returns when all connections are closed. An urgent stop is not
     * announced first.
     */
    stop: (server: Server, isUrgent: boolean): Promise<void> => stopServer(server, connections, isUrgent),
  };
}

/** Tells whether the Host header is there, which HTTP/1.1 demands, and names a host (RFC 9112 section 3.2). */
function namesHost({ headers: { host }, httpVersion }: IncomingMessage): boolean {
  if (host === undefined) return httpVersion !== '1.1';
  return host === '' || (!/[/?#@\\]/.test(host) && URL.canParse(`http://${host}`));
}
