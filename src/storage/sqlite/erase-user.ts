import { foldKey, type UserStore } from '../../users/ports.ts';
import { columnsOf } from './columns.ts';
import type { Sqlite } from './open.ts';
import { prepareInsert } from './session.ts';
import { erasedUsers, users } from './tables.ts';

const { id, companyId, serial, importKey, createdAt } = users;
const keptColumns = columnsOf({ id, companyId, serial, importKey, createdAt });

/**
 * Makes the verb that erases a user. SQLite overwrites what is deleted (`secure_delete`); the WAL keeps it until it is
 * checkpointed and truncated, which follows.
 */
export function makeEraseUser({
  write,
  truncateWal,
  prepare,
}: Pick<Sqlite, 'write' | 'truncateWal' | 'prepare'>): UserStore['erase'] {
  const find = (condition: string) =>
    prepare(`select ${keptColumns.list} from users where company_id = ? and ${condition}`, (values) =>
      keptColumns.read(values),
    );
  const bySerial = find('serial = ?');
  const byEmployeeID = find('employee_id_key = ?');
  const deletions = [
    prepare('delete from outbox where user_id = ?'),
    prepare('delete from user_tags where user_id = ?'),
    prepare('delete from users where id = ?'),
  ];
  const insertTombstone = prepareInsert(prepare, erasedUsers);

  return async (companyId, by, erasedAt) => {
    const erased = await write((session) => {
      const user =
        'serial' in by
          ? session.get(bySerial, companyId, by.serial)
          : session.get(byEmployeeID, companyId, foldKey(by.employeeID));
      if (!user) return null;
      for (const deletion of deletions) session.change(deletion, user.id);
      insertTombstone(session, { ...user, erasedAt });
      return user.serial;
    });
    if (erased !== null) truncateWal();
    return erased;
  };
}
