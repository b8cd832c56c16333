import { defineConfig } from 'drizzle-kit';

/** One store at a time, SQLite unless told otherwise: `STORE=postgres npx drizzle-kit generate`. */
const postgres = process.env['STORE'] === 'postgres';

export default defineConfig(
  postgres
    ? { dialect: 'postgresql', schema: './src/storage/postgres/tables.ts', out: './drizzle/postgres' }
    : { dialect: 'sqlite', schema: './src/storage/sqlite/tables.ts', out: './drizzle/sqlite' },
);
