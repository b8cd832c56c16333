import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import { type AddOptions, type AddOutcome, foldKey, type Findings, type LookUp, type NewEntry, type NewUser, type Organization, type Tag, type UniqueField, type User, uniqueFields, type UserStore } from '../../users/ports.ts';
import { violated } from './failures.ts';
import { heldBy } from './idempotency.ts';
import type { Postgres } from './open.ts';
import { findBySerials, makePostgresUserReader } from './read-users.ts';
import { idempotencyKeys, outbox, users } from './tables.ts';

/** Which unique index of `users` stands for which field. */
const uniqueIndexes: Record<string, UniqueField | 'serial' | 'importKey'> = {
  users_serial: 'serial',
  users_employee_id: 'employeeID',
  users_email: 'email',
  users_phone: 'phone',
  users_username: 'username',
  users_import_key: 'importKey',
};

/**
 * Everything that is looked up before a creation, for many in one round trip. A null key equals nothing. Subqueries with a
 * value, not `exists`: Postgres takes any JSON for 100 rows, and would answer an `exists` for so many by reading the whole
 * company, each time (11 ms for 5,000 users in place of 0.1).
 */
const lookUpStatement = {
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

/**
 * Users, tag links, mails and the idempotency record in one statement, hence in one transaction and one round trip: all
 * of them, or nothing when a tag or an organization is gone or inactive, or the hold is lost. A mail is due by the
 * database's clock, cut to the column's milliseconds: rounding up would hide it from a claim in the same millisecond.
 */
const addStatement = {
  name: 'users-add',
  text: `
    with given as (
      select * from json_to_recordset($2) as given (
        position int, id uuid, serial text, "employeeID" text, "employeeIDKey" text, name text, "nameKey" text, username text, "usernameKey" text, email text, "emailKey" text, phone text,
        "passwordHash" text, "isActive" boolean, "tagSerials" text[], "organizationSerial" text, "importKey" text, "createdAt" timestamptz,
        "mailId" uuid, "keyId" text, nonce text, ciphertext text
      )
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

type Query = Postgres['query'];

/** The users of all companies in one Postgres. */
export function makePostgresUserStore({ db, query, run, once, transaction, onTransaction }: Postgres): UserStore {
  async function lookUp(companyId: string, wanted: readonly LookUp[]): Promise<Findings[]> {
    type Row = Record<UniqueField, boolean> & { imported: boolean; unknownTags: string[]; organizationIsActive: boolean | null };
    const rows = await query<Row>(lookUpStatement, [companyId, JSON.stringify(wanted.map((one, position) => ({ position, ...one })))]);
    return rows.map(({ imported, unknownTags, organizationIsActive, ...taken }, at) => ({
      taken: uniqueFields.filter((field) => taken[field]),
      imported,
      unknownTags,
      organization: wanted[at]!.organizationSerial === null ? 'none' : organizationIsActive === null ? 'unknown' : organizationIsActive ? 'active' : 'inactive',
    }));
  }

  /** All of them or none: the reason is the outcome of a single entry, null for a lost hold, and unknown for several. */
  async function addAll(query: Query, companyId: string, entries: readonly NewEntry[], record: AddOptions['record']): Promise<AddOutcome[] | null | 'some cannot'> {
    const all = entries.map(({ user }): AddOutcome => ({ outcome: 'added', user: { ...user, tags: [], organization: null } }));
    const progress = record?.progress(all);
    const hold = record?.hold;
    try {
      const rows = await query<{ good: boolean; added: boolean; organization: Organization | null; tags: Tag[] }>(addStatement, [
        companyId, JSON.stringify(entries.map(toRow)), hold?.clientId, hold?.key, hold?.holder, progress?.results, progress?.completed,
      ]);
      if (rows.every(({ added }) => added)) return rows.map(({ organization, tags }, at) => ({ outcome: 'added', user: toUser(entries[at]!.user, organization, tags) }));
      if (rows.every(({ good }) => good)) return null;
      return entries.length === 1 ? [{ outcome: 'reference-gone' }] : 'some cannot';
    } catch (error) {
      const field = uniqueIndexes[violated('unique', error) ?? ''];
      // Deleted between this statement's snapshot and its end.
      const gone = /_(organization|tag)_id_/.test(violated('foreign', error) ?? '');
      if (!field && !gone) throw error;
      if (entries.length > 1) return 'some cannot';
      return [field ? { outcome: 'taken', field } : { outcome: 'reference-gone' }];
    }
  }

  /** One after the other in one transaction, for the rare batch with one that cannot be added. */
  function addEach(companyId: string, entries: readonly NewEntry[], { allOrNone, record }: AddOptions): Promise<AddOutcome[] | null> {
    return onTransaction(async (db, query) => {
      const outcomes: AddOutcome[] = [];
      await db.execute('savepoint entry');
      for (const entry of entries) {
        const [outcome] = (await addAll(query, companyId, [entry], undefined)) as AddOutcome[];
        // One round trip, or a batch takes longer than an answer may. A savepoint that is rolled back to stays.
        await db.execute(outcome!.outcome === 'added' ? 'release savepoint entry; savepoint entry' : 'rollback to savepoint entry');
        outcomes.push(outcome!);
      }
      if (allOrNone && outcomes.some(({ outcome }) => outcome !== 'added')) {
        await db.execute('rollback');
        return outcomes;
      }
      if (record && (await db.update(idempotencyKeys).set(record.progress(outcomes)).where(heldBy(record.hold))).rowCount === 0) {
        await db.execute('rollback');
        return null;
      }
      return outcomes;
    });
  }

  /**
   * Plans that were made for empty tables read a whole company for each look-up, until autovacuum's first ANALYZE, which
   * may come a minute and many users late.
   */
  let learnAt = 64;
  let grown = 0;
  function learn(users: number): void {
    grown += users;
    if (grown < learnAt || learnAt > 100_000) return;
    learnAt *= 8;
    run(() => db.execute(sql`analyze users, user_tags, outbox`)).catch(() => undefined);
  }

  return {
    ...makePostgresUserReader({ query, run }),
    lookUp: (companyId, wanted) => run(() => lookUp(companyId, wanted)),
    add: async (companyId, given, options) => {
      // Two batches with the same users in another order would wait for each other: in one order only the second waits.
      const keys = given.map(({ user }) => foldKey(user.employeeID));
      const order = [...given.keys()].toSorted((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
      const entries = order.map((at) => given[at]!);
      const inOrder = (outcomes: readonly AddOutcome[]) => {
        const inputOrder: AddOutcome[] = [];
        for (const [place, at] of order.entries()) inputOrder[at] = outcomes[place]!;
        return inputOrder;
      };
      const { record } = options;
      const sorted = { ...options, record: record && { ...record, progress: (outcomes: readonly AddOutcome[]) => record.progress(inOrder(outcomes)) } };
      const added = await once(
        async () => {
          const outcome = await addAll(query, companyId, entries, sorted.record);
          return outcome === 'some cannot' ? addEach(companyId, entries, sorted) : outcome;
        },
        async () => {
          const serials = entries.map(({ user }) => user.serial);
          const found = new Map((await query<User>(findBySerials, [companyId, serials])).map((user) => [user.serial, user]));
          if (found.size === 0) return null;
          // What is not there was refused: as a serial that is taken it is tried anew, and then finds the reason.
          return serials.map((serial): AddOutcome => {
            const user = found.get(serial);
            return user ? { outcome: 'added', user } : { outcome: 'taken', field: 'serial' };
          });
        },
      );
      learn(entries.length);
      return added && inOrder(added);
    },
    // The update locks the user's row, so that the next statement sees the mail of a call that was faster.
    replacePassword: (companyId, serial, { passwordHash, mail, at }) =>
      transaction(async (db) => {
        const reachable = and(eq(users.companyId, companyId), eq(users.serial, serial), isNotNull(users.email));
        const [user] = await db.update(users).set({ passwordHash }).where(reachable).returning({ id: users.id });
        if (!user) return false;
        await db.delete(outbox).where(and(eq(outbox.userId, user.id), inArray(outbox.state, ['queued', 'dead'])));
        await db.insert(outbox).values({ id: mail.id, userId: user.id, state: 'queued', ...mail.sealed, attempts: 0, dueAt: sql`date_trunc('milliseconds', now())`, createdAt: at });
        return true;
      }),
  };
}

/** As JSON of the statement: bytes in hexadecimal digits. */
function toRow({ user, mail }: NewEntry, position: number) {
  const fold = (value: string | null) => value && foldKey(value);
  const sealed = mail && { mailId: mail.id, keyId: mail.sealed.keyId, nonce: mail.sealed.nonce.toString('hex'), ciphertext: mail.sealed.ciphertext.toString('hex') };
  return { position, ...user, employeeIDKey: fold(user.employeeID), nameKey: fold(user.name), usernameKey: fold(user.username), emailKey: fold(user.email), ...sealed };
}

function toUser(user: NewUser, organization: Organization | null, tags: Tag[]): User {
  const { serial, employeeID, name, username, email, phone, isActive, createdAt } = user;
  return { serial, employeeID, name, username, email, phone, isActive, createdAt, tags, organization };
}
