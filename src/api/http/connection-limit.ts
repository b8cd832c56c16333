import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';

/**
 * File descriptors for everything but connections: database, mail server, files, name look-ups. A process with few of
 * them keeps half.
 */
const reservedDescriptors = 64;
const logEveryMs = 60_000;

/**
 * Keeps `server` from using up the file descriptors of the process: it closes further connections at once. These, and
 * connections that the system cannot accept, are logged once a minute.
 *
 * @param descriptors how many files the process may have open; null where that is unknown, which sets no limit
 */
export function limitConnections(
  server: Server,
  log: { warn: (about: object, message: string) => void },
  descriptors = openFilesLimit(),
): void {
  let dropped = 0;
  let loggedAt = -Infinity;
  function note(err?: Error): void {
    dropped++;
    if (performance.now() - loggedAt < logEveryMs) return;
    log.warn(
      { err, dropped, maxConnections: server.maxConnections },
      'connections are refused: out of file descriptors',
    );
    loggedAt = performance.now();
    dropped = 0;
  }
  if (descriptors !== null)
    server.maxConnections = descriptors - Math.min(reservedDescriptors, Math.ceil(descriptors / 2));
  server.on('drop', () => note()).on('error', note);
}

/** How many files this process may have open; null where the system does not say. */
function openFilesLimit(): number | null {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}
