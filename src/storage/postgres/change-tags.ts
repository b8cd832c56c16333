import { and, eq, sql } from 'drizzle-orm';
import type { DirectoryStore } from '../../users/directory-store.ts';
import { violated } from './failures.ts';
import type { Postgres } from './open.ts';
import { tags, userTags } from './tables.ts';

/** Users that lose a tag in one statement, which must end in time. */
const maxUntagged = 5_000;

/** Makes the verbs that rename and delete tags. Both wait for the changes of users, which hold their tags. */
export function makeChangeTags({
  exclusively,
}: Pick<Postgres, 'exclusively'>): Pick<DirectoryStore, 'renameTag' | 'deleteTag'> {
  return {
    async renameTag(companyId, serial, name) {
      if (serial.includes('\0')) return 'unknown';
      try {
        const { rowCount } = await exclusively(companyId, ({ db }) =>
          db.update(tags).set(name).where(isTag(companyId, serial)),
        );
        return rowCount === 1 ? 'renamed' : 'unknown';
      } catch (error) {
        if (violated('unique', error) === 'tags_name') return 'name-taken';
        throw error;
      }
    },
    async deleteTag(companyId, serial) {
      if (serial.includes('\0')) return false;
      for (;;) {
        const isThere = await exclusively(companyId, async ({ db }) => {
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
