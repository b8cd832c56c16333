import { and, eq, type SQL, sql } from 'drizzle-orm';
import { foldKey, type MailState, type Tag, type User, type UserFilter, type UserReader } from '../../users/ports.ts';
import { userList } from '../user-list.ts';
import { parameter, type Sqlite } from './open.ts';
import { organizations, outbox, users } from './tables.ts';
import { makeTurns } from './turns.ts';
import type { UserCounts } from './user-counts.ts';

const states = { queued: 'QUEUED', sent: 'SENT', dead: 'FAILED' } as const satisfies Record<string, MailState>;
export const contains = (text: SQL, part: string): SQL => sql`instr(${text}, ${part}) > 0`;

/** Reads the users of all companies in one SQLite file. */
export function makeSqliteUserReader(
  { db, run, prepare }: Pick<Sqlite, 'db' | 'run' | 'prepare'>,
  counts: UserCounts,
): UserReader {
  // A page may have 10,000 of them.
  const tagsOf = prepare(
    'select tags.serial, tags.name from user_tags join tags on tags.id = user_tags.tag_id where user_id = (select ?) order by position',
  );
  const inTurn = makeTurns();
  const found = () =>
    db
      .select({ user: users, organization: organizations })
      .from(users)
      .leftJoin(organizations, eq(organizations.id, users.organizationId));
  const findBy = (column: typeof users.serial | typeof users.employeeIDKey) =>
    found()
      .where(and(eq(users.companyId, parameter('companyId')), eq(column, parameter('key'))))
      .prepare();
  const bySerial = findBy(users.serial);
  const byEmployeeID = findBy(users.employeeIDKey);
  const byId = found()
    .where(eq(users.id, parameter('id')))
    .prepare();
  // A user has at most one mail that is queued or dead, the newest: by name both come before sent.
  const mailOf = db
    .select({ state: sql<keyof typeof states | null>`min(${outbox.state})` })
    .from(users)
    .leftJoin(outbox, eq(outbox.userId, users.id))
    .where(and(eq(users.companyId, parameter('companyId')), eq(users.serial, parameter('serial'))))
    .prepare();

  const toFound = (row: {
    user: typeof users.$inferSelect;
    organization: typeof organizations.$inferSelect | null;
  }): User => toUser(row.user, row.organization, tagsOf.all(row.user.id) as Tag[]);

  /** What is counted beforehand of a list, if it is: counting a million users, or stepping over them, stops the event loop for 50 ms. */
  const counted = (companyId: string, { isActive, ...others }: UserFilter, offset?: number) =>
    Object.values(others).every((value) => value === undefined) ? counts.find(companyId, isActive, offset) : null;
  const total = (counting: SQL) => db.get<{ count: number }>(counting).count;

  return {
    find: (companyId, by) =>
      run(() => {
        const row =
          'serial' in by
            ? bySerial.get({ companyId, key: by.serial })
            : byEmployeeID.get({ companyId, key: foldKey(by.employeeID) });
        return row ? toFound(row) : null;
      }),
    findAll: (companyId, serials) =>
      run(() => serials.flatMap((key) => bySerial.get({ companyId, key }) ?? []).map(toFound)),
    list: (companyId, filter, searchWindow, slice) =>
      inTurn(run, () =>
        db
          .all<{ id: string }>(userList(contains, companyId, filter, searchWindow).after(slice))
          .map(({ id }) => ({ id, item: toFound(byId.get({ id })!) })),
      ),
    page: (companyId, filter, searchWindow, { offset, limit }) =>
      inTurn(run, () =>
        // Of one moment, so that the counts are those of the list.
        db.transaction(() => {
          const list = userList(contains, companyId, filter, searchWindow);
          const stretch = counted(companyId, filter, offset);
          const ids = db.all<{ id: string }>(
            list.at({ offset: offset - (stretch?.before ?? 0), limit }, stretch?.start),
          );
          return { items: ids.map(({ id }) => toFound(byId.get({ id })!)), total: stretch?.total ?? total(list.count) };
        }),
      ),
    count: (companyId, filter, searchWindow) =>
      inTurn(
        run,
        () => counted(companyId, filter)?.total ?? total(userList(contains, companyId, filter, searchWindow).count),
      ),
    passwordMails: (companyId, serials) =>
      run(() => {
        const mails = serials.map((serial) => [serial, mailOf.get({ companyId, serial })?.state] as const);
        return new Map(mails.flatMap(([serial, state]) => (state ? [[serial, states[state]]] : [])));
      }),
  };
}

type UserColumns = Omit<User, 'tags' | 'organization'>;

export function toUser(user: UserColumns, organization: User['organization'], tags: readonly Tag[]): User {
  const { serial, employeeID, name, username, email, phone, isActive, createdAt } = user;
  return {
    serial,
    employeeID,
    name,
    username,
    email,
    phone,
    isActive,
    createdAt,
    tags: tags.map((tag) => ({ serial: tag.serial, name: tag.name })),
    organization: organization && {
      serial: organization.serial,
      name: organization.name,
      isActive: organization.isActive,
    },
  };
}
