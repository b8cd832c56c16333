import { and, asc, eq } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { DirectoryStore } from '../../users/directory-store.ts';
import type { Tag } from '../../users/ports.ts';
import { tagList } from '../tag-list.ts';
import { uuidv7After } from '../../uuid.ts';
import { makeChangeTags } from './change-tags.ts';
import { contains } from './contains.ts';
import { violatedUnique } from './failures.ts';
import type { Sqlite } from './open.ts';
import { makeReadQueue } from './read-queue.ts';
import { onlyValue, prepareInsert, type Session } from './session.ts';
import { companies, organizations, tags } from './tables.ts';

/** Makes the store of tags and organizations in one SQLite file. */
export function makeSqliteDirectoryStore({
  run,
  snapshot,
  write,
  writeTogether,
  prepare,
}: Pick<Sqlite, 'run' | 'snapshot' | 'write' | 'writeTogether' | 'prepare'>): DirectoryStore {
  const insertTag = prepareInsert(prepare, tags);
  const insertOrganization = prepareInsert(prepare, organizations);
  const newest = {
    tag: prepare('select max(id) from tags', onlyValue<string | null>),
    organization: prepare('select max(id) from organizations', onlyValue<string | null>),
  };
  const nextId = (session: Session, kind: keyof typeof newest, id: string) =>
    uuidv7After(session.get(newest[kind]) ?? null, id);
  const inReadQueue = makeReadQueue();
  const organizationBySerial = prepare<{ id: string }>(
    'select id from organizations where company_id = ? and serial = ?',
  );
  const parents = alias(organizations, 'parents');
  return {
    addTag: (tag) =>
      writeTogether((session) => {
        try {
          insertTag(session, { ...tag, id: nextId(session, 'tag', tag.id) });
          return 'added';
        } catch (error) {
          return takenBy(error, 'tags.serial', 'name-taken');
        }
      }),
    ...makeChangeTags({ write, writeTogether, prepare }),
    addOrganization: ({ parentSerial, ...organization }) =>
      write((session) => {
        const parent =
          parentSerial === null ? null : session.get(organizationBySerial, organization.companyId, parentSerial);
        if (parent === undefined) return 'parent-unknown' as const;
        const id = nextId(session, 'organization', organization.id);
        insertOrganization(session, { ...organization, id, parentId: parent?.id ?? null });
        return 'added' as const;
      }).catch((error: unknown) => takenBy(error, 'organizations.serial', 'serial-taken')),
    findCompany: (id) =>
      run(
        ({ db }) =>
          db
            .select({ id: companies.id, code: companies.code, name: companies.name })
            .from(companies)
            .where(eq(companies.id, id))
            .get() ?? null,
      ),
    findTag: (companyId, serial) =>
      run(
        ({ db }) =>
          db
            .select({ serial: tags.serial, name: tags.name })
            .from(tags)
            .where(and(eq(tags.companyId, companyId), eq(tags.serial, serial)))
            .get() ?? null,
      ),
    listTags: (companyId, name, searchWindow, range) =>
      inReadQueue(() =>
        run(({ db }) =>
          db
            .all<Tag & { id: string }>(tagList(contains, companyId, name, searchWindow).after(range))
            .map(({ id, ...item }) => ({ id, item })),
        ),
      ),
    pageTags: (companyId, name, searchWindow, range) =>
      inReadQueue(() =>
        snapshot(({ db }) => {
          const list = tagList(contains, companyId, name, searchWindow);
          return {
            items: db.all<Tag>(list.at(range)).map(({ serial, name }) => ({ serial, name })),
            total: db.get<{ count: number }>(list.count).count,
          };
        }),
      ),
    countTags: (companyId, name, searchWindow) =>
      inReadQueue(() =>
        run(({ db }) => db.get<{ count: number }>(tagList(contains, companyId, name, searchWindow).count).count),
      ),
    listOrganizations: (companyId) =>
      run(({ db }) => {
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
