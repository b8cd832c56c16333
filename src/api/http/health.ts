import type { OutboxStatus } from '../../outbox/status.ts';
import { makeProbe } from '../../probe.ts';
import { MethodNotAllowed } from './error-response.ts';

/** The facts that the health routes report. */
export interface HealthNeeds {
  /** Throws when the database does not answer. */
  pingDatabase: () => Promise<unknown>;
  /** Whether the mail server answers; null when mails stay in the development mailbox. */
  mailServerAnswers: (() => Promise<boolean>) | null;
  /** What waits in the outbox. */
  outboxStatus: () => Promise<OutboxStatus>;
  /** The known state of the database's disk: `ok`, `full` or `failing`. */
  disk: () => string;
  isStopping: () => boolean;
}

/** Probes come every few seconds, and give up after one. */
const probes = { mailServer: { reuseMs: 10_000, waitMs: 500 }, outbox: { reuseMs: 5_000, waitMs: 500 } };

/**
 * Makes the answers of `/health/live`, which touches nothing, and `/health/ready`, which is 503 while the database does
 * not answer or the gateway stops. A mail server that is down is only reported, since requests are still answered; so
 * is a full disk, since lists and users are still read and only creations are 503.
 */
export function makeHealth(needs: HealthNeeds) {
  const mailServerAnswers = needs.mailServerAnswers && makeProbe(needs.mailServerAnswers, probes.mailServer);
  const outboxStatus = makeProbe(needs.outboxStatus, probes.outbox);

  async function mailServer(): Promise<string> {
    if (!mailServerAnswers) return 'development mailbox';
    return (await mailServerAnswers()) ? 'ok' : 'down';
  }

  return async function health(path: string, method: string): Promise<Response | null> {
    if (path !== '/health/live' && path !== '/health/ready') return null;
    if (method !== 'GET' && method !== 'HEAD') throw new MethodNotAllowed('GET, HEAD');
    if (path === '/health/live') return Response.json({ status: 'ok' });
    const [database, mail, outbox] = await Promise.all([
      needs.pingDatabase().then(
        () => 'ok',
        () => 'down',
      ),
      mailServer(),
      outboxStatus(),
    ]);
    const ready = database === 'ok' && !needs.isStopping();
    const body = {
      status: ready ? 'ok' : needs.isStopping() ? 'stopping' : 'unavailable',
      database,
      disk: needs.disk(),
      mail,
      ...(outbox && outbox.waitingForKey > 0 && { mailsWaitingForKey: outbox.waitingForKey }),
      mails: outbox && mailsOf(outbox),
    };
    return Response.json(body, ready ? {} : { status: 503, headers: { 'Retry-After': '1' } });
  };
}

/** Tells of the outbox in words and numbers. */
function mailsOf(status: OutboxStatus) {
  const { queued, dead, waitingForKey, heldAt, pausedUntil, dayFullUntil, lastAcceptedAt } = status;
  const oldestSeconds = Math.round(status.oldestMs / 1_000);
  const sentences = [
    queued === 0 ? 'no mail waits' : `${mails(queued)} queued, the oldest waits for ${oldestSeconds} s`,
    heldAt && `held by an operator since ${heldAt.toISOString()}`,
    pausedUntil && `paused until ${pausedUntil.toISOString()}, the mail server asked for it`,
    dayFullUntil && `the limit of the day is reached, it goes on at ${dayFullUntil.toISOString()}`,
    waitingForKey > 0 && `${mails(waitingForKey)} sealed by a key that is not configured`,
    dead > 0 && `${mails(dead)} dead`,
  ];
  return {
    summary: sentences.filter((sentence) => sentence).join('; '),
    queued,
    oldestSeconds,
    dead,
    waitingForKey,
    held: heldAt !== null,
    heldSince: heldAt,
    paused: pausedUntil !== null,
    pausedUntil,
    dayFullUntil,
    lastAcceptedAt,
  };
}

const mails = (count: number): string => (count === 1 ? '1 mail' : `${count} mails`);
