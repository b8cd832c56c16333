import { type SQL, sql } from 'drizzle-orm';
import { foldKey, type Row, type MailState, type User, type UserReader } from '../../users/ports.ts';
import { userList } from '../user-list.ts';
import type { Postgres } from './open.ts';
import { contains, statementOf } from './statement.ts';

const userColumns = `
  users.serial, users.employee_id as "employeeID", users.name, users.username, users.email, users.phone, users.is_active as "isActive", users.created_at as "createdAt",
  case when o.id is not null then json_build_object('serial', o.serial, 'name', o.name, 'isActive', o.is_active) end as organization,
  (
    select coalesce(json_agg(json_build_object('serial', tags.serial, 'name', tags.name) order by position), '[]')
    from user_tags join tags on tags.id = tag_id where user_id = users.id
  ) as tags`;

const findStatement = (name: string, where: string) => ({
  name: `users-${name}`,
  text: `select ${userColumns} from users left join organizations o on o.id = organization_id where users.company_id = $1 and ${where}`,
});
export const findBySerials = findStatement('find-by-serials', 'users.serial = any($2)');
const findBySerial = findStatement('find-by-serial', 'users.serial = $2');
const findByEmployeeID = findStatement('find-by-employee-id', 'users.employee_id_key = $2');

/** A user has at most one mail that is queued or dead, the newest: by name both come before sent. */
const passwordMailsStatement = {
  name: 'users-password-mails',
  text: `
    select serial, case min(state) when 'queued' then 'QUEUED' when 'dead' then 'FAILED' else 'SENT' end as state
    from users join outbox on user_id = users.id where company_id = $1 and serial = any($2) group by serial`,
};

/** Reads the users of all companies in one Postgres. */
export function makePostgresUserReader({ query, run }: Pick<Postgres, 'query' | 'run'>): UserReader {
  async function find(statement: typeof findBySerial, companyId: string, key: string): Promise<User | null> {
    // Postgres refuses to compare a text with a NUL, which no stored text holds.
    if (key.includes('\0')) return null;
    return (await query<User>(statement, [companyId, key]))[0] ?? null;
  }

  async function read(ids: SQL): Promise<Row<User>[]> {
    const page = sql`
      with page as (${ids}) select users.id, ${sql.raw(userColumns)}
      from page join users on users.id = page.id left join organizations o on o.id = organization_id order by users.id`;
    return (await query<User & { id: string }>(...statementOf(page))).map(({ id, ...item }) => ({ id, item }));
  }

  async function count(statement: SQL): Promise<number> {
    return Number((await query<{ count: string }>(...statementOf(statement)))[0]!.count);
  }

  return {
    find: (companyId, by) =>
      run(() =>
        'serial' in by
          ? find(findBySerial, companyId, by.serial)
          : find(findByEmployeeID, companyId, foldKey(by.employeeID)),
      ),
    findAll: (companyId, serials) => run(() => query<User>(findBySerials, [companyId, serials])),
    list: (companyId, filter, searchWindow, slice) =>
      run(() => read(userList(contains, companyId, filter, searchWindow).after(slice))),
    page: (companyId, filter, searchWindow, places) =>
      run(async () => {
        const list = userList(contains, companyId, filter, searchWindow);
        const [page, total] = await Promise.all([read(list.at(places)), count(list.count)]);
        return { items: page.map(({ item }) => item), total };
      }),
    count: (companyId, filter, searchWindow) =>
      run(() => count(userList(contains, companyId, filter, searchWindow).count)),
    passwordMails: (companyId, serials) =>
      run(async () => {
        const rows = await query<{ serial: string; state: MailState }>(passwordMailsStatement, [companyId, serials]);
        return new Map(rows.map(({ serial, state }) => [serial, state]));
      }),
  };
}
