import { makeSqliteAccessStore } from './access.ts';
import { makeSqliteDirectoryStore } from './directory.ts';
import { makeSqliteIdempotencyStore } from './idempotency.ts';
import { openSqlite } from './open.ts';
import { makeSqliteOutbox } from './outbox.ts';
import { makeSqliteUserStore } from './users.ts';

/** Opens the database of a `file:…` address, and migrates it unless `readOnly`: every port of the program on one SQLite file. */
export async function openStore(url: string, now: () => number, { readOnly = false } = {}) {
  const sqlite = await openSqlite(url, { readOnly });
  return {
    users: makeSqliteUserStore(sqlite),
    idempotency: makeSqliteIdempotencyStore(sqlite, now),
    outbox: makeSqliteOutbox(sqlite, now),
    access: makeSqliteAccessStore(sqlite, now),
    directory: makeSqliteDirectoryStore(sqlite),
    giveWay: sqlite.giveWay,
    disk: sqlite.disk,
    close: async () => sqlite.close(),
  };
}
