import type { Server } from 'node:http';
import { setImmediate as endOfIteration, setTimeout as sleep } from 'node:timers/promises';
import type { Connections } from './connections.ts';

/**
 * How long the server goes on while `/health/ready` is 503 and every answer ends its connection: a load balancer learns
 * of the stop.
 */
const announceMs = 3_000;
/**
 * After how long without a new connection or an answer the accept queue counts as empty; and the longest wait for that.
 */
const quietMs = 50;
const maxHoldMs = 1_500;
/** Connections that send nothing for this long are closed, at each sweep. */
const silentMs = 1_000;
const sweepMs = 250;

/**
 * Stops `server` so that no request is cut. Every answer must carry `Connection: close` already.
 *
 * Closing a listening socket resets the connections in its accept queue, and closing an idle connection loses the
 * request that is on its way. So requests are held back for a moment: clients that wait for an answer neither connect
 * nor send. When nothing has arrived for a while, both are closed in the same iteration of the event loop, right after
 * it looked for new input.
 *
 * @returns when all connections are closed; the caller bounds that with `closeAllConnections`
 */
export async function stopServer(server: Server, connections: Connections, isUrgent: boolean): Promise<void> {
  if (!isUrgent && !connections.isDeserted()) await sleep(announceMs);
  connections.hold();
  const holdUntil = performance.now() + maxHoldMs;
  while (connections.quietMs() < quietMs && performance.now() < holdUntil) {
    await sleep(10);
    await endOfIteration();
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
    await endOfIteration();
    server.closeIdleConnections();
    connections.closeSilent(silentMs);
  }
}
