import type { SQL } from 'drizzle-orm';
import { foldKey, type MailState, type Tag, type User, type UserFilter, type UserReader } from '../../users/ports.ts';
import { pickUserColumns, toUser } from '../user-columns.ts';
import { userList } from '../user-list.ts';
import { columnsOf } from './columns.ts';
import { contains } from './contains.ts';
import type { Sqlite } from './open.ts';
import { makeReadQueue } from './read-queue.ts';
import { onlyValue, type Session } from './session.ts';
import { organizations, users } from './tables.ts';
import type { UserCounts } from './user-counts.ts';

/** The columns of a user that are answered. */
export const userColumns = columnsOf(pickUserColumns(users));
const organizationColumns = columnsOf({
  serial: organizations.serial,
  name: organizations.name,
  isActive: organizations.isActive,
});
const idColumn = columnsOf({ id: users.id });

const mailStates = { queued: 'QUEUED', sent: 'SENT', dead: 'FAILED' } as const satisfies Record<string, MailState>;

/** Makes the reader of the users of all companies in one SQLite file. */
export function makeSqliteUserReader(
  { run, snapshot, prepare }: Pick<Sqlite, 'run' | 'snapshot' | 'prepare'>,
  counts: UserCounts,
): UserReader {
  const findUser = makeFindUser(prepare);
  // A user has at most one mail that is queued or dead, the newest: by name both come before sent.
  const mailStateOf = prepare(
    `select min(state) from users join outbox on outbox.user_id = users.id
    where users.company_id = ? and users.serial = ?`,
    onlyValue<keyof typeof mailStates | null>,
  );
  const inReadQueue = makeReadQueue();

  /**
   * Looks up what was counted beforehand: counting a million users, or stepping over them, blocks the event loop for 50
   * ms.
   */
  function findCounted(session: Session, companyId: string, { isActive, ...others }: UserFilter, offset?: number) {
    const isCounted = Object.values(others).every((value) => value === undefined);
    return isCounted ? counts.find(session, companyId, isActive, offset) : null;
  }
  const count = ({ db }: Session, statement: SQL) => db.get<{ count: number }>(statement).count;
  const idsOf = ({ db }: Session, statement: SQL) => db.all<{ id: string }>(statement).map(({ id }) => id);

  return {
    find: (companyId, by) =>
      run((session) =>
        'serial' in by
          ? findUser.bySerial(session, companyId, by.serial)
          : findUser.byEmployeeID(session, companyId, foldKey(by.employeeID)),
      ),
    findAll: (companyId, by) =>
      snapshot((session) =>
        'serials' in by
          ? by.serials.flatMap((serial) => findUser.bySerial(session, companyId, serial) ?? [])
          : by.employeeIDs.flatMap((id) => findUser.byEmployeeID(session, companyId, foldKey(id)) ?? []),
      ),
    list: (companyId, filter, searchWindow, range) =>
      inReadQueue(() =>
        run((session) =>
          idsOf(session, userList(contains, companyId, filter, searchWindow).after(range)).map((id) => ({
            id,
            item: findUser.byId(session, id)!,
          })),
        ),
      ),
    page: (companyId, filter, searchWindow, { offset, limit }) =>
      inReadQueue(() =>
        // Of one moment, so that the counts are those of the list.
        snapshot((session) => {
          const list = userList(contains, companyId, filter, searchWindow);
          const counted = findCounted(session, companyId, filter, offset);
          const ids = idsOf(session, list.at({ offset: offset - (counted?.before ?? 0), limit }, counted?.start));
          return {
            items: ids.map((id) => findUser.byId(session, id)!),
            total: counted?.total ?? count(session, list.count),
          };
        }),
      ),
    count: (companyId, filter, searchWindow) =>
      inReadQueue(() =>
        run(
          (session) =>
            findCounted(session, companyId, filter)?.total ??
            count(session, userList(contains, companyId, filter, searchWindow).count),
        ),
      ),
    passwordMails: (companyId, serials) =>
      run((session) => {
        const mails = new Map<string, MailState>();
        for (const serial of serials) {
          const state = session.get(mailStateOf, companyId, serial);
          if (state) mails.set(serial, mailStates[state]);
        }
        return mails;
      }),
  };
}

/** Prepares the statements that read one user with its organization and its tags; null when there is none. */
export function makeFindUser(prepare: Sqlite['prepare']) {
  const findWhere = (condition: string) =>
    prepare(
      `select ${idColumn.list}, ${userColumns.list}, ${organizationColumns.list}
      from users left join organizations on organizations.id = users.organization_id where ${condition}`,
      (values) => {
        const organizationAt = idColumn.length + userColumns.length;
        return {
          ...idColumn.read(values),
          user: userColumns.read(values, idColumn.length),
          organization: values[organizationAt] === null ? null : organizationColumns.read(values, organizationAt),
        };
      },
    );
  const bySerial = findWhere('users.company_id = ? and users.serial = ?');
  const byEmployeeID = findWhere('users.company_id = ? and users.employee_id_key = ?');
  const byId = findWhere('users.id = ?');
  // A page may have 10,000 of them.
  const tagsOf = prepare<Tag>(`
    select tags.serial, tags.name from user_tags join tags on tags.id = user_tags.tag_id
    where user_id = ? order by position`);

  function find(session: Session, statement: typeof byId, ...keys: string[]): User | null {
    const row = session.get(statement, ...keys);
    return row ? toUser(row.user, row.organization, session.all(tagsOf, row.id)) : null;
  }
  return {
    bySerial: (session: Session, companyId: string, serial: string) => find(session, bySerial, companyId, serial),
    byEmployeeID: (session: Session, companyId: string, key: string) => find(session, byEmployeeID, companyId, key),
    byId: (session: Session, id: string) => find(session, byId, id),
  };
}
