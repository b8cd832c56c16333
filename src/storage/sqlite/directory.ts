import { and, asc, eq } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { DirectoryStore } from '../../users/directory.ts';
import type { Tag } from '../../users/ports.ts';
import { tagList } from '../tag-list.ts';
import { contains } from './read-users.ts';
import { type Sqlite, violatedUnique } from './open.ts';
import { companies, organizations, tags } from './tables.ts';
import { uuidv7After } from '../../uuid.ts';
import { makeTurns } from './turns.ts';

/** Tags and organizations in one SQLite file. */
export function makeSqliteDirectoryStore({ db, run, write, writeTogether, prepare, inserter }: Sqlite): DirectoryStore {
  const insertTag = inserter(tags);
  const newest = {
    tag: prepare('select max(id) from tags').pluck(),
    organization: prepare('select max(id) from organizations').pluck(),
  };
  const idAfterNewest = (kind: keyof typeof newest, id: string) => uuidv7After(newest[kind].get() as string | null, id);
  const inTurn = makeTurns();
  const parents = alias(organizations, 'parents');
  return {
    addTag: (tag) =>
      writeTogether(() => {
        try {
          insertTag({ ...tag, id: idAfterNewest('tag', tag.id) });
          return 'added';
        } catch (error) {
          return takenBy(error, 'tags.serial', 'name-taken');
        }
      }),
    addOrganization: ({ parentSerial, ...organization }) =>
      write(() => {
        const ofCompany = and(
          eq(organizations.companyId, organization.companyId),
          eq(organizations.serial, parentSerial ?? ''),
        );
        const parent =
          parentSerial === null ? null : db.select({ id: organizations.id }).from(organizations).where(ofCompany).get();
        if (parent === undefined) return 'parent-unknown' as const;
        db.insert(organizations)
          .values({ ...organization, id: idAfterNewest('organization', organization.id), parentId: parent?.id ?? null })
          .run();
        return 'added' as const;
      }).catch((error: unknown) => takenBy(error, 'organizations.serial', 'serial-taken')),
    findCompany: (id) =>
      run(
        () =>
          db
            .select({ id: companies.id, code: companies.code, name: companies.name })
            .from(companies)
            .where(eq(companies.id, id))
            .get() ?? null,
      ),
    findTag: (companyId, serial) =>
      run(
        () =>
          db
            .select({ serial: tags.serial, name: tags.name })
            .from(tags)
            .where(and(eq(tags.companyId, companyId), eq(tags.serial, serial)))
            .get() ?? null,
      ),
    listTags: (companyId, name, searchWindow, slice) =>
      inTurn(run, () =>
        db
          .all<Tag & { id: string }>(tagList(contains, companyId, name, searchWindow).after(slice))
          .map(({ id, ...item }) => ({ id, item })),
      ),
    pageTags: (companyId, name, searchWindow, places) =>
      inTurn(run, () => {
        const list = tagList(contains, companyId, name, searchWindow);
        return {
          items: db.all<Tag>(list.at(places)).map(({ serial, name }) => ({ serial, name })),
          total: db.get<{ count: number }>(list.count).count,
        };
      }),
    countTags: (companyId, name, searchWindow) =>
      inTurn(run, () => db.get<{ count: number }>(tagList(contains, companyId, name, searchWindow).count).count),
    listOrganizations: (companyId) =>
      run(() => {
        const { serial, name, isActive } = organizations;
        return db
          .select({ serial, name, isActive, parentSerial: parents.serial })
          .from(organizations)
          .leftJoin(parents, eq(parents.id, organizations.parentId))
          .where(eq(organizations.companyId, companyId))
          .orderBy(asc(organizations.id))
          .all();
      }),
  };
}

function takenBy<Other extends string>(error: unknown, serialColumn: string, other: Other): 'serial-taken' | Other {
  const violated = violatedUnique(error);
  if (violated === null) throw error;
  return violated === serialColumn ? 'serial-taken' : other;
}
