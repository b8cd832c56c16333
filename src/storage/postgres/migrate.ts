import { fileURLToPath } from 'node:url';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import pg from 'pg';

const migrationsFolder = fileURLToPath(new URL('../../../drizzle/postgres', import.meta.url));
/** Any number that no other program takes in the same database. */
const lock = 0x72_75_6b_72;

/** A table that is there while `gateway migrate-data` copies into the database, and after a copy that was not finished. */
export const copyMarker = '__data_migration';

/**
 * Applies the generated migrations that the database lacks, in one transaction under a lock: of several processes that
 * start at once one migrates, the others wait for its end. On a connection of its own, where no statement time-out ends a long one.
 * Refuses an unfinished copy, but to the copy itself: a gateway on it would send its mails.
 */
export async function migrate(connection: pg.ClientConfig, { copying = false } = {}): Promise<void> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ server_encoding: string }>('show server_encoding');
    if (rows[0]?.server_encoding !== 'UTF8')
      throw new Error(`the database must have the encoding UTF8, it has ${rows[0]?.server_encoding}`);
    // Whatever the database's default: a snapshot older than the wait for the lock would not see what was applied meanwhile.
    await client.query('begin isolation level read committed');
    await client.query('select pg_advisory_xact_lock($1)', [lock]);
    const { rowCount } = await client.query('select 1 where to_regclass($1) is not null', [copyMarker]);
    if (rowCount && !copying)
      throw new Error('an unfinished copy is in this database: give the command gateway migrate-data once more');
    await client.query(
      'create table if not exists __drizzle_migrations (hash text primary key, created_at bigint not null)',
    );
    const applied = new Set(
      (await client.query<{ hash: string }>('select hash from __drizzle_migrations')).rows.map(({ hash }) => hash),
    );
    for (const migration of readMigrationFiles({ migrationsFolder })) {
      if (applied.has(migration.hash)) continue;
      for (const statement of migration.sql) await client.query(statement);
      await client.query('insert into __drizzle_migrations values ($1, $2)', [migration.hash, migration.folderMillis]);
    }
    await client.query('commit');
  } finally {
    await client.end();
  }
}
