import { type SQL, sql } from 'drizzle-orm';
import type { OffsetRange, CursorRange, UserFilter } from '../users/ports.ts';

/**
 * Builds the condition that one text contains another, as the engine says it: LIKE has wildcards, and in SQLite its own
 * idea of case.
 */
export type Contains = (text: SQL, part: string) => SQL;

/**
 * Builds the ids and the count of a list of users in the SQL that both engines speak. `UserReader` says what a filter
 * costs.
 */
export function userList(contains: Contains, companyId: string, filter: UserFilter, searchWindow: number) {
  const { from, id, where, others } = servedByIndex(companyId, filter);
  const conditions = searched(contains, companyId, others);
  const columns = sql.raw(
    ['id', 'name_key', 'email_key', 'phone', 'is_active', 'organization_id'].map((name) => `users.${name}`).join(),
  );
  const [source, key, condition] =
    conditions.length === 0
      ? [from, id, where]
      : [
          sql`(
            select ${columns} from ${withUsers(from)} where ${where} order by ${id} desc limit ${searchWindow}
          ) as users`,
          sql`users.id`,
          sql.join(conditions, sql` and `),
        ];
  const ids = sql`select ${key} as id from ${source} where ${condition}`;
  return {
    after: ({ after, limit }: CursorRange): SQL =>
      sql`${ids} ${after === null ? sql`` : sql`and ${key} > ${after}`} order by ${key} limit ${limit}`,
    /** Positions count from the id `start`, or from the first user. */
    at: ({ offset, limit }: OffsetRange, start?: string): SQL =>
      sql`${ids} ${start === undefined ? sql`` : sql`and ${key} >= ${start}`}
        order by ${key} limit ${limit} offset ${offset}`,
    count: sql`select count(*) as count from ${source} where ${condition}`,
  };
}

const users = sql`users`;
const userTags = sql`user_tags`;

function withUsers(from: SQL): SQL {
  return from === userTags ? sql`user_tags join users on users.id = user_tags.user_id` : from;
}

function servedByIndex(
  companyId: string,
  { employeeID, tagSerial, organizationSerial, isActive, ...others }: UserFilter,
) {
  const ofUsers = { from: users, id: sql`users.id` };
  if (employeeID !== undefined)
    return {
      ...ofUsers,
      where: sql`users.company_id = ${companyId} and users.employee_id_key = ${employeeID}`,
      others: { tagSerial, organizationSerial, isActive, ...others },
    };
  if (tagSerial !== undefined)
    return {
      from: userTags,
      id: sql`user_tags.user_id`,
      where: sql`user_tags.tag_id = ${tagId(companyId, tagSerial)}`,
      others: { organizationSerial, isActive, ...others },
    };
  if (organizationSerial !== undefined)
    return {
      ...ofUsers,
      where: sql`users.organization_id = ${organizationId(companyId, organizationSerial)}`,
      others: { isActive, ...others },
    };
  const ofCompany = sql`users.company_id = ${companyId}`;
  return { ...ofUsers, where: isActive === undefined ? ofCompany : sql`${ofCompany} and ${active(isActive)}`, others };
}

function searched(
  contains: Contains,
  companyId: string,
  { tagSerial, organizationSerial, isActive, name, email, phone }: UserFilter,
): SQL[] {
  const conditions: SQL[] = [];
  if (tagSerial !== undefined)
    conditions.push(
      sql`exists (select 1 from user_tags where user_id = users.id and tag_id = ${tagId(companyId, tagSerial)})`,
    );
  if (organizationSerial !== undefined)
    conditions.push(sql`users.organization_id = ${organizationId(companyId, organizationSerial)}`);
  if (isActive !== undefined) conditions.push(active(isActive));
  if (name !== undefined) conditions.push(contains(sql`users.name_key`, name));
  if (email !== undefined) conditions.push(contains(sql`users.email_key`, email));
  if (phone !== undefined)
    conditions.push(
      sql`(${sql.join(
        phone.map((part) => contains(sql`users.phone`, part)),
        sql` or `,
      )})`,
    );
  return conditions;
}

const tagId = (companyId: string, serial: string) =>
  sql`(select id from tags where company_id = ${companyId} and serial = ${serial})`;
const organizationId = (companyId: string, serial: string) =>
  sql`(select id from organizations where company_id = ${companyId} and serial = ${serial})`;
const active = (isActive: boolean) => sql.raw(`users.is_active = ${isActive}`);
