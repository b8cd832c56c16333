import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { contains } from '../../src/storage/sqlite/contains.ts';
import { userList } from '../../src/storage/user-list.ts';
import { openUsers } from './open-users.ts';

test.each([
  [{}, 'users_list '],
  [{ isActive: true }, 'users_list_active '],
  [{ organizationSerial: 'O' }, 'users_list_organization '],
  [{ tagSerial: 'T' }, 'user_tags_tag '],
  [{ employeeID: 'e' }, 'users_employee_id '],
  [{ name: 'n' }, 'users_list '],
  [{ tagSerial: 'T', isActive: true }, 'user_tags_tag '],
  [{ organizationSerial: 'O', email: 'e', phone: ['1', '2'] }, 'users_list_organization '],
])('SQLite reads the list of %j through the index %s, in its order', async (filter, index) => {
  const { sqlite, companyId } = await openUsers();
  const list = userList(contains, companyId, filter, 10_000);
  for (const statement of [
    list.after({ after: 'x', limit: 10 }),
    list.at({ offset: 10, limit: 10 }),
    list.at({ offset: 10, limit: 10 }, 'x'),
  ]) {
    const steps = sqlite.db
      .all<{ detail: string }>(sql`explain query plan ${statement}`)
      .map(({ detail }) => `${detail} `);
    expect(steps.filter((step) => / USING (COVERING )?INDEX /.test(step)).join('\n')).toContain(index);
    // Only the window of a search is sorted anew.
    if (!steps.some((step) => step.startsWith('CO-ROUTINE'))) expect(steps.join('\n')).not.toContain('TEMP B-TREE');
  }
});
