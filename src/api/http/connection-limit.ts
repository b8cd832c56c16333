import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';

/** File descriptors for everything but connections: database, mail server, files, name look-ups. Half of them where there are few. */
const reservedDescriptors = 64;
const logEveryMs = 60_000;

/**
 * Keeps `server` from using up the file descriptors of the process: further connections are closed at once. That, and a connection that the
 * system cannot take up, is logged once a minute; the server goes on.
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
