import type { NewEntry, UniqueField } from '../../users/ports.ts';
import { uuidv7After } from '../../uuid.ts';
import { foldedKeys, toUser } from '../user-columns.ts';
import { violatedUnique } from './failures.ts';
import { linkedBy, type References } from './find-references.ts';
import { prepareInsertMail } from './insert-mail.ts';
import type { Sqlite } from './open.ts';
import { userColumns } from './read-users.ts';
import { onlyValue, prepareInsert, type Session } from './session.ts';
import { users, userTags } from './tables.ts';

/** Which column a unique violation of `users` ends with, and the field that it stands for. */
const uniqueColumns = {
  'users.serial': 'serial',
  'users.employee_id_key': 'employeeID',
  'users.email_key': 'email',
  'users.phone': 'phone',
  'users.username_key': 'username',
  'users.import_key': 'importKey',
} as const satisfies Record<string, UniqueField | 'serial' | 'importKey'>;

/** Makes the function that adds one user with its tag links and its mail, in the transaction of its session. */
export function makeAddUser({ prepare }: Pick<Sqlite, 'prepare'>) {
  const insertUser = prepareInsert(prepare, users);
  // Not `returning`: like a trigger it makes SQLite copy every page that the insert touches, and doubles its time.
  const storedUser = prepare(`select ${userColumns.list} from users where id = ?`, (values) =>
    userColumns.read(values),
  );
  const insertUserTag = prepareInsert(prepare, userTags);
  const insertMail = prepareInsertMail({ prepare });
  const nextIdAfter = makeNextId(prepare);
  const isErased = prepare<object>('select 1 from erased_users where company_id = ? and import_key = ?');

  /** @returns also the id of the user's row, if it was added */
  return function addUser(session: Session, { user, mail }: NewEntry, references: References) {
    const linked = linkedBy(references, user);
    if (!linked) return { id: null, outcome: { kind: 'reference-gone' } as const };
    if (user.importKey !== null && session.get(isErased, user.companyId, user.importKey))
      return { id: null, outcome: { kind: 'taken', field: 'importKey' } as const };
    const { tags, organization } = linked;
    const id = nextIdAfter(session, user.id);
    try {
      insertUser(session, {
        ...user,
        ...foldedKeys(user),
        id,
        organizationId: organization?.id ?? null,
        version: 1,
        updatedAt: null,
        passwordResentAt: null,
      });
      for (const [position, tag] of tags.entries()) insertUserTag(session, { userId: id, position, tagId: tag.id });
      if (mail) insertMail(session, mail, id, user.createdAt);
      const stored = toUser(session.get(storedUser, id)!, organization, tags);
      return { id, outcome: { kind: 'added', user: stored } as const };
    } catch (error) {
      const field = takenField(error);
      if (field) return { id: null, outcome: { kind: 'taken', field } as const };
      throw error;
    }
  };
}

/**
 * Makes the function that gives ids in the order of commits, over all processes and whatever the clock does. It is
 * called with the write lock, so the greatest id is read once for each transaction.
 */
function makeNextId(prepare: Sqlite['prepare']) {
  const newestId = prepare('select max(id) from users', onlyValue<string | null>);
  let newest: { session: Session; id: string | null } | undefined;
  return (session: Session, id: string): string => {
    if (newest?.session !== session) newest = { session, id: session.get(newestId) ?? null };
    return (newest.id = uuidv7After(newest.id, id));
  };
}

/** Returns which value of a user already exists; null for another error. */
export function takenField(error: unknown): UniqueField | 'serial' | 'importKey' | null {
  const violated = violatedUnique(error);
  return Object.entries(uniqueColumns).find(([column]) => violated?.endsWith(column))?.[1] ?? null;
}
