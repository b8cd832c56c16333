import type { SQL } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { PgDialect } from 'drizzle-orm/pg-core';
import type pg from 'pg';

/** A statement that Postgres prepares once for each connection, under its name. Parameters are written `$1`. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/**
 * Executes statements on one connection. A piece of work gets it for its own time, from `run`, `once` or `transaction`.
 */
export interface Session {
  /** For statements that drizzle builds; when to use which: docs/decisions/0064. */
  readonly db: Pick<NodePgDatabase, 'select' | 'insert' | 'update' | 'delete'>;
  query<Row extends pg.QueryResultRow>(statement: Statement, values: unknown[]): Promise<Row[]>;
  /**
   * Executes a statement whose text depends on its filters, so that it has no name. Its rows have JavaScript's types,
   * while drizzle's own `execute` leaves dates as text.
   */
  list<Row extends pg.QueryResultRow>(statement: SQL): Promise<Row[]>;
  /** Executes commands without parameters, several of them in one round trip. */
  command(text: string): Promise<void>;
}

const dialect = new PgDialect();

/** Makes the session of one connection. */
export function makeSession(client: pg.PoolClient): Session {
  return {
    db: drizzle({ client }),
    query: async <Row extends pg.QueryResultRow>(statement: Statement, values: unknown[]) =>
      (await client.query<Row>({ ...statement, values })).rows,
    list: async <Row extends pg.QueryResultRow>(statement: SQL) => {
      const { sql: text, params } = dialect.sqlToQuery(statement);
      return (await client.query<Row>(text, params)).rows;
    },
    command: async (text) => void (await client.query(text)),
  };
}

/** Runs work as one transaction on its session's connection. */
export async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.command('begin');
  try {
    const result = await work();
    await session.command('commit');
    return result;
  } catch (error) {
    await session.command('rollback').catch(() => undefined);
    throw error;
  }
}
