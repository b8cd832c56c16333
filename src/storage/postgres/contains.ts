import { type SQL, sql } from 'drizzle-orm';

/** Builds the condition that one text contains another, as Postgres says it. */
export const contains = (text: SQL, part: string): SQL => sql`strpos(${text}, ${part}) > 0`;
