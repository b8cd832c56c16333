import { type SQL, sql } from 'drizzle-orm';

/** Builds the condition that one text contains another, as SQLite says it. */
export const contains = (text: SQL, part: string): SQL => sql`instr(${text}, ${part}) > 0`;
