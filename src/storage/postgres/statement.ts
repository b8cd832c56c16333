import { type SQL, sql } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';

const dialect = new PgDialect();

/** For `query`, whose rows have JavaScript's types, while drizzle's own `execute` leaves dates as text. Not named: lists have as many texts as combinations of filters. */
export function statementOf(statement: SQL): [{ name: string; text: string }, unknown[]] {
  const { sql: text, params } = dialect.sqlToQuery(statement);
  return [{ name: '', text }, params];
}

export const contains = (text: SQL, part: string): SQL => sql`strpos(${text}, ${part}) > 0`;
