import type { AddOutcome, NewEntry, UniqueField, UserStore } from '../../users/ports.ts';
import { uuidv7After } from '../../uuid.ts';
import { foldedKeys, toUser } from '../user-columns.ts';
import { violatedUnique } from './failures.ts';
import { makeFindReferences, type References } from './find-references.ts';
import { prepareWriteProgress } from './idempotency.ts';
import { prepareInsertMail } from './insert-mail.ts';
import type { Sqlite } from './open.ts';
import { userColumns } from './read-users.ts';
import { onlyValue, prepareInsert, type Session } from './session.ts';
import { users, userTags } from './tables.ts';
import type { UserCounts } from './user-counts.ts';

/** Which column a unique violation of `users` ends with, and the field that it stands for. */
const uniqueColumns = {
  'users.serial': 'serial',
  'users.employee_id_key': 'employeeID',
  'users.email_key': 'email',
  'users.phone': 'phone',
  'users.username_key': 'username',
  'users.import_key': 'importKey',
} as const satisfies Record<string, UniqueField | 'serial' | 'importKey'>;

/** Makes the verb that adds users with their tag links, mails and idempotency record, as one transaction. */
export function makeAddUsers(
  { writeTogether, prepare }: Pick<Sqlite, 'writeTogether' | 'prepare'>,
  counts: UserCounts,
): UserStore['add'] {
  const findReferences = makeFindReferences({ prepare });
  const insertUser = prepareInsert(prepare, users);
  // Not `returning`: like a trigger it makes SQLite copy every page that the insert touches, and doubles its time.
  const storedUser = prepare(`select ${userColumns.list} from users where id = ?`, (values) =>
    userColumns.read(values),
  );
  const insertUserTag = prepareInsert(prepare, userTags);
  const insertMail = prepareInsertMail({ prepare });
  const writeProgress = prepareWriteProgress(prepare);
  const nextIdAfter = makeNextId(prepare);

  function addOne(session: Session, id: string, { user, mail }: NewEntry, references: References): AddOutcome {
    const tags = user.tagSerials.map(references.tag);
    const organization = user.organizationSerial === null ? null : references.organization(user.organizationSerial);
    if (!tags.every((tag) => tag !== undefined) || organization === undefined || organization?.isActive === false)
      return { kind: 'reference-gone' };
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
      return { kind: 'added', user: toUser(session.get(storedUser, id)!, organization, tags) };
    } catch (error) {
      const field = takenField(error);
      if (field) return { kind: 'taken', field };
      throw error;
    }
  }

  return (companyId, entries, { allOrNone, record }) =>
    writeTogether((session) => {
      const references = findReferences(session, companyId);
      const ids = entries.map(({ user }) => nextIdAfter(session, user.id));
      // A refused insert changes nothing, so that the others need no savepoint of their own.
      const outcomes = entries.map((entry, at) => addOne(session, ids[at]!, entry, references));
      if (allOrNone && outcomes.some(({ kind }) => kind !== 'added')) throw new Undone(outcomes);
      if (record && !writeProgress(session, record.hold, record.progress(outcomes))) throw new Undone(null);
      const added = entries.map(({ user: { isActive } }, at) => ({ id: ids[at]!, isActive }));
      counts.add(
        session,
        companyId,
        added.filter((_, at) => outcomes[at]!.kind === 'added'),
      );
      return outcomes;
    }).catch((error: unknown) => {
      if (error instanceof Undone) return error.outcomes;
      throw error;
    });
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

function takenField(error: unknown): UniqueField | 'serial' | 'importKey' | null {
  const violated = violatedUnique(error);
  return Object.entries(uniqueColumns).find(([column]) => violated?.endsWith(column))?.[1] ?? null;
}

/** Thrown to undo what was written. `outcomes` says why; null stands for a lost hold. */
class Undone extends Error {
  readonly outcomes: AddOutcome[] | null;
  constructor(outcomes: AddOutcome[] | null) {
    super();
    this.outcomes = outcomes;
  }
}
