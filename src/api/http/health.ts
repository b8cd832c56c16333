import { setTimeout as sleep } from 'node:timers/promises';
import { methodNotAllowed } from './failure.ts';

export interface HealthNeeds {
  /** Throws when the database does not answer. */
  pingDatabase: () => Promise<unknown>;
  /** Whether the mail server answered lately; null when mails stay in the development mailbox. */
  mailServerAnswers: () => Promise<boolean> | null;
  /** How many queued mails no key of this process opens. */
  mailsWaitingForKey: () => Promise<number>;
  /** What is known of the database's disk: `ok`, `full` or `failing`. */
  disk: () => string;
  isStopping: () => boolean;
}

/** Milliseconds: probes call every few seconds, and give up after one. */
const askEvery = 10_000;
const waitForMailServer = 500;

/**
 * `/health/live` touches nothing; `/health/ready` is 503 while the database does not answer or the gateway stops. Mails that
 * cannot go out are reported there and never make it 503: requests are still answered. Nor does a full disk, since lists
 * and users are still read; creations are 503 then.
 */
export function makeHealth(needs: HealthNeeds) {
  const mailServerAnswers = lately(needs.mailServerAnswers);
  const mailsWaitingForKey = lately(() => needs.mailsWaitingForKey().catch(() => 0));

  async function mailServer(): Promise<string> {
    const asked = mailServerAnswers();
    if (!asked) return 'development mailbox';
    const timer = new AbortController();
    const late = sleep(waitForMailServer, false, { signal: timer.signal }).catch(() => false);
    const answers = await Promise.race([asked, late]);
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

/** The answer of a question that is asked once for many probes. */
function lately<T>(ask: () => T): () => T {
  let asked: { at: number; answer: T } | undefined;
  return () => {
    if (!asked || performance.now() - asked.at > askEvery) asked = { at: performance.now(), answer: ask() };
    return asked.answer;
  };
}
