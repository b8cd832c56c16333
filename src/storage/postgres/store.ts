import { makePostgresAccessStore } from './access.ts';
import { makePostgresDirectoryStore } from './directory.ts';
import { makePostgresIdempotencyStore } from './idempotency.ts';
import { openPostgres } from './open.ts';
import { makePostgresOutbox } from './outbox.ts';
import { makePostgresUserStore } from './users.ts';

const clockStatement = {
  name: 'clock',
  text: 'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
};

/**
 * Opens every port of the program on the database of a `postgres://…` address; migrates it unless `readOnly`.
 *
 * @param now answers milliseconds since 1970
 */
export async function openStore(url: string, now: () => number, { readOnly = false, mustExist = false } = {}) {
  const postgres = await openPostgres(url, { readOnly, mustExist });
  return {
    users: makePostgresUserStore(postgres),
    idempotency: makePostgresIdempotencyStore(postgres),
    outbox: makePostgresOutbox(postgres, now),
    access: makePostgresAccessStore(postgres),
    directory: makePostgresDirectoryStore(postgres),
    yieldToOtherWriters: async () => undefined,
    clock: () => postgres.run(async (session) => (await session.query<{ ms: number }>(clockStatement, []))[0]!.ms),
    disk: postgres.disk,
    freeBytes: () => null,
    close: postgres.close,
  };
}
