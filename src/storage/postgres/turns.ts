import { makeTurns } from '../../turns.ts';
import type { Session } from './session.ts';

/** As long as a verb may take to answer. */
const maxWaitMs = 4_500;

const lockStatement = {
  name: 'company-lock',
  text: 'select pg_advisory_xact_lock(hashtextextended($1, 0))',
};

type Work<T> = (session: Session) => Promise<T>;

/**
 * Makes the function that runs a transaction which could wait for another one that waits for it: of a company one at a
 * time, over all processes. Those of one process wait for each other without a connection: waiting for the lock, many
 * of them would keep the connections from everybody else.
 */
export function makeExclusively(transaction: <T>(work: Work<T>) => Promise<T>) {
  const inTurn = makeTurns(maxWaitMs);
  return <T>(companyId: string, work: Work<T>): Promise<T> =>
    inTurn(companyId, () =>
      transaction(async (session) => {
        await session.query(lockStatement, [companyId]);
        return work(session);
      }),
    );
}
