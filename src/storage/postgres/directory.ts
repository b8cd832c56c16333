import { and, asc, desc, eq, type SQL } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { DirectoryStore } from '../../users/directory.ts';
import type { Tag } from '../../users/ports.ts';
import { tagList } from '../tag-list.ts';
import { violated } from './failures.ts';
import type { Postgres } from './open.ts';
import { contains, statementOf } from './statement.ts';
import { companies, organizations, tags } from './tables.ts';
import { uuidv7After } from '../../uuid.ts';

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
export function makePostgresDirectoryStore({ db, query, run, once }: Postgres): DirectoryStore {
  const parents = alias(organizations, 'parents');
  const count = async (statement: SQL): Promise<number> =>
    Number((await query<{ count: string }>(...statementOf(statement)))[0]!.count);
  const idAfterNewest = async (table: typeof tags | typeof organizations, id: string): Promise<string> => {
    const [newest] = await run(() => db.select({ id: table.id }).from(table).orderBy(desc(table.id)).limit(1));
    return uuidv7After(newest?.id ?? null, id);
  };
  return {
    addTag: async (given) => {
      const tag = { ...given, id: await idAfterNewest(tags, given.id) };
      return once(
        async () => {
          try {
            const { rowCount } = await db.insert(tags).values(tag).onConflictDoNothing({ target: tags.serial });
            return rowCount === 1 ? 'added' : 'serial-taken';
          } catch (error) {
            if (violated('unique', error) === 'tags_name') return 'name-taken';
            throw error;
          }
        },
        async () =>
          (await db.select({ id: tags.id }).from(tags).where(eq(tags.id, tag.id))).length === 1 ? 'added' : null,
      );
    },
    addOrganization: async ({ companyId, parentSerial, serial, name, isActive, createdAt, ...given }) => {
      const id = await idAfterNewest(organizations, given.id);
      return once(
        async () => {
          const values = [id, companyId, parentSerial, serial, name, isActive, createdAt];
          const [row] = await query<{ added: boolean; parentKnown: boolean }>(addOrganizationStatement, values);
          return row!.added ? 'added' : row!.parentKnown ? 'serial-taken' : 'parent-unknown';
        },
        async () =>
          (await db.select({ id: organizations.id }).from(organizations).where(eq(organizations.id, id))).length === 1
            ? 'added'
            : null,
      );
    },
    findCompany: (id) =>
      run(
        async () =>
          (
            await db
              .select({ id: companies.id, code: companies.code, name: companies.name })
              .from(companies)
              .where(eq(companies.id, id))
          )[0] ?? null,
      ),
    findTag: (companyId, serial) =>
      run(async () => {
        // Postgres refuses to compare a text with a NUL, which no stored text holds.
        if (serial.includes('\0')) return null;
        return (
          (
            await db
              .select({ serial: tags.serial, name: tags.name })
              .from(tags)
              .where(and(eq(tags.companyId, companyId), eq(tags.serial, serial)))
          )[0] ?? null
        );
      }),
    listTags: (companyId, name, searchWindow, slice) =>
      run(async () => {
        const rows = await query<Tag & { id: string }>(
          ...statementOf(tagList(contains, companyId, name, searchWindow).after(slice)),
        );
        return rows.map(({ id, ...item }) => ({ id, item }));
      }),
    pageTags: (companyId, name, searchWindow, places) =>
      run(async () => {
        const list = tagList(contains, companyId, name, searchWindow);
        const rows = await query<Tag & { id: string }>(...statementOf(list.at(places)));
        return { items: rows.map(({ serial, name }) => ({ serial, name })), total: await count(list.count) };
      }),
    countTags: (companyId, name, searchWindow) =>
      run(() => count(tagList(contains, companyId, name, searchWindow).count)),
    listOrganizations: (companyId) =>
      run(async () => {
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
