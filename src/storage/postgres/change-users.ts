import { getTableColumns } from 'drizzle-orm';
import type { ChangeOutcome, UserChange } from '../../users/ports.ts';
import { foldedKeys } from '../user-columns.ts';
import { insertMails } from './insert-mails.ts';
import { findBySerials } from './read-users.ts';
import type { Session } from './session.ts';
import { users } from './tables.ts';

/** Columns that no change sets, or that each change sets. */
const otherColumns = [
  'id',
  'companyId',
  'serial',
  'importKey',
  'createdAt',
  'version',
  'updatedAt',
  'passwordResentAt',
];
const setClauses = Object.entries(getTableColumns(users))
  .filter(([property]) => !otherColumns.includes(property))
  .map(([property, column]) => {
    const value = `("set" ->> '${property}')::${column.getSQLType()}`;
    return `${column.name} = case when "set" ? '${property}' then ${value} else users.${column.name} end`;
  });

/** Changes the users that still have the version that their change was decided on. */
const updateStatement = {
  name: 'users-change',
  text: `
    update users set ${setClauses.join(', ')}, version = users.version + 1, updated_at = change.at,
      password_resent_at = case when "set" ? 'passwordHash' then now() else users.password_resent_at end
    from json_to_recordset($2) as change (serial text, version int, "set" jsonb, at timestamptz)
    where company_id = $1 and users.serial = change.serial and users.version = change.version
    returning users.serial, users.id`,
};

/** The locks keep a tag or an organization from going before the change is committed. */
const referencesStatement = {
  name: 'users-change-references',
  text: `
    with tag as (select id, serial from tags where company_id = $1 and serial = any($2) for key share),
      organization as (
        select id, serial from organizations where company_id = $1 and serial = any($3) and is_active for key share
      )
    select true as "isTag", id, serial from tag union all select false, id, serial from organization`,
};

const deleteTagsStatement = {
  name: 'users-change-delete-tags',
  text: 'delete from user_tags where user_id = any($1)',
};
const addTagsStatement = {
  name: 'users-change-add-tags',
  text: `
    insert into user_tags (user_id, position, tag_id)
    select * from unnest($1::uuid[], $2::int[], $3::uuid[])`,
};
const deleteMailsStatement = {
  name: 'users-change-delete-mails',
  text: `delete from outbox where user_id = any($1) and state in ('queued', 'dead')`,
};

/**
 * Changes users in the transaction of its session, all in one statement. Throws the violation of a constraint: the
 * transaction has failed then.
 */
export async function changeUsers(
  session: Session,
  companyId: string,
  changes: readonly UserChange[],
): Promise<ChangeOutcome[]> {
  const references = await findReferences(session, companyId, changes);
  const good = changes.filter((change) => references.has(change));
  const rows = await session.query<{ serial: string; id: string }>(updateStatement, [
    companyId,
    JSON.stringify(good.map((change) => toRow(change, references.organizationIdOf(change)))),
  ]);
  const ids = new Map(rows.map(({ serial, id }) => [serial, id]));
  const changed = good.flatMap((change) => {
    const id = ids.get(change.serial);
    return id === undefined ? [] : [{ id, change }];
  });
  await replaceTags(session, changed, references.tagId);
  await replaceMails(session, changed);
  const stored = await findBySerials(session, companyId, serialsOf(changes));
  const found = new Map(stored.map((user) => [user.serial, user]));
  return changes.map((change): ChangeOutcome => {
    const user = found.get(change.serial);
    if (!user) return { kind: 'unknown' };
    if (ids.has(change.serial)) return { kind: 'changed', user };
    // Its references do not matter to a user that another call changed meanwhile: the change is decided again.
    return { kind: user.version === change.version ? 'reference-gone' : 'version-mismatch' };
  });
}

async function findReferences(session: Session, companyId: string, changes: readonly UserChange[]) {
  const tagSerials = [...new Set(changes.flatMap(({ tagSerials }) => tagSerials ?? []))];
  const organizationSerials = [...new Set(changes.flatMap(({ organizationSerial }) => organizationSerial ?? []))];
  type Reference = { isTag: boolean; id: string; serial: string };
  const rows =
    tagSerials.length + organizationSerials.length === 0
      ? []
      : await session.query<Reference>(referencesStatement, [companyId, tagSerials, organizationSerials]);
  const idsOf = (isTag: boolean) =>
    new Map(rows.filter((row) => row.isTag === isTag).map(({ serial, id }) => [serial, id]));
  const [tags, organizations] = [idsOf(true), idsOf(false)];
  return {
    /** Whether every reference of a change exists. */
    has: ({ tagSerials, organizationSerial }: UserChange): boolean =>
      (tagSerials ?? []).every((serial) => tags.has(serial)) &&
      (organizationSerial == null || organizations.has(organizationSerial)),
    tagId: (serial: string): string => tags.get(serial)!,
    organizationIdOf: ({ organizationSerial }: UserChange): string | null =>
      organizationSerial == null ? null : organizations.get(organizationSerial)!,
  };
}

interface Changed {
  id: string;
  change: UserChange;
}

async function replaceTags(
  session: Session,
  changed: readonly Changed[],
  tagId: (serial: string) => string,
): Promise<void> {
  const retagged = changed.filter(({ change }) => change.tagSerials !== undefined);
  if (retagged.length === 0) return;
  await session.query(deleteTagsStatement, [retagged.map(({ id }) => id)]);
  const links = retagged.flatMap(({ id, change }) =>
    change.tagSerials!.map((serial, position) => ({ id, position, tagId: tagId(serial) })),
  );
  if (links.length > 0)
    await session.query(addTagsStatement, [
      links.map(({ id }) => id),
      links.map(({ position }) => position),
      links.map(({ tagId }) => tagId),
    ]);
}

async function replaceMails(session: Session, changed: readonly Changed[]): Promise<void> {
  const ended = changed.filter(({ change }) => change.endsMails);
  if (ended.length > 0) await session.query(deleteMailsStatement, [ended.map(({ id }) => id)]);
  const mails = changed.flatMap(({ id, change: { mail, at } }) => (mail ? [{ userId: id, mail, at }] : []));
  if (mails.length > 0) await insertMails(session, mails);
}

function toRow(
  { serial, version, set, passwordHash, organizationSerial, at }: UserChange,
  organizationId: string | null,
) {
  return {
    serial,
    version,
    at,
    set: {
      ...set,
      ...foldedKeys(set),
      ...(passwordHash !== undefined && { passwordHash }),
      ...(organizationSerial !== undefined && { organizationId }),
    },
  };
}

function serialsOf(changes: readonly UserChange[]): string[] {
  return changes.map(({ serial }) => serial);
}
