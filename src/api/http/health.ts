import { setTimeout as sleep } from 'node:timers/promises';
import { methodNotAllowed } from './error-response.ts';

/** The facts that the health routes report. */
export interface HealthNeeds {
  /** Throws when the database does not answer. */
  pingDatabase: () => Promise<unknown>;
  /** Whether the mail server answered recently; null when mails stay in the development mailbox. */
  mailServerAnswers: () => Promise<boolean> | null;
  /** How many queued mails no key of this process opens. */
  mailsWaitingForKey: () => Promise<number>;
  /** The known state of the database's disk: `ok`, `full` or `failing`. */
  disk: () => string;
  isStopping: () => boolean;
}

/** How long an answer serves all probes: they come every few seconds, and give up after one. */
const reuseMs = 10_000;
const mailServerWaitMs = 500;

/**
 * Makes the answers of `/health/live`, which touches nothing, and `/health/ready`, which is 503 while the database does
 * not answer or the gateway stops. A mail server that is down is only reported, since requests are still answered; so
 * is a full disk, since lists and users are still read and only creations are 503.
 */
export function makeHealth(needs: HealthNeeds) {
  const mailServerAnswers = reused(needs.mailServerAnswers);
  const mailsWaitingForKey = reused(() => needs.mailsWaitingForKey().catch(() => 0));

  async function mailServer(): Promise<string> {
    const isUp = mailServerAnswers();
    if (!isUp) return 'development mailbox';
    const timer = new AbortController();
    const tooLate = sleep(mailServerWaitMs, false, { signal: timer.signal }).catch(() => false);
    const answers = await Promise.race([isUp, tooLate]);
    timer.abort();
    return answers ? 'ok' : 'down';
  }

  return async function health(path: string, method: string): Promise<Response | null> {
    if (path !== '/health/live' && path !== '/health/ready') return null;
    if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed('GET, HEAD');
    if (path === '/health/live') return Response.json({ status: 'ok' });
    const [database, mail, waiting] = await Promise.all([
      needs.pingDatabase().then(
        () => 'ok',
        () => 'down',
      ),
      mailServer(),
      mailsWaitingForKey(),
    ]);
    const ready = database === 'ok' && !needs.isStopping();
    const body = {
      status: ready ? 'ok' : needs.isStopping() ? 'stopping' : 'unavailable',
      database,
      disk: needs.disk(),
      mail,
      ...(waiting > 0 && { mailsWaitingForKey: waiting }),
    };
    return Response.json(body, ready ? {} : { status: 503, headers: { 'Retry-After': '1' } });
  };
}

/** Calls `ask` at most once in `reuseMs`. */
function reused<T>(ask: () => T): () => T {
  let latest: { at: number; answer: T } | undefined;
  return () => {
    if (!latest || performance.now() - latest.at > reuseMs) latest = { at: performance.now(), answer: ask() };
    return latest.answer;
  };
}
