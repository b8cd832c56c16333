import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { getRequestListener, RequestError } from '@hono/node-server';
import { Refusal } from '../../errors/error-dictionary.ts';
import { addressOf } from './address.ts';
import { answerClientErrors } from './client-errors.ts';
import { type Answer, makeConnections } from './connections.ts';
import type { Peer } from './exchange.ts';
import { lingerAfter } from './linger.ts';
import { fromFetch, ofNode, type PlainRequest, type PlainResponse, toNode } from './plain.ts';
import { stopServer } from './stop-server.ts';

export interface ListenerNeeds {
  /** Answers one request. */
  fetch: (request: Request, peer: Peer) => Promise<Response>;
  /** The same for a request to `/graphql` whose method is POST. */
  post: (request: PlainRequest, peer: Peer) => Promise<PlainResponse>;
  /** Answers what `fetch` cannot, with a reason for the log. */
  refuse: (error: unknown, address?: string, reason?: string) => Response;
  /** How many proxies in front may name the client's address. */
  trustProxy: number;
}

export type Listener = ReturnType<typeof makeListener>;

/**
 * Answers the requests of a node:http server. What nearly every client sends goes straight to GraphQL. For the rest Hono's adapter
 * puts its own light Request and Response in the place of the global ones: they read from and write to node's streams and
 * become real ones only where somebody asks for more.
 */
export function makeListener({ fetch, post, refuse, trustProxy }: ListenerNeeds) {
  const connections = makeConnections();
  const peerOf = (incoming: IncomingMessage): Peer => ({
    address: addressOf(incoming, trustProxy),
    isLast: () => connections.isLast(incoming.socket),
  });
  const adapted = getRequestListener((request, { incoming }) => fetch(request, peerOf(incoming as IncomingMessage)), {
    // HTTP/1.0 has no Host header; this one is no loopback address.
    hostname: 'no-host.invalid',
    errorHandler: (error) => refuse(error),
  });

  const answer: Answer = (incoming, outgoing) => {
    lingerAfter(incoming, outgoing);
    if (!namesHost(incoming)) refused(incoming, outgoing, new RequestError('no valid Host header'));
    else if (incoming.url === '/graphql' && incoming.method === 'POST')
      void post(ofNode(incoming), peerOf(incoming)).then((response) => toNode(response, outgoing));
    else void adapted(incoming, outgoing);
  };
  const expectsTooMuch: Answer = (incoming, outgoing) => refused(incoming, outgoing, new Refusal('EXPECTATION_FAILED'));

  function refused(incoming: IncomingMessage, outgoing: ServerResponse, error: Error): void {
    const response = refuse(error, addressOf(incoming, trustProxy));
    void fromFetch(response).then((plain) => toNode(plain, outgoing));
  }

  return {
    /** Makes `server` answer; hands it back. */
    serve(server: Server): Server {
      server
        .on('connection', connections.open)
        .on('request', (incoming, outgoing) => connections.take(incoming, outgoing, answer))
        .on('checkExpectation', (incoming, outgoing) => connections.take(incoming, outgoing, expectsTooMuch));
      answerClientErrors(server, { connections, refuse });
      return server;
    },
    /** Stops it so that no request is cut; resolves when all connections are closed. An urgent stop is not announced first. */
    stop: (server: Server, isUrgent: boolean): Promise<void> => stopServer(server, connections, isUrgent),
  };
}

/** HTTP/1.1 demands a Host header, and one that is given names a host (RFC 9112 section 3.2). */
function namesHost({ headers: { host }, httpVersion }: IncomingMessage): boolean {
  if (host === undefined) return httpVersion !== '1.1';
  return host === '' || (!/[/?#@\\]/.test(host) && URL.canParse(`http://${host}`));
}
