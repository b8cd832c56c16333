import { setTimeout as sleep } from 'node:timers/promises';
import { methodNotAllowed } from './failure.ts';

export interface HealthNeeds {
  /** Throws when the database does not answer. */
  pingDatabase: () => Promise<unknown>;
  /** Whether the mail server answered lately; null when mails stay in the development mailbox. */
  mailServerAnswers: () => Promise<boolean> | null;
  isStopping: () => boolean;
}

/** Milliseconds: probes call every few seconds, and give up after one. */
const askMailServerEvery = 10_000;
const waitForMailServer = 500;

/** `/health/live` touches nothing; `/health/ready` is 503 while the database does not answer or the gateway stops. */
export function makeHealth(needs: HealthNeeds) {
  let asked: { at: number; answers: Promise<boolean> | null } | undefined;
  async function mailServer(): Promise<string> {
    if (!asked || performance.now() - asked.at > askMailServerEvery)
      asked = { at: performance.now(), answers: needs.mailServerAnswers() };
    if (!asked.answers) return 'development mailbox';
    const timer = new AbortController();
    const late = sleep(waitForMailServer, false, { signal: timer.signal }).catch(() => false);
    const answers = await Promise.race([asked.answers, late]);
    timer.abort();
    return answers ? 'ok' : 'down';
  }

  return async function health(path: string, method: string): Promise<Response | null> {
    if (path !== '/health/live' && path !== '/health/ready') return null;
    if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed('GET, HEAD');
    if (path === '/health/live') return Response.json({ status: 'ok' });
    const [database, mail] = await Promise.all([
      needs.pingDatabase().then(
        () => 'ok',
        () => 'down',
      ),
      mailServer(),
    ]);
    const ready = database === 'ok' && !needs.isStopping();
    const body = { status: ready ? 'ok' : needs.isStopping() ? 'stopping' : 'unavailable', database, mail };
    return Response.json(body, ready ? {} : { status: 503, headers: { 'Retry-After': '1' } });
  };
}
