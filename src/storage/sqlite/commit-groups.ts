import type Database from 'better-sqlite3';
import { Refusal } from '../../errors/error-dictionary.ts';
import { sqliteStateClassOf, unwrap } from './failures.ts';
import type { Session } from './session.ts';

/** Pieces of work that share one COMMIT at most. */
const maxGroupSize = 64;

/**
 * Runs work in a transaction that it may share with other work.
 * @param options `withinMs`: for how long it may wait for others that share its COMMIT
 */
export type WriteTogether = <T>(work: (session: Session) => T, options?: { withinMs?: number }) => Promise<T>;

interface Piece {
  /** Does the work; returns what answers its caller. */
  work: (session: Session) => () => void;
  reject: (error: unknown) => void;
}

/**
 * Makes a function that runs pieces of work as `write` does, but those that arrive in the same iteration of the event
 * loop, or while all of them may wait, share one COMMIT. When one throws, all are undone and done again, each in its
 * own savepoint, so that it fails alone: an expected failure should be an answer, see docs/decisions/0036.
 */
export function makeCommitGroups(
  raw: Database.Database,
  write: <T>(work: (session: Session) => T) => Promise<T>,
): WriteTogether {
  const waiting: Piece[] = [];
  /** When the next group commits, on the clock of `performance.now()`. */
  let commitsAt = Infinity;
  let timer: NodeJS.Timeout | undefined;

  function commitWithin(ms: number): void {
    const at = performance.now() + ms;
    if (at >= commitsAt) return;
    commitsAt = at;
    clearTimeout(timer);
    if (ms > 0) timer = setTimeout(commitGroup, ms);
    else setImmediate(commitGroup);
  }

  async function commitGroup(): Promise<void> {
    commitsAt = Infinity;
    const group = waiting.splice(0, maxGroupSize);
    if (waiting.length > 0) commitWithin(0);
    try {
      const answers = await write((session) => group.map(({ work }) => work(session))).catch((error: unknown) => {
        if (error instanceof Refusal) throw error;
        return write((session) => group.map((piece) => inSavepoint(session, piece)));
      });
      for (const answer of answers) answer();
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }

  /** A savepoint costs as much as the insert of a user: SQLite copies every page that changes in it. */
  function inSavepoint(session: Session, { work, reject }: Piece): () => void {
    try {
      return raw.transaction(work)(session);
    } catch (error) {
      // A full disk may end the whole transaction, not the savepoint alone.
      if (!raw.inTransaction || sqliteStateClassOf(error) === 'cannot-write') throw error;
      return () => reject(unwrap(error));
    }
  }

  return <T>(work: (session: Session) => T, { withinMs = 0 } = {}) =>
    new Promise<T>((resolve, reject) => {
      const piece: Piece = {
        work: (session) => {
          const value = work(session);
          return () => resolve(value);
        },
        reject,
      };
      commitWithin(waiting.push(piece) < maxGroupSize ? withinMs : 0);
    });
}
