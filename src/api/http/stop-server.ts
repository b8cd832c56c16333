import type { Server } from 'node:http';
import { setImmediate as endOfTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Connections } from './connections.ts';

/** Milliseconds that new connections are still taken while `/health/ready` is 503 and every answer ends its connection: a load balancer learns of the stop. */
const announceMs = 3_000;
/** Milliseconds without a new connection or an answer, after which the accept queue counts as empty; and how long that is waited for. */
const quietMs = 50;
const mostHeldMs = 1_500;
/** Milliseconds. */
const silentMs = 1_000;
const sweepMs = 250;

/**
 * Stops `server` so that no request is cut; every answer must carry `Connection: close` by now. Resolves when all connections are closed.
 *
 * A listening socket that closes resets what waits in its accept queue, and an idle connection that closes loses the request that
 * is on its way. So requests are held back for a moment: clients that wait for an answer neither connect nor send. When nothing
 * has come for a while, both are closed in the same turn of the event loop, right after it looked for new input.
 */
export async function stopServer(server: Server, connections: Connections, isUrgent: boolean): Promise<void> {
  if (!isUrgent && !connections.isDeserted()) await sleep(announceMs);
  connections.hold();
  const until = performance.now() + mostHeldMs;
  while (connections.quietMs() < quietMs && performance.now() < until) {
    await sleep(10);
    await endOfTurn();
  }
  let isClosed = false;
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      isClosed = true;
      resolve();
    });
  });
  connections.release();
  while (!isClosed) {
    await Promise.race([closed, sleep(sweepMs)]);
    await endOfTurn();
    server.closeIdleConnections();
    connections.closeSilent(silentMs);
  }
}
