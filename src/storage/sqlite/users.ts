import { setImmediate } from 'node:timers/promises';
import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { OutboxEntry } from '../../outbox/ports.ts';
import {
  type AddOutcome,
  foldKey,
  type ConflictReport,
  type ConflictQuery,
  type NewEntry,
  type NewUser,
  type UniqueField,
  uniqueFields,
  type UserStore,
} from '../../users/ports.ts';
import { type Sqlite, violatedUnique } from './open.ts';
import { heldBy } from './idempotency.ts';
import { makeSqliteUserReader, toUser } from './read-users.ts';
import { idempotencyKeys, organizations, outbox, tags, users, userTags } from './tables.ts';
import { makeUserCounts } from './user-counts.ts';
import { uuidv7After } from '../../uuid.ts';

/** Which column a unique violation of `users` ends with, and the field that it stands for. */
const uniqueColumns = {
  'users.serial': 'serial',
  'users.employee_id_key': 'employeeID',
  'users.email_key': 'email',
  'users.phone': 'phone',
  'users.username_key': 'username',
  'users.import_key': 'importKey',
} as const satisfies Record<string, UniqueField | 'serial' | 'importKey'>;

const company = sql.placeholder('companyId');

/** The users of all companies in one SQLite file. Statements are prepared once: the query builder costs more than the query. */
export function makeSqliteUserStore(
  { db, run, write, writeTogether, transaction, prepare, inserter }: Sqlite,
  counts = makeUserCounts({ prepare }),
): UserStore {
  const holderOf = (column: string) => prepare(`select 1 from users where company_id = ? and ${column} = ?`).pluck();
  const holder = {
    employeeID: holderOf('employee_id_key'),
    email: holderOf('email_key'),
    phone: holderOf('phone'),
    username: holderOf('username_key'),
    importKey: holderOf('import_key'),
  };
  const isTaken = (companyId: string, field: keyof typeof holder, key: string | null | undefined) =>
    key != null && holder[field].get(companyId, key) !== undefined;
  const tagBySerial = db
    .select({ id: tags.id, serial: tags.serial, name: tags.name })
    .from(tags)
    .where(and(eq(tags.companyId, company), eq(tags.serial, sql.placeholder('serial'))))
    .prepare();
  /** Within one transaction: the users of a batch have the same tags. */
  function tagFinder(companyId: string) {
    const known = new Map<string, ReturnType<typeof tagBySerial.get>>();
    return (serial: string) => {
      if (!known.has(serial)) known.set(serial, tagBySerial.get({ companyId, serial }));
      return known.get(serial);
    };
  }
  type TagFinder = ReturnType<typeof tagFinder>;
  const organizationBySerial = db
    .select()
    .from(organizations)
    .where(and(eq(organizations.companyId, company), eq(organizations.serial, sql.placeholder('serial'))))
    .prepare();
  const newestId = prepare('select max(id) from users').pluck();
  const newest: { id: string | null; transaction: number } = { id: null, transaction: 0 };
  const insertUser = inserter(users);
  const insertUserTag = inserter(userTags);
  const insertOutbox = inserter(outbox);
  const insertMail = ({ id, sealed }: OutboxEntry, userId: string, at: Date) =>
    insertOutbox({
      id,
      userId,
      state: 'queued',
      ...sealed,
      attempts: 0,
      dueAt: at,
      createdAt: at,
      lastError: null,
      endedAt: null,
    });
  const reachable = db
    .select({ id: users.id, resentAt: users.passwordResentAt })
    .from(users)
    .where(and(eq(users.companyId, company), eq(users.serial, sql.placeholder('serial')), isNotNull(users.email)))
    .prepare();

  function lookUp(companyId: string, wanted: ConflictQuery, tagOf: TagFinder): ConflictReport {
    const organization =
      wanted.organizationSerial === null
        ? null
        : organizationBySerial.get({ companyId, serial: wanted.organizationSerial });
    return {
      taken: uniqueFields.filter((field) => isTaken(companyId, field, wanted[field])),
      imported: isTaken(companyId, 'importKey', wanted.importKey),
      unknownTags: wanted.tagSerials.filter((serial) => !tagOf(serial)),
      organization:
        organization === null ? 'none' : !organization ? 'unknown' : organization.isActive ? 'active' : 'inactive',
    };
  }

  function insert(user: NewUser, mail: NewEntry['mail'], tagOf: TagFinder): AddOutcome {
    const { companyId } = user;
    const links = user.tagSerials.map(tagOf);
    const organization =
      user.organizationSerial === null
        ? null
        : organizationBySerial.get({ companyId, serial: user.organizationSerial });
    if (!links.every((link) => link !== undefined) || organization === undefined || organization?.isActive === false)
      return { outcome: 'reference-gone' };
    try {
      insertUser({
        ...user,
        employeeIDKey: foldKey(user.employeeID),
        nameKey: foldKey(user.name),
        usernameKey: user.username && foldKey(user.username),
        emailKey: user.email && foldKey(user.email),
        organizationId: organization?.id ?? null,
        passwordResentAt: null,
      });
    } catch (error) {
      const violated = violatedUnique(error);
      const field = Object.entries(uniqueColumns).find(([column]) => violated?.endsWith(column))?.[1];
      if (field) return { outcome: 'taken', field };
      throw error;
    }
    for (const [position, tag] of links.entries()) insertUserTag({ userId: user.id, position, tagId: tag.id });
    if (mail) insertMail(mail, user.id, user.createdAt);
    return { outcome: 'added', user: toUser(user, organization, links) };
  }

  return {
    ...makeSqliteUserReader({ db, run, prepare }, counts),
    lookUp: async (companyId, wanted) => {
      // A chunk takes up to 0.1 s, and a batch that is refused as a whole does nothing else: others have their turn in between.
      if (wanted.length > 1) await setImmediate();
      const all = () => {
        const tagOf = tagFinder(companyId);
        return wanted.map((one) => lookUp(companyId, one, tagOf));
      };
      // Each select takes and frees a lock, unless it is in a transaction, which costs as much as a few of them.
      return run(wanted.length > 1 ? () => db.transaction(all) : all);
    },
    add: (companyId, entries, { allOrNone, record }) =>
      writeTogether(() => {
        // Here, with the write lock: ids are in the order of commits, over all processes and whatever the clock does.
        if (newest.transaction !== transaction())
          Object.assign(newest, { id: newestId.get(), transaction: transaction() });
        const added = entries.map(({ user }) => ({ ...user, id: (newest.id = uuidv7After(newest.id, user.id)) }));
        // A refused insert changes nothing, so that the others need no savepoint of their own.
        const tagOf = tagFinder(companyId);
        const outcomes = added.map((user, at) => insert(user, entries[at]!.mail, tagOf));
        if (allOrNone && outcomes.some(({ outcome }) => outcome !== 'added')) throw new Undone(outcomes);
        if (
          record &&
          db.update(idempotencyKeys).set(record.progress(outcomes)).where(heldBy(record.hold)).run().changes === 0
        )
          throw new Undone(null);
        counts.add(
          companyId,
          added.filter((_, at) => outcomes[at]!.outcome === 'added'),
        );
        return outcomes;
      }).catch((error: unknown) => {
        if (error instanceof Undone) return error.outcomes;
        throw error;
      }),
    replacePassword: (companyId, serial, { passwordHash, mail, at, notWithinMs }) =>
      write(() => {
        const user = reachable.get({ companyId, serial });
        if (!user) return { kind: 'unknown' };
        const passed = user.resentAt ? at.getTime() - user.resentAt.getTime() : Infinity;
        // Negative after the clock was put back, which must not lock the user out for longer.
        if (passed >= 0 && passed < notWithinMs) return { kind: 'too-soon', retryAfterMs: notWithinMs - passed };
        db.update(users).set({ passwordHash, passwordResentAt: at }).where(eq(users.id, user.id)).run();
        db.delete(outbox)
          .where(and(eq(outbox.userId, user.id), inArray(outbox.state, ['queued', 'dead'])))
          .run();
        insertMail(mail, user.id, at);
        return { kind: 'replaced' };
      }),
  };
}

/** Thrown to undo what was written: the outcomes tell why, null that the hold was lost. */
class Undone extends Error {
  readonly outcomes: AddOutcome[] | null;
  constructor(outcomes: AddOutcome[] | null) {
    super();
    this.outcomes = outcomes;
  }
}
