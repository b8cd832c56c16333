import { asc, desc, eq } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { DirectoryStore } from '../../users/directory-store.ts';
import type { Tag } from '../../users/ports.ts';
import { uuidv7After } from '../../uuid.ts';
import { tagList } from '../tag-list.ts';
import { isTag, makeChangeTags } from './change-tags.ts';
import { contains } from './contains.ts';
import { violated } from './failures.ts';
import type { Postgres } from './open.ts';
import { count } from './read-users.ts';
import { companies, organizations, tags } from './tables.ts';

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

/** Makes the store of tags and organizations in one Postgres. */
export function makePostgresDirectoryStore({
  run,
  once,
  exclusively,
}: Pick<Postgres, 'run' | 'once' | 'exclusively'>): DirectoryStore {
  const parents = alias(organizations, 'parents');
  const idAfterNewest = async (table: typeof tags | typeof organizations, id: string): Promise<string> => {
    const [newest] = await run(({ db }) => db.select({ id: table.id }).from(table).orderBy(desc(table.id)).limit(1));
    return uuidv7After(newest?.id ?? null, id);
  };
  return {
    addTag: async (newTag) => {
      const tag = { ...newTag, id: await idAfterNewest(tags, newTag.id) };
      return once(
        async ({ db }) => {
          try {
            const { rowCount } = await db.insert(tags).values(tag).onConflictDoNothing({ target: tags.serial });
            return rowCount === 1 ? 'added' : 'serial-taken';
          } catch (error) {
            if (violated('unique', error) === 'tags_name') return 'name-taken';
            throw error;
          }
        },
        async ({ db }) =>
          (await db.select({ id: tags.id }).from(tags).where(eq(tags.id, tag.id))).length === 1 ? 'added' : null,
      );
    },
    ...makeChangeTags({ exclusively }),
    addOrganization: async ({ id: newId, companyId, parentSerial, serial, name, isActive, createdAt }) => {
      const id = await idAfterNewest(organizations, newId);
      return once(
        async (session) => {
          const values = [id, companyId, parentSerial, serial, name, isActive, createdAt];
          const [row] = await session.query<{ added: boolean; parentKnown: boolean }>(addOrganizationStatement, values);
          return row!.added ? 'added' : row!.parentKnown ? 'serial-taken' : 'parent-unknown';
        },
        async ({ db }) =>
          (await db.select({ id: organizations.id }).from(organizations).where(eq(organizations.id, id))).length === 1
            ? 'added'
            : null,
      );
    },
    findCompany: (id) =>
      run(
        async ({ db }) =>
          (
            await db
              .select({ id: companies.id, code: companies.code, name: companies.name })
              .from(companies)
              .where(eq(companies.id, id))
          )[0] ?? null,
      ),
    findTag: (companyId, serial) =>
      run(async ({ db }) => {
        // Postgres refuses to compare a text with a NUL, which no stored text holds.
        if (serial.includes('\0')) return null;
        return (
          (await db.select({ serial: tags.serial, name: tags.name }).from(tags).where(isTag(companyId, serial)))[0] ??
          null
        );
      }),
    listTags: (companyId, name, searchWindow, range) =>
      run(async (session) => {
        const list = tagList(contains, companyId, name, searchWindow);
        const rows = await session.list<Tag & { id: string }>(list.after(range));
        return rows.map(({ id, ...item }) => ({ id, item }));
      }),
    pageTags: (companyId, name, searchWindow, range) =>
      run(async (session) => {
        const list = tagList(contains, companyId, name, searchWindow);
        const rows = await session.list<Tag & { id: string }>(list.at(range));
        return {
          items: rows.map(({ serial, name }) => ({ serial, name })),
          total: await count(session, list.count),
        };
      }),
    countTags: (companyId, name, searchWindow) =>
      run((session) => count(session, tagList(contains, companyId, name, searchWindow).count)),
    listOrganizations: (companyId) =>
      run(async ({ db }) => {
        const { serial, name, isActive } = organizations;
        return db
          .select({ serial, name, isActive, parentSerial: parents.serial })
          .from(organizations)
          .leftJoin(parents, eq(parents.id, organizations.parentId))
          .where(eq(organizations.companyId, companyId))
          .orderBy(asc(organizations.id));
      }),
  };
}
