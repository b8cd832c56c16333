import { type AddOutcome, foldKey, type Findings, type LookUp, type NewUser, type Organization, type Tag, type UniqueField, type User, uniqueFields, type UserStore } from '../../users/ports.ts';
import { violated } from './failures.ts';
import type { Postgres } from './open.ts';

/** Which unique index of `users` stands for which field. */
const uniqueIndexes: Record<string, UniqueField | 'serial'> = {
  users_serial: 'serial',
  users_employee_id: 'employeeID',
  users_email: 'email',
  users_phone: 'phone',
  users_username: 'username',
};

/** Everything that is looked up before a creation, in one round trip. A null key equals nothing. */
const lookUpStatement = {
  name: 'users-look-up',
  text: `
    select
      exists (select from users where company_id = $1 and employee_id_key = $2) as "employeeID",
      exists (select from users where company_id = $1 and email_key = $3) as email,
      exists (select from users where company_id = $1 and phone = $4) as phone,
      exists (select from users where company_id = $1 and username_key = $5) as username,
      array(
        select wanted.serial from unnest($6::text[]) with ordinality as wanted (serial, position)
        where not exists (select from tags where tags.serial = wanted.serial and company_id = $1)
        order by position
      ) as "unknownTags",
      (select is_active from organizations where serial = $7 and company_id = $1) as "organizationIsActive"`,
};

/**
 * User, tag links and mail in one statement, hence in one transaction and one round trip. No row comes back when a tag or
 * the organization is gone or inactive. The mail is due by the database's clock, cut to the column's milliseconds:
 * rounding up would hide it from a claim in the same millisecond.
 */
const addStatement = {
  name: 'users-add',
  text: `
    with organization as (
      select id, serial, name, is_active from organizations where company_id = $2 and serial = $14
    ), wanted as (
      select wanted.position, tags.id, tags.serial, tags.name
      from unnest($15::text[]) with ordinality as wanted (serial, position)
      left join tags on tags.serial = wanted.serial and tags.company_id = $2
    ), added as (
      insert into users (id, company_id, serial, employee_id, employee_id_key, name, username, username_key, email, email_key, phone, password_hash, is_active, organization_id, created_at)
      select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, (select id from organization), $16
      where ($14::text is null or exists (select from organization where is_active)) and not exists (select from wanted where id is null)
      returning id
    ), links as (
      insert into user_tags (user_id, position, tag_id) select added.id, wanted.position - 1, wanted.id from added, wanted
    ), mail as (
      insert into outbox (id, user_id, state, key_id, nonce, ciphertext, attempts, due_at, created_at)
      select $17, id, 'queued', $18, $19, $20, 0, date_trunc('milliseconds', now()), $16 from added where $17::uuid is not null
    )
    select
      (select json_build_object('serial', serial, 'name', name, 'isActive', is_active) from organization) as organization,
      (select coalesce(json_agg(json_build_object('serial', serial, 'name', name) order by position), '[]') from wanted) as tags
    from added`,
};

const findStatement = (name: string, where: string) => ({
  name: `users-${name}`,
  text: `
    select
      users.serial, users.employee_id as "employeeID", users.name, users.username, users.email, users.phone, users.is_active as "isActive", users.created_at as "createdAt",
      case when o.id is not null then json_build_object('serial', o.serial, 'name', o.name, 'isActive', o.is_active) end as organization,
      (
        select coalesce(json_agg(json_build_object('serial', tags.serial, 'name', tags.name) order by position), '[]')
        from user_tags join tags on tags.id = tag_id where user_id = users.id
      ) as tags
    from users left join organizations o on o.id = organization_id where users.company_id = $1 and ${where} = $2`,
});
const findById = findStatement('find-by-id', 'users.id');
const findBySerial = findStatement('find-by-serial', 'users.serial');
const findByEmployeeID = findStatement('find-by-employee-id', 'users.employee_id_key');

/** The users of all companies in one Postgres. */
export function makePostgresUserStore({ query, run, once }: Postgres): UserStore {
  async function lookUp(companyId: string, wanted: LookUp): Promise<Findings> {
    type Row = Record<UniqueField, boolean> & { unknownTags: string[]; organizationIsActive: boolean | null };
    const [row] = await query<Row>(lookUpStatement, [
      companyId, wanted.employeeID, wanted.email, wanted.phone, wanted.username, wanted.tagSerials, wanted.organizationSerial,
    ]);
    const { unknownTags, organizationIsActive, ...taken } = row!;
    return {
      taken: uniqueFields.filter((field) => taken[field]),
      unknownTags,
      organization: wanted.organizationSerial === null ? 'none' : organizationIsActive === null ? 'unknown' : organizationIsActive ? 'active' : 'inactive',
    };
  }

  async function insert(user: NewUser, mail: Parameters<UserStore['add']>[1]): Promise<AddOutcome> {
    const fold = (value: string | null) => value && foldKey(value);
    const values = [
      user.id, user.companyId, user.serial, user.employeeID, fold(user.employeeID), user.name, user.username, fold(user.username), user.email, fold(user.email),
      user.phone, user.passwordHash, user.isActive, user.organizationSerial, user.tagSerials, user.createdAt,
      mail?.id, mail?.sealed.keyId, mail?.sealed.nonce, mail?.sealed.ciphertext,
    ];
    try {
      const [row] = await query<{ organization: Organization | null; tags: Tag[] }>(addStatement, values);
      if (!row) return { outcome: 'reference-gone' };
      const { serial, employeeID, name, username, email, phone, isActive, createdAt } = user;
      return { outcome: 'added', user: { serial, employeeID, name, username, email, phone, isActive, createdAt, ...row } };
    } catch (error) {
      const field = uniqueIndexes[violated('unique', error) ?? ''];
      if (field) return { outcome: 'taken', field };
      // Deleted between this statement's snapshot and its end.
      if (/_(organization|tag)_id_/.test(violated('foreign', error) ?? '')) return { outcome: 'reference-gone' };
      throw error;
    }
  }

  async function find(statement: typeof findById, companyId: string, key: string): Promise<User | null> {
    // Postgres refuses to compare a text with a NUL, which no stored text holds.
    if (key.includes('\0')) return null;
    return (await query<User>(statement, [companyId, key]))[0] ?? null;
  }

  return {
    lookUp: (companyId, wanted) => run(() => lookUp(companyId, wanted)),
    add: (user, mail) =>
      once(
        () => insert(user, mail),
        async () => {
          const found = await find(findById, user.companyId, user.id);
          return found && { outcome: 'added', user: found };
        },
      ),
    find: (companyId, by) =>
      run(() => ('serial' in by ? find(findBySerial, companyId, by.serial) : find(findByEmployeeID, companyId, foldKey(by.employeeID)))),
  };
}
