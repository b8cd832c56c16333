import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { makeActivity } from './activity.ts';

/**
 * How long a peer may read nothing of an answer. Node looks after each period whether anything was read since the
 * period before: a peer that reads nothing is cut off within 12 s, and a slow reader stays.
 */
const unreadAnswerMs = 6_000;
/**
 * Requests that wait for the one before them, on all connections: some 5 KB each. One read of 64 KB holds up to 2,400.
 */
const maxWaiting = 5_000;

/** Answers one request of Node. */
export type Answer = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

interface Pair {
  incoming: IncomingMessage;
  outgoing: ServerResponse;
}

interface Connection {
  openedAt: number;
  /** The request that started last, and its answer. */
  last: Pair | undefined;
  isBusy: boolean;
  waiting: (() => void)[];
}

/** The connections of one server. */
export type Connections = ReturnType<typeof makeConnections>;

/**
 * Makes the register of a server's connections. A connection has one request in progress: pipelined ones wait, and
 * meanwhile nothing more is read from it. Otherwise one read of 64 KB could hold 2,400 requests, all answered into
 * memory for a peer that reads nothing.
 */
export function makeConnections() {
  const connections = new Map<Socket, Connection>();
  const activity = makeActivity();
  let waitingCount = 0;

  function open(socket: Socket): void {
    const connection: Connection = { openedAt: activity.opened(), last: undefined, isBusy: false, waiting: [] };
    connections.set(socket, connection);
    socket.once('close', () => {
      waitingCount -= connection.waiting.length;
      connection.waiting = [];
      connections.delete(socket);
    });
  }

  function queue(socket: Socket, connection: Connection, start: () => void): void {
    if (waitingCount >= maxWaiting) return void socket.destroy();
    waitingCount++;
    if (connection.waiting.push(start) > 1) return;
    socket.pause();
    // Node resumes reading at the end of each request, and of each body.
    socket.resume = () => socket;
  }

  function dequeue(socket: Socket, connection: Connection): void {
    connection.isBusy = false;
    const start = socket.destroyed ? undefined : connection.waiting.shift();
    if (!start) return;
    waitingCount--;
    // Node set it for an answer that was not read, or for an idle connection.
    socket.setTimeout(0);
    start();
    if (connection.waiting.length > 0) return;
    delete (socket as Partial<Socket>).resume;
    socket.resume();
  }

  function start(connection: Connection, pair: Pair, answer: Answer): void {
    const { incoming, outgoing } = pair;
    const { socket } = incoming;
    connection.isBusy = true;
    connection.last = pair;
    // By then the socket has the whole answer.
    outgoing.once('prefinish', () => {
      if (socket.writableLength > 0) socket.setTimeout(unreadAnswerMs);
    });
    activity.start((ended) => {
      outgoing.once('close', () => {
        ended();
        dequeue(socket, connection);
      });
      answer(incoming, outgoing);
    });
  }

  return {
    /** Registers a new connection. */
    open,

    /** Lets `answer` answer a request as soon as the requests before it, on the same connection, are answered. */
    take(incoming: IncomingMessage, outgoing: ServerResponse, answer: Answer): void {
      const { socket } = incoming;
      const connection = connections.get(socket);
      if (!connection) return;
      const pair = { incoming, outgoing };
      if (connection.isBusy) queue(socket, connection, () => start(connection, pair, answer));
      else start(connection, pair, answer);
    },

    /** True when no other request waits behind the one in progress: then its answer may close the connection. */
    isLast: (socket: Socket): boolean => !connections.get(socket)?.waiting.length,

    /**
     * Ends a connection whose input cannot be read as HTTP, or did not arrive in time: calls `refuse` as soon as the
     * complete requests before it are answered, with the request where its head was read. Destroys a socket whose
     * answer to this very request has started.
     */
    end(socket: Socket, refuse: (unfinished?: IncomingMessage) => void): void {
      const connection = connections.get(socket);
      const unfinished = connection?.last?.incoming.complete === false ? connection.last : undefined;
      if (!connection || unfinished?.outgoing.headersSent) socket.destroy();
      else if (connection.isBusy && !unfinished) queue(socket, connection, refuse);
      else refuse(unfinished?.incoming);
    },

    hold: activity.hold,
    release: activity.release,
    quietMs: activity.quietMs,

    /** True when nobody is connected or was recently: a connection of long ago says nothing about the next one. */
    isDeserted: (): boolean => connections.size === 0 && !activity.wasOpenedRecently(),

    /** Destroys connections older than `ms` milliseconds that never sent a byte, as browsers open them in advance. */
    closeSilent(ms: number): void {
      for (const [socket, { openedAt }] of connections)
        if (socket.bytesRead === 0 && performance.now() - openedAt > ms) socket.destroy();
    },
  };
}
