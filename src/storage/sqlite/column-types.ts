import { integer } from 'drizzle-orm/sqlite-core';

/** Makes a column of milliseconds since 1970, UTC. */
export const time = (name: string) => integer(name, { mode: 'timestamp_ms' });
