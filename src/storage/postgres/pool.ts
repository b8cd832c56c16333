import pg from 'pg';
import { fellSilent, isLost, unavailableBecause, unwrap } from './failures.ts';
import { makeSession, type Session } from './session.ts';

/** How long after its statement time-out a silent server is given up: the network broke without a word. */
const silenceMs = 500;

/** A connection of the pool, as the program knows it. */
interface Connection {
  openedAt: number;
  session: Session;
}

/**
 * Makes the pool of connections.
 *
 * @param statementMs what Postgres gives a statement
 */
export function makePool(connection: pg.ClientConfig, { max, statementMs }: { max: number; statementMs: number }) {
  const pool = new pg.Pool({
    ...connection,
    max,
    statement_timeout: statementMs,
    query_timeout: statementMs + silenceMs,
    // A statement that waits for a lock holds up those that share it; a deadlock is found after one second.
    lock_timeout: Math.ceil(statementMs / 2),
    // A gateway whose machine vanished in a transaction keeps no lock for the hours until TCP notices.
    idle_in_transaction_session_timeout: 5_000,
  });
  const connections = new WeakMap<pg.PoolClient, Connection>();
  // The pool drops an idle connection that breaks; without a listener its error would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    connections.set(client, { openedAt: performance.now(), session: makeSession(client) });
    client.on('error', () => undefined);
  });
  let silentSince = 0;

  /**
   * Where one connection fell silent, older ones did too: each would cost a time-out of its own. The pool bounds the
   * loop.
   */
  async function connect(): Promise<{ client: pg.PoolClient; session: Session }> {
    for (;;) {
      const client = await pool.connect().catch((error: unknown) => {
        throw unavailableBecause(error, 'database', 'the database cannot be reached');
      });
      const { openedAt, session } = connections.get(client)!;
      if (openedAt >= silentSince) return { client, session };
      client.release(true);
    }
  }

  return {
    /** Hands a session to work and ends it afterwards. A connection that was lost does not return to the pool. */
    async withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
      const { client, session } = await connect();
      const begunAt = performance.now();
      let broken = false;
      try {
        return await work(session);
      } catch (error) {
        broken = isLost(unwrap(error));
        if (fellSilent(unwrap(error))) silentSince = Math.max(silentSince, begunAt);
        throw error;
      } finally {
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}
