import { getTableColumns } from 'drizzle-orm';
import type { NewEntry, Organization, Tag } from '../../users/ports.ts';
import { foldedKeys, userProperties, type UserColumns } from '../user-columns.ts';
import { userColumns } from './read-users.ts';
import { users } from './tables.ts';

/** Columns that the statement finds itself, or that stay null. */
const notWritten = ['id', 'companyId', 'organizationId', 'version', 'updatedAt', 'passwordResentAt'];
/** The columns that are written as they come in the JSON: all others of `tables.ts`. */
const writtenColumns = Object.entries(getTableColumns(users))
  .filter(([property]) => !notWritten.includes(property))
  .map(([property, column]) => ({ property: `"${property}"`, name: column.name, type: column.getSQLType() }));

/** The 60 bits by which UUIDv7 are in order, its time and what follows the version, as a bigint. */
const orderOf = (id: string) =>
  `('x0' || substr(${id}::text, 1, 8) || substr(${id}::text, 10, 4) || substr(${id}::text, 16, 3))::bit(64)::bigint`;

/**
 * Users, tag links, mails and the idempotency record in one statement, hence in one transaction and one round trip: all
 * of them, or nothing when a tag or an organization is gone or inactive, or the hold is lost. A user's id is the one
 * that the program chose, or the next one after the greatest where it is not greater (`uuidv7After`); several keep
 * their order. A mail is due by the database's clock, cut to the column's milliseconds: rounding up would hide it from
 * a claim in the same millisecond. It answers the columns of each user as they are stored.
 */
export const addStatement = {
  name: 'users-add',
  text: `
    with newest as (
      select coalesce((select ${orderOf('id')} from users order by id desc limit 1), 0) as id
    ), numbered as (
      select input.*, lpad(to_hex(greatest(
        ${orderOf('"chosenId"')}, newest.id + row_number() over (order by "chosenId")
      )), 15, '0') as digits
      from newest, json_to_recordset($2) as input (
        position int, "chosenId" uuid, ${writtenColumns.map(({ property, type }) => `${property} ${type}`).join(', ')},
        "tagSerials" text[], "organizationSerial" text, "mailId" uuid, "keyId" text, nonce text, ciphertext text,
        turn int, "requestId" text, traceparent text
      )
    ), entry as (
      select numbered.*, (
        substr(digits, 1, 8) || '-' || substr(digits, 9, 4) || '-7' || substr(digits, 13)
        || substr("chosenId"::text, 19)
      )::uuid as id
      from numbered
    ), link as (
      select entry.id as user_id, tag.position, tags.id, tags.serial, tags.name
      from entry cross join unnest("tagSerials") with ordinality as tag (serial, position)
      left join lateral (
        select * from tags where serial = tag.serial and company_id = $1 limit 1
      ) tags on true
    ), good as (
      select entry.*, o.id as organization_id, case when o.id is not null
        then json_build_object('serial', o.serial, 'name', o.name, 'isActive', o.is_active)
      end as organization
      from entry left join lateral (
        select * from organizations where serial = "organizationSerial" and company_id = $1 limit 1
      ) o on true
      where ("organizationSerial" is null or o.is_active)
        and not exists (select from link where user_id = entry.id and link.id is null)
        and ("importKey" is null or not exists (
          select from erased_users where company_id = $1 and import_key = "importKey"
        ))
    ), complete as (
      select (select count(*) from good) = (select count(*) from entry) as is_complete
    ), record as (
      update idempotency_keys set results = $6, completed = $7 from complete
      where client_id = $3 and key = $4 and holder = $5 and not completed and is_complete returning true as held
    ), added as (
      insert into users (id, company_id, organization_id, ${writtenColumns.map(({ name }) => name).join(', ')})
      select id, $1, organization_id, ${writtenColumns.map(({ property }) => property).join(', ')}
      from good, complete where is_complete and ($3::text is null or exists (select from record)) order by position
      returning users.id, ${userColumns}
    ), added_link as (
      insert into user_tags (user_id, position, tag_id)
      select added.id, link.position - 1, link.id from added join link on user_id = added.id
    ), mail as (
      insert into outbox (
        id, user_id, state, key_id, nonce, ciphertext, attempts, due_at, created_at, turn, request_id, traceparent
      )
      select "mailId", good.id, 'queued', "keyId", decode(nonce, 'hex'), decode(ciphertext, 'hex'), 0,
        date_trunc('milliseconds', now()), good."createdAt", coalesce(turn, 0), "requestId", traceparent
      from added join good on good.id = added.id where "mailId" is not null
    )
    select
      good.id is not null as good, added.id is not null as added,
      ${userProperties.map((property) => `added."${property}"`).join(', ')}, good.organization,
      (
        select coalesce(json_agg(json_build_object('serial', link.serial, 'name', link.name) order by position), '[]')
        from link where user_id = entry.id
      ) as tags
    from entry left join good using (id) left join added using (id) order by entry.position`,
};

/**
 * A row of the answer of `addStatement`, in the order of the entries. The columns of a user are null unless it was
 * added.
 */
export type AddedRow = UserColumns & {
  good: boolean;
  added: boolean;
  organization: Organization | null;
  tags: Tag[];
};

/**
 * Makes the JSON of an entry for `addStatement`: bytes in hexadecimal digits.
 *
 * @param position of the entry in its list
 */
export function toRow({ user, mail }: NewEntry, position: number) {
  const sealed = mail && {
    mailId: mail.id,
    keyId: mail.sealed.keyId,
    nonce: mail.sealed.nonce.toString('hex'),
    ciphertext: mail.sealed.ciphertext.toString('hex'),
    turn: mail.turn,
    requestId: mail.requestId,
    traceparent: mail.traceparent,
  };
  return { position, ...user, ...foldedKeys(user), chosenId: user.id, ...sealed };
}
