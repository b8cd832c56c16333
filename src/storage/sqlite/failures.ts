import Database from 'better-sqlite3';

/** What an error of SQLite means. `cannot-write`: a full or failing disk. `busy`: another process holds the lock. */
export type SqliteStateClass = 'cannot-write' | 'busy' | 'unexpected';

/** Extended result codes: https://sqlite.org/rescode.html */
const classes: readonly [RegExp, SqliteStateClass][] = [
  [/^SQLITE_(FULL|IOERR|CANTOPEN|READONLY)/, 'cannot-write'],
  [/^SQLITE_(BUSY|LOCKED)/, 'busy'],
];

/**
 * Classifies an error by its result code.
 *
 * @returns `unexpected` also for an error that is not SQLite's
 */
export function sqliteStateClassOf(error: unknown): SqliteStateClass {
  return classes.find(([code]) => code.test(sqliteCode(error)))?.[1] ?? 'unexpected';
}

/** Tells whether SQLite found no room on the disk; every other failure of a disk has another code. */
export function isDiskFull(error: unknown): boolean {
  return sqliteCode(error) === 'SQLITE_FULL';
}

/** Takes the driver's error out of drizzle's, whose message holds every parameter, secrets too. */
export function unwrap(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Database.SqliteError ? error.cause : error;
}

/**
 * Names the columns or the index of a unique violation, e.g. `users.company_id, users.email_key`.
 *
 * @returns null for another error
 */
export function violatedUnique(error: unknown): string | null {
  if (!/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(sqliteCode(error))) return null;
  return (unwrap(error) as Error).message.replace('UNIQUE constraint failed: ', '');
}

function sqliteCode(error: unknown): string {
  const cause = unwrap(error);
  return cause instanceof Database.SqliteError ? cause.code : '';
}
