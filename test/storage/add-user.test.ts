import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { addOne } from '../support/store.ts';
import { newUser, openUsers } from './open-users.ts';

test('a tag or an organization that went away, or became inactive, since the look-up refuses the whole user', async () => {
  const { sqlite, users, companyId } = await openUsers();
  const gone = { kind: 'reference-gone' };
  sqlite.db.run(sql`INSERT INTO organizations VALUES ('o', ${companyId}, NULL, 'COMPAAAAAAAA', 'Closed', 0, 0)`);
  expect(await addOne(users, newUser(companyId, 'A1', { organizationSerial: 'COMPAAAAAAAA' }), null)).toEqual(gone);
  expect(await addOne(users, newUser(companyId, 'A1', { organizationSerial: 'COMPBBBBBBBB' }), null)).toEqual(gone);
  expect(await addOne(users, newUser(companyId, 'A1', { tagSerials: ['RUKRTAG-AAAAAAAA'] }), null)).toEqual(gone);
  expect(await users.find(companyId, { employeeID: 'A1' })).toBeNull();
  sqlite.db.run(sql`UPDATE organizations SET is_active = 1`);
  expect(await addOne(users, newUser(companyId, 'A1', { organizationSerial: 'COMPAAAAAAAA' }), null)).toMatchObject({
    kind: 'added',
  });
});
