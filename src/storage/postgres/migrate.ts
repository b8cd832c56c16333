import { fileURLToPath } from 'node:url';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import pg from 'pg';
import { type AppliedMigration, pendingMigrations, refusePending } from '../schema-version.ts';
import { UnusableDatabase } from '../unusable.ts';

const migrationsFolder = fileURLToPath(new URL('../../../drizzle/postgres', import.meta.url));
/** Any number that no other program uses as a lock in the same database. */
const advisoryLock = 0x72_75_6b_72;

const migrationsTable = '__drizzle_migrations';

/** The table that exists while `gateway migrate-data` copies into the database, and after an unfinished copy. */
export const copyMarker = '__data_migration';

/**
 * Applies the generated migrations that the database lacks, in one transaction under a lock: when several processes
 * start at once, one migrates and the others wait. It has a connection of its own, where no statement time-out ends a
 * long migration. Refuses an unfinished copy, except to the copy itself: a gateway would send the mails in it. Throws
 * an `UnusableDatabase` on the database of a later version.
 */
export function migrate(connection: pg.ClientConfig, { copying = false, mustExist = false } = {}): Promise<void> {
  return connected(connection, async (client) => {
    // Whatever the default: a snapshot from before the wait for the lock would not see what another process applied.
    await client.query('begin isolation level read committed');
    await client.query('select pg_advisory_xact_lock($1)', [advisoryLock]);
    if (!copying) await refuseUnfinishedCopy(client);
    if (mustExist) await refuseMissing(client);
    await client.query(
      `create table if not exists ${migrationsTable} (hash text primary key, created_at bigint not null)`,
    );
    for (const migration of await pendingIn(client)) {
      for (const statement of migration.sql) await client.query(statement);
      await client.query(`insert into ${migrationsTable} values ($1, $2)`, [migration.hash, migration.folderMillis]);
    }
    await client.query('commit');
  });
}

/**
 * Checks the database for a connection that only reads: throws an `UnusableDatabase` unless it is of this very version.
 */
export function assertMigrated(connection: pg.ClientConfig): Promise<void> {
  return connected(connection, async (client) => {
    await refuseUnfinishedCopy(client);
    await refuseMissing(client);
    refusePending(await pendingIn(client), nameOf(client));
  });
}

async function connected(connection: pg.ClientConfig, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ server_encoding: string }>('show server_encoding');
    if (rows[0]?.server_encoding !== 'UTF8')
      throw new Error(`the database must have the encoding UTF8, it has ${rows[0]?.server_encoding}`);
    await work(client);
  } finally {
    await client.end();
  }
}

async function pendingIn(client: pg.Client): Promise<MigrationMeta[]> {
  const { rows } = await client.query<AppliedMigration>(`select hash, created_at from ${migrationsTable}`);
  return pendingMigrations(rows, readMigrationFiles({ migrationsFolder }), nameOf(client));
}

async function refuseUnfinishedCopy(client: pg.Client): Promise<void> {
  if (await exists(client, copyMarker))
    throw new Error('an unfinished copy is in this database: give the command gateway migrate-data once more');
}

async function refuseMissing(client: pg.Client): Promise<void> {
  if (!(await exists(client, migrationsTable)))
    throw new UnusableDatabase(
      'missing',
      `${nameOf(client)} holds nothing of the gateway: its first start creates it, or gateway company create`,
    );
}

async function exists(client: pg.Client, table: string): Promise<boolean> {
  const { rowCount } = await client.query('select 1 where to_regclass($1) is not null', [table]);
  return rowCount === 1;
}

function nameOf({ database, host }: pg.Client): string {
  return `the Postgres database ${database} on ${host}`;
}
