import { makePostgresAccessStore } from './access.ts';
import { makePostgresDirectoryStore } from './directory.ts';
import { makePostgresIdempotencyStore } from './idempotency.ts';
import { openPostgres } from './open.ts';
import { makePostgresOutbox } from './outbox.ts';
import { makePostgresUserStore } from './users.ts';

/** Opens the database of a `postgres://…` address, and migrates it unless `readOnly`: every port of the program on one Postgres. */
export async function openStore(url: string, now: () => number, { readOnly = false } = {}) {
  const postgres = await openPostgres(url, { readOnly });
  return {
    users: makePostgresUserStore(postgres),
    idempotency: makePostgresIdempotencyStore(postgres),
    outbox: makePostgresOutbox(postgres, now),
    access: makePostgresAccessStore(postgres),
    directory: makePostgresDirectoryStore(postgres),
    giveWay: async () => undefined,
    disk: postgres.disk,
    close: postgres.close,
  };
}
