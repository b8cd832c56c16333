import type { DirectoryStore } from '../../users/directory-store.ts';
import { violatedUnique } from './failures.ts';
import type { Sqlite } from './open.ts';
import { onlyValue } from './session.ts';

/** Users that lose a tag in one transaction: it holds the only writer for some milliseconds. */
const maxUntagged = 5_000;

/** Makes the verbs that rename and delete tags. */
export function makeChangeTags({
  write,
  writeTogether,
  prepare,
}: Pick<Sqlite, 'write' | 'writeTogether' | 'prepare'>): Pick<DirectoryStore, 'renameTag' | 'deleteTag'> {
  const rename = prepare(
    'update tags set name = $name, name_key = $nameKey where company_id = $companyId and serial = $serial',
  );
  const tagBySerial = prepare('select id from tags where company_id = ? and serial = ?', onlyValue<string>);
  const untag = prepare(
    `delete from user_tags where rowid in (select rowid from user_tags where tag_id = ? limit ${maxUntagged})`,
  );
  const deleteTag = prepare('delete from tags where id = ?');
  return {
    renameTag: (companyId, serial, { name, nameKey }) =>
      writeTogether((session) => {
        try {
          return session.change(rename, { companyId, serial, name, nameKey }) === 1 ? 'renamed' : 'unknown';
        } catch (error) {
          if (violatedUnique(error)) return 'name-taken';
          throw error;
        }
      }),
    async deleteTag(companyId, serial) {
      for (;;) {
        const isThere = await write((session) => {
          const id = session.get(tagBySerial, companyId, serial);
          if (id === undefined) return false;
          // More may follow: the next transaction takes them off.
          if (session.change(untag, id) === maxUntagged) return null;
          session.change(deleteTag, id);
          return true;
        });
        if (isThere !== null) return isThere;
      }
    },
  };
}
