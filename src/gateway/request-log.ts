import type { Answered } from '../api/http/exchange.ts';

type Write = (about: object, message: string) => void;

/** What an open page asks for every second. */
const polled = ['/dev/mails.json', '/news'];

/** A batch names so many of its users. */
const maxSerials = 10;

/** Makes the function that writes one line for each answered request; docs/operate.md lists its fields. */
export function makeRequestLog(log: { debug: Write; info: Write }): (answered: Answered) => void {
  return (answered) => {
    const { requestId, method, route, path, operation, status, clientId, address, reason, replays, ms } = answered;
    // The dictionary's numbers below 1000 are the HTTP statuses.
    const errorCode = answered.errorCode ?? (status >= 400 ? status : undefined);
    const line = {
      requestId,
      method,
      route,
      path: route === undefined ? path : undefined,
      operation,
      status,
      clientId,
      address,
      errorCode,
      reason,
      ...usersOf(answered),
      replays,
      ms,
    };
    log[path !== undefined && polled.includes(path) ? 'debug' : 'info'](line, 'request');
  };
}

/** How many users had which outcome, and the serials of those that were written. */
function usersOf({ outcomes }: Answered) {
  if (!outcomes) return undefined;
  const counts: Record<string, number> = {};
  const userSerials: string[] = [];
  for (const { kind, user } of outcomes) {
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (user && userSerials.length < maxSerials) userSerials.push(user.serial);
  }
  return { outcomes: counts, userSerials: userSerials.length > 0 ? userSerials : undefined };
}
