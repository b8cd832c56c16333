import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal, unavailable } from '../../errors/error-dictionary.ts';
import { makeDisk } from '../disk.ts';
import { applicationName, readAddress } from './address.ts';
import {
  diskFailureOf,
  isLost,
  sqlStateClassOf,
  unavailableBecause,
  unwrap,
  violated,
  withoutValues,
} from './failures.ts';
import { assertMigrated, migrate } from './migrate.ts';
import { makePool } from './pool.ts';
import { inTransaction, type Session } from './session.ts';
import { makeExclusively } from './turns.ts';

/** Every verb answers, or refuses, within this time: the contract of a lost database is 503 within 5 s. */
const answerWithinMs = 4_500;
/** Between two tries to find out what became of a write: a crashed Postgres is back after a second or two. */
const probeEveryMs = 100;
const maxConflictTries = 6;

/** An open Postgres database. */
export type Postgres = Awaited<ReturnType<typeof openPostgres>>;

type Work<T> = (session: Session) => Promise<T>;

/**
 * Opens the database of a `postgres://…` address, and migrates it unless `readOnly`. Throws an `UnusableDatabase` when
 * it is of another version.
 */
export async function openPostgres(url: string, { readOnly = false, mustExist = false } = {}) {
  const { connectionString, settings } = readAddress(url);
  const connection = {
    connectionString,
    connectionTimeoutMillis: settings.connect_timeout * 1000,
    application_name: applicationName,
    keepAlive: true,
  };
  await (readOnly ? assertMigrated(connection) : migrate(connection, { mustExist })).catch((error: unknown) => {
    throw withoutValues(error);
  });
  const { withSession, close } = makePool(connection, {
    max: settings.pool,
    statementMs: settings.statement_timeout,
  });
  const disk = makeDisk();

  /**
   * Tries again what lost a conflict; throws a Refusal, a lost connection's own error, or an unexpected one without
   * values.
   */
  async function settle<T>(work: Work<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await withSession(work);
      } catch (thrown) {
        const error = unwrap(thrown);
        const stateClass = sqlStateClassOf(error);
        if (stateClass === 'unexpected') throw withoutValues(error);
        if (stateClass === 'lost' || error instanceof Refusal) throw error;
        const diskFailure = diskFailureOf(error);
        if (diskFailure) {
          disk.failed(diskFailure);
          throw unavailableBecause(error, 'disk', 'the database cannot write now', 5);
        }
        if (stateClass === 'unavailable' || tries === maxConflictTries)
          throw unavailableBecause(error, 'database', 'the database is busy');
        await sleep(Math.random() * 5 * 2 ** tries);
      }
    }
  }

  /**
   * Runs statements that do no harm when they run twice. A connection may have died unnoticed while it was idle: a lost
   * one is replaced once.
   */
  const run = <T>(work: Work<T>): Promise<T> =>
    inTime(
      settle(work)
        .catch((error: unknown) => {
          if (isLost(error)) return settle(work);
          throw error;
        })
        .catch(refuseLost),
    );

  /**
   * Runs a statement that inserts a row under an id that the program chose. When the connection breaks on the way,
   * nobody knows whether it was committed (docs/decisions/0041). So the same row is sent again until Postgres answers:
   * the unique index makes the second try wait for a first one that still runs.
   *
   * @param landed tells whether the row is there, and with which outcome; null when it is not
   */
  const once = <T>(work: Work<T>, landed: Work<T | null>): Promise<T> => inTime(findOut(work, landed));

  async function findOut<T>(work: Work<T>, landed: Work<T | null>): Promise<T> {
    const deadline = performance.now() + answerWithinMs;
    for (let unknown = false; ; await sleep(probeEveryMs)) {
      try {
        const outcome = await settle(work);
        disk.wrote();
        return (unknown ? await settle(landed) : null) ?? outcome;
      } catch (error) {
        if (unknown && violated('unique', error) !== null) {
          const outcome = await settle(landed).catch(refuseLost);
          if (outcome !== null) return outcome;
        }
        if (!isLost(error) && !(unknown && error instanceof Refusal)) throw error;
        unknown = true;
        if (performance.now() > deadline) throw refused(error);
      }
    }
  }

  /** Runs several statements as one transaction. A connection lost on the way is a 503; its commit is not looked up. */
  const transaction = <T>(work: Work<T>): Promise<T> =>
    inTime(settle((session) => inTransaction(session, () => work(session))).catch(refuseLost));

  return {
    run,
    once,
    transaction,
    exclusively: makeExclusively(transaction),
    disk: disk.state,
    close,
  };
}

/** Answers in time, whatever becomes of the work. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(answerWithinMs, undefined, { signal: timer.signal }).then(() => {
    throw unavailable('database', 'the database does not answer');
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    late.catch(() => undefined);
    timer.abort();
  }
}

function refuseLost(error: unknown): never {
  throw isLost(error) ? refused(error) : error;
}

function refused(error: unknown): Refusal {
  return error instanceof Refusal
    ? error
    : unavailableBecause(error, 'database', 'the connection to the database was lost');
}
