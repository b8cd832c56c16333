import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { ofNode, type PlainRequest, type PlainResponse, toNode } from './plain.ts';

/** Milliseconds. */
const linger = 1_000;

export interface ListenerNeeds {
  /** Answers one request of the peer at `address`. */
  fetch: (request: Request, address: string) => Promise<Response>;
  /** The same for a request to `/graphql` whose method is POST. */
  post: (request: PlainRequest, address: string) => Promise<PlainResponse>;
  /** Answers what `fetch` cannot. */
  refuse: (error: unknown) => Response;
}

/**
 * The listener of a node:http server. What nearly every client sends goes straight to GraphQL. For the rest Hono's adapter
 * puts its own light Request and Response in the place of the global ones: they read from and write to node's streams and
 * become real ones only where somebody asks for more.
 */
export function makeListener({ fetch, post, refuse }: ListenerNeeds): RequestListener {
  const addressOf = ({ socket }: IncomingMessage): string => socket.remoteAddress ?? '';
  const listener = getRequestListener(
    (request, { incoming }) => fetch(request, addressOf(incoming as IncomingMessage)),
    {
      // HTTP/1.0 has no Host header; this one is no loopback address.
      hostname: 'no-host.invalid',
      errorHandler: refuse,
    },
  );
  return (incoming, outgoing) => {
    lingerAfter(incoming, outgoing);
    if (incoming.url === '/graphql' && incoming.method === 'POST')
      void post(ofNode(incoming), addressOf(incoming)).then((answer) => toNode(answer, outgoing));
    else void listener(incoming, outgoing);
  };
}

/**
 * An answer that comes before the end of its request, a 413: a socket closed with unread bytes resets the connection, and
 * the client may lose the answer (RFC 9112 section 9.6). So only our side is closed at once, and the rest is read for a while.
 */
function lingerAfter(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.prependOnceListener('finish', () => {
    if (incoming.complete) return;
    const { socket } = incoming;
    // What node calls to close the connection; one that is kept alive goes on.
    socket.destroySoon = () => {
      socket.end();
      setTimeout(() => socket.destroy(), linger).unref();
    };
  });
}
