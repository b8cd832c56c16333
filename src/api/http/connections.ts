import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Milliseconds that a peer may take nothing of an answer. Node looks after each period whether anything was taken since the
 * one before, so a peer that reads nothing is cut off within 12 s, and one that reads slowly stays.
 */
const unreadAnswerMs = 6_000;
/** Requests that wait for the one before them, on all connections together: some 5 KB each. One read of 64 KB holds up to 2,400. */
const maxWaiting = 5_000;
/** Milliseconds: a connection taken up longer ago than this says nothing about the next one. */
const recentMs = 10_000;

export type Answer = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

interface Connection {
  openedAt: number;
  /** The last request that was begun, and its answer. */
  last: { incoming: IncomingMessage; outgoing: ServerResponse } | undefined;
  isBusy: boolean;
  waiting: (() => void)[];
}

export type Connections = ReturnType<typeof makeConnections>;

/**
 * The connections of a server. Each has one request under way: pipelined ones wait, and meanwhile nothing more is read. Otherwise
 * one read of 64 KB could hold 2,400 requests, all answered into memory for a peer that reads nothing.
 */
export function makeConnections() {
  const connections = new Map<Socket, Connection>();
  let waitingCount = 0;
  let activeCount = 0;
  /** While a stop holds requests back: what begins them. */
  let held: (() => void)[] | undefined;
  let lastOpenedAt = -Infinity;
  let lastChangeAt = -Infinity;

  function open(socket: Socket): void {
    lastOpenedAt = lastChangeAt = performance.now();
    const connection: Connection = { openedAt: lastOpenedAt, last: undefined, isBusy: false, waiting: [] };
    connections.set(socket, connection);
    socket.once('close', () => {
      waitingCount -= connection.waiting.length;
      connection.waiting = [];
      connections.delete(socket);
    });
  }

  function queue(socket: Socket, connection: Connection, begin: () => void): void {
    if (waitingCount >= maxWaiting) return void socket.destroy();
    waitingCount++;
    if (connection.waiting.push(begin) > 1) return;
    socket.pause();
    // Node reads on at the end of each request, and of each body.
    socket.resume = () => socket;
  }

  function next(socket: Socket, connection: Connection): void {
    connection.isBusy = false;
    const begin = socket.destroyed ? undefined : connection.waiting.shift();
    if (!begin) return;
    waitingCount--;
    // Node set it for an answer that was not read, or for an idle connection.
    socket.setTimeout(0);
    begin();
    if (connection.waiting.length > 0) return;
    delete (socket as Partial<Socket>).resume;
    socket.resume();
  }

  function begin(
    connection: Connection,
    { incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse },
    answer: Answer,
  ): void {
    const { socket } = incoming;
    connection.isBusy = true;
    connection.last = { incoming, outgoing };
    // By then the whole answer was handed to the socket.
    outgoing.once('prefinish', () => {
      if (socket.writableLength > 0) socket.setTimeout(unreadAnswerMs);
    });
    const start = (): void => {
      activeCount++;
      outgoing.once('close', () => {
        activeCount--;
        lastChangeAt = performance.now();
        next(socket, connection);
      });
      answer(incoming, outgoing);
    };
    if (held) held.push(start);
    else start();
  }

  return {
    /** For each new connection. */
    open,

    /** Lets `answer` answer a request once the requests before it, on the same connection, are answered. */
    take(incoming: IncomingMessage, outgoing: ServerResponse, answer: Answer): void {
      const { socket } = incoming;
      const connection = connections.get(socket);
      if (!connection) return;
      const request = { incoming, outgoing };
      if (connection.isBusy) queue(socket, connection, () => begin(connection, request, answer));
      else begin(connection, request, answer);
    },

    /** True when no other request waits behind the one under way: then its answer may close the connection. */
    isLast: (socket: Socket): boolean => !connections.get(socket)?.waiting.length,

    /**
     * For input that cannot be read as HTTP, or did not arrive in time: calls `refuse` once the complete requests before it are
     * answered. Destroys a socket whose answer to this very request has begun.
     */
    end(socket: Socket, refuse: () => void): void {
      const connection = connections.get(socket);
      const last = connection?.last;
      if (!connection || (last && !last.incoming.complete && last.outgoing.headersSent)) socket.destroy();
      else if (connection.isBusy && last?.incoming.complete) queue(socket, connection, refuse);
      else refuse();
    },

    /** From now on requests that arrive are held back until `release`. */
    hold: (): void => void (held ??= []),
    release(): void {
      const starts = held ?? [];
      held = undefined;
      for (const start of starts) start();
    },

    /** True when nobody is or was lately connected. */
    isDeserted: (): boolean => connections.size === 0 && performance.now() - lastOpenedAt > recentMs,
    /** Milliseconds since a connection was taken up or an answer given; 0 while a request is under way that is not held. */
    quietMs: (): number => (activeCount > 0 ? 0 : performance.now() - lastChangeAt),

    /** Destroys connections older than `ms` milliseconds that never sent a byte, as browsers open them in advance. */
    closeSilent(ms: number): void {
      for (const [socket, { openedAt }] of connections)
        if (socket.bytesRead === 0 && performance.now() - openedAt > ms) socket.destroy();
    },
  };
}
