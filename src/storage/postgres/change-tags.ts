import { and, eq, sql } from 'drizzle-orm';
import type { DirectoryStore } from '../../users/directory-store.ts';
import { violated } from './failures.ts';
import type { Postgres } from './open.ts';
import { tags, userTags } from './tables.ts';
import { lockChanges } from './write-users.ts';

/** Users that lose a tag in one statement, which must end in time. */
const maxUntagged = 5_000;

/** Makes the verbs that rename and delete tags. */
export function makeChangeTags({
  run,
  transaction,
}: Pick<Postgres, 'run' | 'transaction'>): Pick<DirectoryStore, 'renameTag' | 'deleteTag'> {
  return {
    renameTag: (companyId, serial, name) =>
      run(async ({ db }) => {
        if (serial.includes('\0')) return 'unknown';
        try {
          const { rowCount } = await db.update(tags).set(name).where(isTag(companyId, serial));
          return rowCount === 1 ? 'renamed' : 'unknown';
        } catch (error) {
          if (violated('unique', error) === 'tags_name') return 'name-taken';
          throw error;
        }
      }),
    async deleteTag(companyId, serial) {
      if (serial.includes('\0')) return false;
      for (;;) {
        const isThere = await transaction(async (session) => {
          // A change of tags takes links before it looks at their tags, so both would wait for each other.
          await lockChanges(session, companyId);
          const { db } = session;
          // Creations with this tag wait, and find that it is gone.
          const [tag] = await db.select({ id: tags.id }).from(tags).where(isTag(companyId, serial)).for('update');
          if (!tag) return false;
          const some = sql`(select ctid from user_tags where tag_id = ${tag.id} limit ${maxUntagged})`;
          const { rowCount } = await db.delete(userTags).where(sql`ctid = any(array${some})`);
          // More may follow: the next transaction takes them off.
          if (rowCount === maxUntagged) return null;
          await db.delete(tags).where(eq(tags.id, tag.id));
          return true;
        });
        if (isThere !== null) return isThere;
      }
    },
  };
}

/** Returns the condition that a row is this tag. */
export const isTag = (companyId: string, serial: string) => and(eq(tags.companyId, companyId), eq(tags.serial, serial));
