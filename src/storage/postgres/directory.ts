import { eq } from 'drizzle-orm';
import type { DirectoryStore } from '../../users/directory.ts';
import { violated } from './failures.ts';
import type { Postgres } from './open.ts';
import { organizations, tags } from './tables.ts';

const addOrganizationStatement = {
  name: 'organizations-add',
  text: `
    with parent as (
      select id from organizations where company_id = $2 and serial = $3
    ), added as (
      insert into organizations (id, company_id, parent_id, serial, name, is_active, created_at)
      select $1, $2, (select id from parent), $4, $5, $6, $7 where $3::text is null or exists (select from parent)
      on conflict (serial) do nothing returning id
    )
    select exists (select from added) as added, $3::text is null or exists (select from parent) as "parentKnown"`,
};

/** Tags and organizations in one Postgres. */
export function makePostgresDirectoryStore({ db, query, once }: Postgres): DirectoryStore {
  return {
    addTag: (tag) =>
      once(
        async () => {
          try {
            const { rowCount } = await db.insert(tags).values(tag).onConflictDoNothing({ target: tags.serial });
            return rowCount === 1 ? 'added' : 'serial-taken';
          } catch (error) {
            if (violated('unique', error) === 'tags_name') return 'name-taken';
            throw error;
          }
        },
        async () => ((await db.select({ id: tags.id }).from(tags).where(eq(tags.id, tag.id))).length === 1 ? 'added' : null),
      ),
    addOrganization: ({ id, companyId, parentSerial, serial, name, isActive, createdAt }) =>
      once(
        async () => {
          const values = [id, companyId, parentSerial, serial, name, isActive, createdAt];
          const [row] = await query<{ added: boolean; parentKnown: boolean }>(addOrganizationStatement, values);
          return row!.added ? 'added' : row!.parentKnown ? 'serial-taken' : 'parent-unknown';
        },
        async () => ((await db.select({ id: organizations.id }).from(organizations).where(eq(organizations.id, id))).length === 1 ? 'added' : null),
      ),
  };
}
