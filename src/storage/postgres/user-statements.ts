import { foldKey, type NewEntry } from '../../users/ports.ts';

/**
 * Everything that is looked up before a creation, for many in one round trip. A null key equals nothing. Subqueries with a
 * value, not `exists`: Postgres takes any JSON for 100 rows, and would answer an `exists` for so many by reading the whole
 * company, each time (11 ms for 5,000 users in place of 0.1).
 */
export const lookUpStatement = {
  name: 'users-look-up',
  text: `
    select
      (select true from users where company_id = $1 and employee_id_key = wanted."employeeID") is not null as "employeeID",
      (select true from users where company_id = $1 and email_key = wanted.email) is not null as email,
      (select true from users where company_id = $1 and phone = wanted.phone) is not null as phone,
      (select true from users where company_id = $1 and username_key = wanted.username) is not null as username,
      (select true from users where company_id = $1 and import_key = wanted."importKey") is not null as imported,
      array(
        select tag.serial from unnest(wanted."tagSerials") with ordinality as tag (serial, position)
        where (select true from tags where tags.serial = tag.serial and company_id = $1) is null
        order by position
      ) as "unknownTags",
      (select is_active from organizations where serial = wanted."organizationSerial" and company_id = $1) as "organizationIsActive"
    from json_to_recordset($2) as wanted (
      position int, "employeeID" text, email text, phone text, username text, "importKey" text, "tagSerials" text[], "organizationSerial" text
    )
    order by wanted.position`,
};

/** The 60 bits by which UUIDv7 are in order, its time and what follows the version, as a bigint. */
const orderOf = (id: string) =>
  `('x0' || substr(${id}::text, 1, 8) || substr(${id}::text, 10, 4) || substr(${id}::text, 16, 3))::bit(64)::bigint`;

/**
 * Users, tag links, mails and the idempotency record in one statement, hence in one transaction and one round trip: all
 * of them, or nothing when a tag or an organization is gone or inactive, or the hold is lost. The id of a user is the one made
 * for it, or the next one after the greatest where it is not greater (`uuidv7After`); several keep their order. A mail is due by the
 * database's clock, cut to the column's milliseconds: rounding up would hide it from a claim in the same millisecond.
 */
export const addStatement = {
  name: 'users-add',
  text: `
    with newest as (
      select coalesce((select ${orderOf('id')} from users order by id desc limit 1), 0) as id
    ), given as (
      select given.*, (substr(digits, 1, 8) || '-' || substr(digits, 9, 4) || '-7' || substr(digits, 13) || substr("madeId"::text, 19))::uuid as id from (
        select given.*, lpad(to_hex(greatest(${orderOf('"madeId"')}, newest.id + row_number() over (order by "madeId"))), 15, '0') as digits
        from newest, json_to_recordset($2) as given (
          position int, "madeId" uuid, serial text, "employeeID" text, "employeeIDKey" text, name text, "nameKey" text, username text, "usernameKey" text, email text, "emailKey" text, phone text,
          "passwordHash" text, "isActive" boolean, "tagSerials" text[], "organizationSerial" text, "importKey" text, "createdAt" timestamptz,
          "mailId" uuid, "keyId" text, nonce text, ciphertext text
        )
      ) as given
    ), wanted as (
      select given.id as user_id, tag.position, tags.id, tags.serial, tags.name
      from given cross join unnest("tagSerials") with ordinality as tag (serial, position) left join lateral (select * from tags where serial = tag.serial and company_id = $1 limit 1) tags on true
    ), good as (
      select given.*, o.id as organization_id, case when o.id is not null then json_build_object('serial', o.serial, 'name', o.name, 'isActive', o.is_active) end as organization
      from given left join lateral (select * from organizations where serial = "organizationSerial" and company_id = $1 limit 1) o on true
      where ("organizationSerial" is null or o.is_active) and not exists (select from wanted where user_id = given.id and wanted.id is null)
    ), whole as (
      select (select count(*) from good) = (select count(*) from given) as whole
    ), record as (
      update idempotency_keys set results = $6, completed = $7 from whole
      where client_id = $3 and key = $4 and holder = $5 and not completed and whole returning true as held
    ), added as (
      insert into users (id, company_id, serial, employee_id, employee_id_key, name, name_key, username, username_key, email, email_key, phone, password_hash, is_active, organization_id, import_key, created_at)
      select id, $1, serial, "employeeID", "employeeIDKey", name, "nameKey", username, "usernameKey", email, "emailKey", phone, "passwordHash", "isActive", organization_id, "importKey", "createdAt"
      from good, whole where whole and ($3::text is null or exists (select from record)) order by position
      returning id
    ), links as (
      insert into user_tags (user_id, position, tag_id) select added.id, wanted.position - 1, wanted.id from added join wanted on user_id = added.id
    ), mail as (
      insert into outbox (id, user_id, state, key_id, nonce, ciphertext, attempts, due_at, created_at)
      select "mailId", id, 'queued', "keyId", decode(nonce, 'hex'), decode(ciphertext, 'hex'), 0, date_trunc('milliseconds', now()), "createdAt"
      from added join good using (id) where "mailId" is not null
    )
    select
      good.id is not null as good, added.id is not null as added, good.organization,
      (select coalesce(json_agg(json_build_object('serial', wanted.serial, 'name', wanted.name) order by wanted.position), '[]') from wanted where user_id = given.id) as tags
    from given left join good using (id) left join added using (id) order by given.position`,
};

/** An entry as `addStatement` takes it in JSON: bytes in hexadecimal digits. @param position its place in the list */
export function toRow({ user, mail }: NewEntry, position: number) {
  const fold = (value: string | null) => value && foldKey(value);
  const sealed = mail && {
    mailId: mail.id,
    keyId: mail.sealed.keyId,
    nonce: mail.sealed.nonce.toString('hex'),
    ciphertext: mail.sealed.ciphertext.toString('hex'),
  };
  return {
    position,
    ...user,
    madeId: user.id,
    employeeIDKey: fold(user.employeeID),
    nameKey: fold(user.name),
    usernameKey: fold(user.username),
    emailKey: fold(user.email),
    ...sealed,
  };
}
