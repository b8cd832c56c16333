import { unavailable } from '../../errors/error-dictionary.ts';
import type { Session } from './session.ts';

/** As long as a verb may take to answer. */
const maxWaitMs = 4_500;

/**
 * Makes a function that does one piece of work after the other for each key. Work that waits for a lock of the database
 * occupies a connection, and so many of them would keep the connections from everybody else. Throws 503 after a long
 * wait.
 */
function makeTurns(): <T>(key: string, work: () => Promise<T>) => Promise<T> {
  const lasts = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const askedAt = performance.now();
    const mine = (lasts.get(key) ?? Promise.resolve()).then(() => {
      if (performance.now() - askedAt > maxWaitMs) throw unavailable('contention', 'other calls change the same users');
      return work();
    });
    const ended = mine
      .catch(() => undefined)
      .then(() => {
        if (lasts.get(key) === ended) lasts.delete(key);
      });
    lasts.set(key, ended);
    return mine;
  };
}

const lockStatement = {
  name: 'company-lock',
  text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))',
};

type Work<T> = (session: Session) => Promise<T>;

/**
 * Makes the function that runs a transaction which could wait for another one that waits for it: of a company one at a
 * time, over all processes. Those of one process wait for each other without a connection.
 */
export function makeExclusively(transaction: <T>(work: Work<T>) => Promise<T>) {
  const inTurn = makeTurns();
  return <T>(companyId: string, work: Work<T>): Promise<T> =>
    inTurn(companyId, () =>
      transaction(async (session) => {
        await session.query(lockStatement, [companyId]);
        return work(session);
      }),
    );
}
