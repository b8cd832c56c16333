import type { ChangeOutcome, UserChange } from '../../users/ports.ts';
import { foldedKeys } from '../user-columns.ts';
import { takenField } from './add-user.ts';
import { linkedBy, type References } from './find-references.ts';
import { prepareInsertMail } from './insert-mail.ts';
import type { Sqlite } from './open.ts';
import { makeFindUser } from './read-users.ts';
import { prepareInsert, prepareUpdate, type Session } from './session.ts';
import { users, userTags } from './tables.ts';

/** Makes the function that changes one user with its tag links and its mails, in the transaction of its session. */
export function makeChangeUser({ prepare }: Pick<Sqlite, 'prepare'>) {
  const findUser = makeFindUser(prepare);
  const versionOf = prepare<{ id: string; version: number }>(
    'select id, version from users where company_id = ? and serial = ?',
  );
  const updateUser = prepareUpdate(prepare, users);
  const deleteUserTags = prepare('delete from user_tags where user_id = ?');
  const insertUserTag = prepareInsert(prepare, userTags);
  const deleteMails = prepare(`delete from outbox where user_id = ? and state in ('queued', 'dead')`);
  const insertMail = prepareInsertMail({ prepare });

  return function changeUser(
    session: Session,
    companyId: string,
    change: UserChange,
    references: References,
  ): ChangeOutcome {
    const { set, tagSerials, organizationSerial, passwordHash, at } = change;
    const row = session.get(versionOf, companyId, change.serial);
    if (!row) return { kind: 'unknown' };
    if (row.version !== change.version) return { kind: 'version-mismatch' };
    const linked = linkedBy(references, {
      tagSerials: tagSerials ?? [],
      organizationSerial: organizationSerial ?? null,
    });
    if (!linked) return { kind: 'reference-gone' };
    try {
      updateUser(session, row.id, {
        ...set,
        ...foldedKeys(set),
        ...(organizationSerial !== undefined && { organizationId: linked.organization?.id ?? null }),
        ...(passwordHash !== undefined && { passwordHash, passwordResentAt: at }),
        version: row.version + 1,
        updatedAt: at,
      });
    } catch (error) {
      const field = takenField(error);
      if (field && field !== 'serial' && field !== 'importKey') return { kind: 'taken', field };
      throw error;
    }
    if (tagSerials) {
      session.change(deleteUserTags, row.id);
      for (const [position, { id }] of linked.tags.entries())
        insertUserTag(session, { userId: row.id, position, tagId: id });
    }
    if (change.endsMails) session.change(deleteMails, row.id);
    if (change.mail) insertMail(session, change.mail, row.id, at);
    return { kind: 'changed', user: findUser.byId(session, row.id)! };
  };
}
