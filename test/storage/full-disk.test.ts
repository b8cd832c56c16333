import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { Refusal } from '../../src/errors/error-dictionary.ts';
import { addOne } from '../support/store.ts';
import { newUser, openUsers } from './open-users.ts';

test('a full disk: the creation is refused with 503, nothing of it stays, and the store goes on once there is room', async () => {
  const { sqlite, users, companyId } = await openUsers();
  // The limit holds for one connection: the store's own.
  const limitPages = (pages: number) =>
    sqlite.run(({ db }) => void db.get(sql.raw(`PRAGMA max_page_count = ${pages}`)));
  await limitPages(sqlite.db.get<{ page_count: number }>(sql`PRAGMA page_count`).page_count);
  let refused: unknown;
  let added = 0;
  while (!refused && added < 1_000) {
    await addOne(users, newUser(companyId, `A${added}`), null).then(
      () => added++,
      (error: unknown) => (refused = error),
    );
  }
  expect(refused).toBeInstanceOf(Refusal);
  expect(refused).toMatchObject({ entry: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 5 });
  expect(await users.find(companyId, { employeeID: `A${added}` })).toBeNull();
  expect(sqlite.disk()).toBe('full');
  await limitPages(1_000_000);
  expect(await addOne(users, newUser(companyId, `A${added}`), null)).toMatchObject({ kind: 'added' });
  expect(sqlite.disk()).toBe('ok');
});
