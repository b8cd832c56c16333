import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How long the rest of a peer's input is read after our side is closed. */
const lingerMs = 1_000;

/**
 * Closes a connection whose peer may still be sending: only our side at once, and after `lingerMs` the whole. A socket
 * closed with unread input resets the connection, and the peer may lose the answer (RFC 9112 section 9.6).
 */
export function lingerThenDestroy(socket: Socket): void {
  socket.end();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

/** Makes an answer that closes its connection before the end of the request, such as a 413, linger. */
export function lingerAfter(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.prependOnceListener('finish', () => {
    if (incoming.complete) return;
    const { socket } = incoming;
    // Node calls it to close the connection, and not for one that is kept alive.
    socket.destroySoon = () => lingerThenDestroy(socket);
  });
}
