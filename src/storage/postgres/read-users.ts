import { type SQL, sql } from 'drizzle-orm';
import {
  foldKey,
  type MailState,
  type Organization,
  type Row,
  type Tag,
  type User,
  type UserReader,
} from '../../users/ports.ts';
import { pickUserColumns, toUser, type UserColumns } from '../user-columns.ts';
import { userList } from '../user-list.ts';
import { columnsOf } from './columns.ts';
import { contains } from './contains.ts';
import type { Postgres } from './open.ts';
import type { Session } from './session.ts';
import { users } from './tables.ts';

/** The columns of a user that are answered. */
export const userColumns = columnsOf(pickUserColumns(users));

const wholeUser = `
  ${userColumns},
  case when o.id is not null
    then json_build_object('serial', o.serial, 'name', o.name, 'isActive', o.is_active)
  end as organization,
  (
    select coalesce(json_agg(json_build_object('serial', tags.serial, 'name', tags.name) order by position), '[]')
    from user_tags join tags on tags.id = tag_id where user_id = users.id
  ) as tags`;

const findStatement = (name: string, where: string) => ({
  name: `users-${name}`,
  text: `
    select ${wholeUser} from users left join organizations o on o.id = organization_id
    where users.company_id = $1 and ${where}`,
});
const findBySerialsStatement = findStatement('find-by-serials', 'users.serial = any($2)');
const findByEmployeeIDs = findStatement('find-by-employee-ids', 'users.employee_id_key = any($2)');
const findBySerial = findStatement('find-by-serial', 'users.serial = $2');
const findByEmployeeID = findStatement('find-by-employee-id', 'users.employee_id_key = $2');

type UserRow = UserColumns & { organization: Organization | null; tags: Tag[] };
const userOf = ({ organization, tags, ...columns }: UserRow): User => toUser(columns, organization, tags);

/** A user has at most one mail that is queued or dead, the newest: by name both come before sent. */
const passwordMailsStatement = {
  name: 'users-password-mails',
  text: `
    select serial, case min(state) when 'queued' then 'QUEUED' when 'dead' then 'FAILED' else 'SENT' end as state
    from users join outbox on user_id = users.id where company_id = $1 and serial = any($2) group by serial`,
};

/** Makes the reader of the users of all companies in one Postgres. */
export function makePostgresUserReader({ run }: Pick<Postgres, 'run'>): UserReader {
  return {
    find: (companyId, by) =>
      run((session) =>
        'serial' in by
          ? find(session, findBySerial, companyId, by.serial)
          : find(session, findByEmployeeID, companyId, foldKey(by.employeeID)),
      ),
    findAll: (companyId, by) =>
      run((session) =>
        'serials' in by
          ? findBySerials(session, companyId, by.serials)
          : findMany(session, findByEmployeeIDs, companyId, by.employeeIDs.map(foldKey)),
      ),
    list: (companyId, filter, searchWindow, range) =>
      run((session) => read(session, userList(contains, companyId, filter, searchWindow).after(range))),
    page: async (companyId, filter, searchWindow, range) => {
      const list = userList(contains, companyId, filter, searchWindow);
      // On two connections at once, so that a page takes one round trip.
      const [rows, total] = await Promise.all([
        run((session) => read(session, list.at(range))),
        run((session) => count(session, list.count)),
      ]);
      return { items: rows.map(({ item }) => item), total };
    },
    count: (companyId, filter, searchWindow) =>
      run((session) => count(session, userList(contains, companyId, filter, searchWindow).count)),
    passwordMails: (companyId, serials) =>
      run(async (session) => {
        type Mail = { serial: string; state: MailState };
        const rows = await session.query<Mail>(passwordMailsStatement, [companyId, serials]);
        return new Map(rows.map(({ serial, state }) => [serial, state]));
      }),
  };
}

async function find(
  session: Session,
  statement: typeof findBySerial,
  companyId: string,
  key: string,
): Promise<User | null> {
  // Postgres refuses to compare a text with a NUL, which no stored text holds.
  if (key.includes('\0')) return null;
  const [row] = await session.query<UserRow>(statement, [companyId, key]);
  return row ? userOf(row) : null;
}

/** Reads the users of a company that have these serials. */
export function findBySerials(session: Session, companyId: string, serials: readonly string[]): Promise<User[]> {
  return findMany(session, findBySerialsStatement, companyId, serials);
}

async function findMany(
  session: Session,
  statement: typeof findBySerial,
  companyId: string,
  keys: readonly string[],
): Promise<User[]> {
  const rows = await session.query<UserRow>(statement, [companyId, keys.filter((key) => !key.includes('\0'))]);
  return rows.map(userOf);
}

async function read(session: Session, ids: SQL): Promise<Row<User>[]> {
  const rows = await session.list<UserRow & { id: string }>(sql`
    with page as (${ids}) select users.id, ${sql.raw(wholeUser)}
    from page join users on users.id = page.id left join organizations o on o.id = organization_id order by users.id`);
  return rows.map(({ id, ...row }) => ({ id, item: userOf(row) }));
}

/** Executes a statement that counts rows as `count`. */
export async function count(session: Session, statement: SQL): Promise<number> {
  return Number((await session.list<{ count: string }>(statement))[0]!.count);
}
