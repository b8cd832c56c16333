import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Milliseconds. */
const lingerMs = 1_000;

/**
 * Closes a connection whose peer may still be sending: a socket closed with unread bytes resets the connection, and the peer may
 * lose the answer (RFC 9112 section 9.6). So only our side is closed at once, and the rest is read for a while.
 */
export function lingerThenDestroy(socket: Socket): void {
  socket.end();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

/** Does so after an answer that closes its connection and comes before the end of its request, a 413. */
export function lingerAfter(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.prependOnceListener('finish', () => {
    if (incoming.complete) return;
    const { socket } = incoming;
    // What node calls to close the connection; one that is kept alive goes on.
    socket.destroySoon = () => lingerThenDestroy(socket);
  });
}
