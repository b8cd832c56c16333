import { errorDictionary } from '../users/error-dictionary.ts';

export interface HealthNeeds {
  /** Throws when the database does not answer. */
  pingDatabase: () => Promise<void>;
  /** Whether the mail server answered lately; null when mails stay in the development mailbox. */
  mailServerAnswers: () => Promise<boolean> | null;
  isStopping: () => boolean;
}

/** `/health/live` touches nothing; `/health/ready` is 503 while the database does not answer or the gateway stops. */
export function makeHealth(needs: HealthNeeds) {
  return async function health(path: string, method: string): Promise<Response | null> {
    if (path !== '/health/live' && path !== '/health/ready') return null;
    if (method !== 'GET' && method !== 'HEAD') {
      const { errorCode, detail, httpStatus } = errorDictionary.METHOD_NOT_ALLOWED;
      return Response.json({ errorCode, message: 'METHOD_NOT_ALLOWED', detail }, { status: httpStatus, headers: { Allow: 'GET, HEAD' } });
    }
    if (path === '/health/live') return Response.json({ status: 'ok' });
    const [database, mail] = await Promise.all([
      needs.pingDatabase().then(() => 'ok', () => 'down'),
      needs.mailServerAnswers()?.then((answers) => (answers ? 'ok' : 'down')) ?? 'development mailbox',
    ]);
    const ready = database === 'ok' && !needs.isStopping();
    return Response.json({ status: ready ? 'ok' : needs.isStopping() ? 'stopping' : 'unavailable', database, mail }, { status: ready ? 200 : 503, headers: ready ? {} : { 'Retry-After': '1' } });
  };
}
