import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';
import { Refusal } from '../../errors/error-dictionary.ts';

/**
 * What a failed statement means. `again`: rolled back by a conflict, may be sent again. `lost`: the connection is of no
 * use any more, and a write may or may not have been committed. `refused`: rolled back, the database cannot do it now.
 */
export type Failure = 'again' | 'lost' | 'refused' | 'unexpected';

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const states: readonly [RegExp, Failure][] = [
  // serialization_failure, deadlock_detected
  [/^40(001|P01)$/, 'again'],
  // connection exceptions, shutdown or crash of the server, and a primary that has become a read-only standby
  [/^(08|57P|25006|25P0[34])/, 'lost'],
  // out of memory, disk or connections; statement or lock time-out; system error
  [/^(53|57014|55P03|58)/, 'refused'],
];

/** pg and pg-pool say these in words only: they have no code. */
const lostInWords =
  /^(Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client (has encountered a connection error|was closed))/;

export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return 'refused';
  if (error instanceof pg.DatabaseError)
    return states.find(([state]) => state.test(error.code ?? ''))?.[1] ?? 'unexpected';
  if (!(error instanceof Error)) return 'unexpected';
  // A code of the operating system (ECONNRESET), not one of Node's own (ERR_…) that tell a mistake in the program.
  const code = 'code' in error ? String(error.code) : '';
  return (/^E[A-Z]+$/.test(code) && !code.startsWith('ERR')) || lostInWords.test(error.message) ? 'lost' : 'unexpected';
}

/** Whether it was refused for a lock that somebody else held for too long. */
export function waitedForLock({ cause }: Refusal): boolean {
  return (cause as { code?: string } | undefined)?.code === '55P03';
}

/** No answer came in time, not even the server's own statement time-out. */
export function fellSilent(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

/** drizzle puts every parameter, secrets too, into the message of its errors: only the driver's own error goes on. */
export function unwrap(error: unknown): unknown {
  return error instanceof DrizzleQueryError && error.cause ? error.cause : error;
}

/** A driver's error without the values that Postgres quotes in its detail and, in class 22, in its message. */
export function withoutValues(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const { code = '', severity, schema, table, column, constraint, routine } = error;
  const message = code.startsWith('22') ? `Postgres refuses a value (${code})` : error.message;
  return Object.assign(new Error(message), { code, severity, schema, table, column, constraint, routine });
}

/** The constraint or index that a statement violated: `unique` and `foreign` violations; null for another error. */
export function violated(kind: 'unique' | 'foreign', error: unknown): string | null {
  const { code, constraint } = (unwrap(error) ?? {}) as { code?: string; constraint?: string };
  return code === (kind === 'unique' ? '23505' : '23503') ? (constraint ?? '') : null;
}
