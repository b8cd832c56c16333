import { customType, timestamp } from 'drizzle-orm/pg-core';

/** Makes a column of milliseconds, as a JavaScript Date has them: what is read equals what was written. */
export const time = (name: string) => timestamp(name, { precision: 3, withTimezone: true });

/** Makes a column of bytes. */
export const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
