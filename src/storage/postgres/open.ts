import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { Refusal, unavailable } from '../../errors/error-dictionary.ts';
import { failureOf, fellSilent, unwrap, violated, withoutValues } from './failures.ts';
import { migrate } from './migrate.ts';

/** What an address may set in its query, in libpq's names and units; the rest of it is the driver's. */
export const defaults = {
  /** Connections of one process: creations share their statements; four gateways take less than half of Postgres's default of 100. */
  pool: 10,
  /** Seconds to wait for a new connection or for a free one of the pool. */
  connect_timeout: 2,
  /** Milliseconds that Postgres gives a statement: a creation takes two. */
  statement_timeout: 3_000,
};
/** What Postgres shows of whom a connection belongs to. */
export const applicationName = 'ruangkerja-gateway';
/** How long after its statement time-out a silent server is given up: the network broke without a word. */
const silence = 500;
/** Every verb answers, or refuses, within this time: the contract of a lost database is 503 within 5 s. */
const patience = 4_500;
/** Between two tries to find out what became of a write: a crashed Postgres is back after a second or two. */
const probeEvery = 100;
const conflictTries = 6;

export type Postgres = Awaited<ReturnType<typeof openPostgres>>;

/** Opens and migrates the database of a `postgres://…` address. */
export async function openPostgres(url: string) {
  const { connectionString, settings } = readAddress(url);
  const connection = {
    connectionString,
    connectionTimeoutMillis: settings.connect_timeout * 1000,
    application_name: applicationName,
    keepAlive: true,
  };
  await migrate(connection).catch((error: unknown) => {
    throw withoutValues(error);
  });
  const pool = new pg.Pool({
    ...connection,
    max: settings.pool,
    statement_timeout: settings.statement_timeout,
    query_timeout: settings.statement_timeout + silence,
    // Who waits for somebody's lock holds up those who share the statement; a deadlock is found after one second.
    lock_timeout: Math.ceil(settings.statement_timeout / 2),
    // A gateway whose machine vanished in a transaction keeps no lock for the hours until TCP notices.
    idle_in_transaction_session_timeout: 5_000,
  });
  // A connection that breaks while nobody uses it is dropped by the pool; without a listener it would end the process.
  pool.on('error', ignore);
  const madeAt = new WeakMap<pg.PoolClient, number>();
  let silentSince = 0;
  pool.on('connect', (client) => {
    madeAt.set(client, performance.now());
    client.on('error', ignore);
  });

  /** Where one connection fell silent, those that were made before it did too: each would cost a time-out of its own. */
  async function connect(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await pool.connect().catch((error: unknown) => {
        throw because(error, 'the database cannot be reached');
      });
      if (madeAt.get(client)! >= silentSince) return client;
      client.release(true);
    }
  }

  /** Not `pool.query`: it throws the connection away for any error, a unique violation too. */
  async function onClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await connect();
    const begun = performance.now();
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      broken = failureOf(unwrap(error)) === 'lost';
      if (fellSilent(unwrap(error))) silentSince = Math.max(silentSince, begun);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** Tries again what lost a conflict; throws a Refusal, a lost connection's own error, or an unexpected one without values. */
  async function settle<T>(work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await work();
      } catch (thrown) {
        const error = unwrap(thrown);
        const failure = failureOf(error);
        if (failure === 'unexpected') throw withoutValues(error);
        if (failure === 'lost' || error instanceof Refusal) throw error;
        if (failure === 'refused' || tries === conflictTries) throw because(error, 'the database is busy');
        await sleep(Math.random() * 5 * 2 ** tries);
      }
    }
  }

  /**
   * Runs a statement that does no harm when it runs twice. A connection may have died unnoticed while it was idle: one
   * that is lost is replaced once.
   */
  const run = <T>(work: () => Promise<T>): Promise<T> =>
    inTime(
      settle(work)
        .catch((error: unknown) => {
          if (failureOf(error) === 'lost') return settle(work);
          throw error;
        })
        .catch(refuseLost),
    );

  /**
   * Runs a statement that inserts a row under an id made before. When the connection breaks on the way, nobody knows
   * whether it was committed, so the same row is sent again until Postgres answers: a first try still under way makes the
   * second wait at the unique index. Then `landed` tells whether the row is there, and with which outcome.
   */
  const once = <T>(work: () => Promise<T>, landed: () => Promise<T | null>): Promise<T> =>
    inTime(findOut(work, landed));

  async function findOut<T>(work: () => Promise<T>, landed: () => Promise<T | null>): Promise<T> {
    const deadline = performance.now() + patience;
    for (let unknown = false; ; await sleep(probeEvery)) {
      try {
        const outcome = await settle(work);
        return (unknown ? await settle(landed) : null) ?? outcome;
      } catch (error) {
        const lost = failureOf(error) === 'lost';
        if (unknown && violated('unique', error) !== null) {
          const outcome = await settle(landed).catch(refuseLost);
          if (outcome !== null) return outcome;
        }
        if (!lost && !(unknown && error instanceof Refusal)) throw error;
        unknown = true;
        if (performance.now() > deadline) throw refused(error);
      }
    }
  }

  type Statement = { name: string; text: string };
  const queryOn =
    (client: pg.ClientBase) =>
    async <Row extends pg.QueryResultRow>(statement: Statement, values: unknown[]): Promise<Row[]> =>
      (await client.query<Row>({ ...statement, values })).rows;

  return {
    /** For single statements, inside of `run` or `once`; it has no transaction of its own. */
    db: drizzle({ client: { query: send } as unknown as pg.Pool }),
    /** Sends one statement; inside of `run` or `once`. */
    query: <Row extends pg.QueryResultRow>(statement: Statement, values: unknown[]): Promise<Row[]> =>
      onClient((client) => queryOn(client)<Row>(statement, values)),
    run,
    once,
    /** Several statements as one transaction; a connection lost on the way is a 503, its commit is not found out. */
    transaction: <T>(work: (db: NodePgDatabase) => Promise<T>): Promise<T> =>
      inTime(settle(() => onTransaction(work)).catch(refuseLost)),
    /** The same, inside of `once`. */
    onTransaction,
    close: () => pool.end(),
  };

  function onTransaction<T>(work: (db: NodePgDatabase, query: ReturnType<typeof queryOn>) => Promise<T>): Promise<T> {
    return onClient((client) => inTransaction(client, () => work(drizzle({ client }), queryOn(client))));
  }

  function send(statement: pg.QueryConfig, values: unknown[]) {
    return onClient((client) => client.query(statement, values));
  }
}

async function inTransaction<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(ignore);
    throw error;
  }
}

/** The settings of an address, and the address without them. */
export function readAddress(url: string, usual = defaults): { connectionString: string; settings: typeof defaults } {
  const address = new URL(url);
  const settings = { ...usual };
  for (const name of Object.keys(defaults) as (keyof typeof defaults)[]) {
    const given = address.searchParams.get(name);
    if (given === null) continue;
    settings[name] = Number(given);
    address.searchParams.delete(name);
  }
  return { connectionString: address.href, settings };
}

/** Answers in time, whatever becomes of the work. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(patience, undefined, { signal: timer.signal }).then(() => {
    throw unavailable('the database does not answer');
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(ignore);
    timer.abort();
  }
}

function refuseLost(error: unknown): never {
  throw failureOf(error) === 'lost' ? refused(error) : error;
}

function refused(error: unknown): Refusal {
  return error instanceof Refusal ? error : because(error, 'the connection to the database was lost');
}

function because(cause: unknown, detail: string): Refusal {
  return Object.assign(unavailable(detail, 2), { cause: withoutValues(cause) });
}

function ignore(): void {}
