import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';
import { Refusal, type Unavailability, unavailable } from '../../errors/error-dictionary.ts';

/**
 * What a failed statement means. `conflict`: rolled back by a conflict, it may be sent again. `lost`: the connection is
 * of no use any more, and a write may or may not have been committed. `unavailable`: rolled back, the database cannot
 * do it now.
 */
export type SqlStateClass = 'conflict' | 'lost' | 'unavailable' | 'unexpected';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const classes: readonly [RegExp, SqlStateClass][] = [
  // serialization_failure, deadlock_detected
  [/^40(001|P01)$/, 'conflict'],
  // connection exceptions, shutdown or crash of the server, and a primary that has become a read-only standby
  [/^(08|57P|25006|25P0[34])/, 'lost'],
  // out of memory, disk or connections; statement or lock time-out; system error
  [/^(53|57014|55P03|58)/, 'unavailable'],
];

/** Starts of the messages for which pg and pg-pool have no code. */
const lostInWords = [
  'Connection terminated',
  'Query read timeout',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error',
  'Client was closed',
];

/** Classifies an error of the driver by its SQLSTATE, its code of the operating system, or its words. */
export function sqlStateClassOf(error: unknown): SqlStateClass {
  if (error instanceof Refusal) return 'unavailable';
  if (error instanceof pg.DatabaseError)
    return classes.find(([state]) => state.test(error.code ?? ''))?.[1] ?? 'unexpected';
  if (!(error instanceof Error)) return 'unexpected';
  // A code of the operating system (ECONNRESET), not one of Node's own (ERR_…), which stands for a mistake in the
  // program.
  const code = 'code' in error ? String(error.code) : '';
  const isSystemCode = /^E[A-Z]+$/.test(code) && !code.startsWith('ERR');
  return isSystemCode || lostInWords.some((words) => error.message.startsWith(words)) ? 'lost' : 'unexpected';
}

/** Tells whether the connection was lost. */
export function isLost(error: unknown): boolean {
  return sqlStateClassOf(error) === 'lost';
}

/**
 * Reads what an error says of the database's disk: disk_full and io_error.
 *
 * @returns null when it says nothing
 */
export function diskFailureOf(error: unknown): 'full' | 'failing' | null {
  const code = error instanceof pg.DatabaseError ? error.code : undefined;
  return code === '53100' ? 'full' : code === '58030' ? 'failing' : null;
}

/** Tells whether a statement was refused because another one held a lock for too long. */
export function waitedForLock({ cause }: Refusal): boolean {
  return (cause as { code?: string } | undefined)?.code === '55P03';
}

/** Tells whether no answer came in time, not even the server's own statement time-out. */
export function fellSilent(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

/** Takes the driver's error out of drizzle's, whose message holds every parameter, secrets too. */
export function unwrap(error: unknown): unknown {
  return error instanceof DrizzleQueryError && error.cause ? error.cause : error;
}

/** Removes from a driver's error the values that Postgres quotes in its detail and, in class 22, in its message. */
export function withoutValues(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const { code = '', severity, schema, table, column, constraint, routine } = error;
  const message = code.startsWith('22') ? `Postgres refuses a value (${code})` : error.message;
  return Object.assign(new Error(message), { code, severity, schema, table, column, constraint, routine });
}

/** Makes a 503 that keeps its cause for the log, without values. */
export function unavailableBecause(
  cause: unknown,
  unavailability: Unavailability,
  detail: string,
  retryAfterSeconds = 2,
): Refusal {
  return Object.assign(unavailable(unavailability, detail, retryAfterSeconds), { cause: withoutValues(cause) });
}

/**
 * Names the constraint or index that a statement violated.
 *
 * @returns null for another error
 */
export function violated(kind: 'unique' | 'foreign', error: unknown): string | null {
  const { code, constraint } = (unwrap(error) ?? {}) as { code?: string; constraint?: string };
  return code === (kind === 'unique' ? '23505' : '23503') ? (constraint ?? '') : null;
}
