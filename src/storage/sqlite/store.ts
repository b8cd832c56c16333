import { makeSqliteAccessStore } from './access.ts';
import { makeSqliteDirectoryStore } from './directory.ts';
import { makeSqliteIdempotencyStore } from './idempotency.ts';
import { openSqlite } from './open.ts';
import { makeSqliteOutbox } from './outbox.ts';
import { makeSqliteUserStore } from './users.ts';

/**
 * Opens every port of the program on the SQLite file of a `file:…` address; migrates it unless `readOnly`.
 *
 * @param now answers milliseconds since 1970
 */
export async function openStore(url: string, now: () => number, { readOnly = false, mustExist = false } = {}) {
  const sqlite = await openSqlite(url, { readOnly, mustExist });
  return {
    users: makeSqliteUserStore(sqlite),
    idempotency: makeSqliteIdempotencyStore(sqlite, now),
    outbox: makeSqliteOutbox(sqlite, now),
    access: makeSqliteAccessStore(sqlite, now),
    directory: makeSqliteDirectoryStore(sqlite),
    yieldToOtherWriters: sqlite.yieldToOtherWriters,
    clock: async () => now(),
    disk: sqlite.disk,
    freeBytes: sqlite.freeBytes,
    close: async () => sqlite.close(),
  };
}
