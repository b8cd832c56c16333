import { and, eq } from 'drizzle-orm';
import type { DirectoryStore } from '../../users/directory.ts';
import { type Sqlite, violatedUnique } from './open.ts';
import { organizations, tags } from './tables.ts';

/** Tags and organizations in one SQLite file. */
export function makeSqliteDirectoryStore({ db, write }: Sqlite): DirectoryStore {
  return {
    addTag: (tag) => write(() => db.insert(tags).values(tag).run()).then(() => 'added' as const, (error: unknown) => takenBy(error, 'tags.serial', 'name-taken')),
    addOrganization: ({ parentSerial, ...organization }) =>
      write(() => {
        const ofCompany = and(eq(organizations.companyId, organization.companyId), eq(organizations.serial, parentSerial ?? ''));
        const parent = parentSerial === null ? null : db.select({ id: organizations.id }).from(organizations).where(ofCompany).get();
        if (parent === undefined) return 'parent-unknown' as const;
        db.insert(organizations).values({ ...organization, parentId: parent?.id ?? null }).run();
        return 'added' as const;
      }).catch((error: unknown) => takenBy(error, 'organizations.serial', 'serial-taken')),
  };
}

function takenBy<Other extends string>(error: unknown, serialColumn: string, other: Other): 'serial-taken' | Other {
  const violated = violatedUnique(error);
  if (violated === null) throw error;
  return violated === serialColumn ? 'serial-taken' : other;
}
