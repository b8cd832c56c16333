import type Database from 'better-sqlite3';

/** Between two attempts: each may block the event loop for some milliseconds. */
const pauseMs = 1_000;
/** A reader that never ends keeps the WAL; then the next erasure tries again. */
const maxAttempts = 60;

/**
 * Makes a function that moves the WAL into the database file and empties it, at once or within a second. While another
 * process reads or writes, it is tried again. Many calls share an attempt.
 */
export function makeTruncateWal(raw: Database.Database): () => void {
  let attemptsLeft = 0;
  let pause: NodeJS.Timeout | undefined;

  function attempt(): void {
    pause = undefined;
    if (attemptsLeft === 0 || !raw.open) return;
    attemptsLeft = isTruncated(raw) ? 0 : attemptsLeft - 1;
    pause = setTimeout(attempt, pauseMs).unref();
  }

  return () => {
    attemptsLeft = maxAttempts;
    if (!pause) attempt();
  };
}

function isTruncated(raw: Database.Database): boolean {
  try {
    // 1 when somebody was in the way (sqlite.org/pragma.html#pragma_wal_checkpoint).
    return raw.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0;
  } catch {
    // The erasure itself is committed.
    return false;
  }
}
