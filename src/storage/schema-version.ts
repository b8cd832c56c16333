import type { MigrationMeta } from 'drizzle-orm/migrator';
import { UnusableDatabase } from './unusable.ts';

/** A row of `__drizzle_migrations`. */
export interface AppliedMigration {
  hash: string;
  /** Milliseconds since 1970, when it was written by whoever changed the schema. */
  created_at: number | string;
}

/**
 * Finds the migrations that a database lacks, in order. Throws an `UnusableDatabase` when the database has one that
 * this version of the gateway does not know: what later versions store beside a row, such as the counts of users, would
 * be wrong from the first write on.
 *
 * @param applied the rows of the database's table of migrations
 * @param known every migration of this version
 * @param database its name for a person
 */
export function pendingMigrations(
  applied: readonly AppliedMigration[],
  known: readonly MigrationMeta[],
  database: string,
): MigrationMeta[] {
  const hashes = new Set(applied.map(({ hash }) => hash));
  const ours = new Set(known.map(({ hash }) => hash));
  const unknown = applied.filter(({ hash }) => !ours.has(hash)).map((one) => Number(one.created_at));
  if (unknown.length > 0 && unknown.length === applied.length) throw foreign(database);
  if (unknown.length > 0) {
    const date = (at: number): string => (Number.isFinite(at) ? new Date(at).toISOString() : 'an unknown date');
    const [theirs, newest] = [Math.max(...unknown), Math.max(...known.map(({ folderMillis }) => folderMillis))];
    throw new UnusableDatabase(
      'version',
      `${database} is of a later version of the gateway: its schema is of ${date(theirs)}, ` +
        `this version knows that of ${date(newest)}; use the later version, or a backup from before it`,
    );
  }
  return known.filter(({ hash }) => !hashes.has(hash));
}

/** Checks for a caller that only reads: throws an `UnusableDatabase` when migrations are pending. */
export function refusePending(pending: readonly MigrationMeta[], database: string): void {
  if (pending.length > 0)
    throw new UnusableDatabase(
      'version',
      `${database} is of an earlier version of the gateway: ` +
        'a start of this version, or a command that writes, brings it up to date',
    );
}

/** Makes the error for the database of another program. */
export function foreign(database: string): UnusableDatabase {
  return new UnusableDatabase('address', `${database} is the database of another program`);
}
