import { sql } from 'drizzle-orm';
import {
  type AnySQLiteColumn,
  check,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import { companies } from './access-tables.ts';
import { time } from './column-types.ts';

/** The organizations of the companies, each below its parent. */
export const organizations = sqliteTable(
  'organizations',
  {
    id: text('id').primaryKey(),
    companyId: text('company_id')
      .notNull()
      .references(() => companies.id),
    parentId: text('parent_id').references((): AnySQLiteColumn => organizations.id),
    serial: text('serial').notNull(),
    name: text('name').notNull(),
    isActive: integer('is_active', { mode: 'boolean' }).notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [uniqueIndex('organizations_serial').on(t.serial), index('organizations_company').on(t.companyId)],
);

/** The tags of the companies, with unique names. */
export const tags = sqliteTable(
  'tags',
  {
    id: text('id').primaryKey(),
    companyId: text('company_id')
      .notNull()
      .references(() => companies.id),
    serial: text('serial').notNull(),
    name: text('name').notNull(),
    /** The name in lower case: two tags of a company never differ in case only. */
    nameKey: text('name_key').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [
    uniqueIndex('tags_serial').on(t.serial),
    uniqueIndex('tags_name').on(t.companyId, t.nameKey),
    index('tags_list').on(t.companyId, t.id),
  ],
);

/** The users of the companies. */
export const users = sqliteTable(
  'users',
  {
    /** UUIDv7: ordered by time, so that inserts touch the newest pages only. */
    id: text('id').primaryKey(),
    companyId: text('company_id')
      .notNull()
      .references(() => companies.id),
    serial: text('serial').notNull(),
    employeeID: text('employee_id').notNull(),
    /** The `…Key` columns hold the value folded to lower case in code, so that every store gives one verdict. */
    employeeIDKey: text('employee_id_key').notNull(),
    name: text('name').notNull(),
    nameKey: text('name_key').notNull().default(''),
    username: text('username'),
    usernameKey: text('username_key'),
    email: text('email'),
    emailKey: text('email_key'),
    /** Digits of E.164 without the plus. */
    phone: text('phone'),
    /** A PHC string. */
    passwordHash: text('password_hash').notNull(),
    isActive: integer('is_active', { mode: 'boolean' }).notNull(),
    organizationId: text('organization_id').references(() => organizations.id),
    /** The row of a file that an import made this user of. */
    importKey: text('import_key'),
    createdAt: time('created_at').notNull(),
    /** 1 at creation, one more with each change. */
    version: integer('version').notNull().default(1),
    /** The last change; null where nothing has changed since the creation. */
    updatedAt: time('updated_at'),
    /** When the password was replaced and mailed (docs/decisions/0083): the next `resendPassword` waits a minute. */
    passwordResentAt: time('password_resent_at'),
  },
  (t) => [
    uniqueIndex('users_serial').on(t.serial),
    // Lists in the order of creation, and their counts.
    index('users_list').on(t.companyId, t.id),
    index('users_list_active').on(t.companyId, t.isActive, t.id),
    index('users_list_organization')
      .on(t.organizationId, t.id)
      .where(sql`${t.organizationId} is not null`),
    uniqueIndex('users_employee_id').on(t.companyId, t.employeeIDKey),
    uniqueIndex('users_email').on(t.companyId, t.emailKey),
    uniqueIndex('users_phone').on(t.companyId, t.phone),
    uniqueIndex('users_username').on(t.companyId, t.usernameKey),
    uniqueIndex('users_import_key')
      .on(t.companyId, t.importKey)
      .where(sql`${t.importKey} is not null`),
    check('users_reachable', sql`${t.email} is not null or ${t.phone} is not null`),
  ],
);

/** The tags of users, in the order of the request. */
export const userTags = sqliteTable(
  'user_tags',
  {
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    /** The position of the tag in the request's list, from 0. */
    position: integer('position').notNull(),
    tagId: text('tag_id')
      .notNull()
      .references(() => tags.id),
  },
  (t) => [primaryKey({ columns: [t.userId, t.position] }), uniqueIndex('user_tags_tag').on(t.tagId, t.userId)],
);

/** The user counts of a list's buckets (docs/decisions/0034): user-counts.ts counts new users, triggers the changes. */
export const userCounts = sqliteTable(
  'user_counts',
  {
    companyId: text('company_id')
      .notNull()
      .references(() => companies.id, { onDelete: 'cascade' }),
    /** The bucket holds the ids from this one to the next bucket's; the first bucket has ''. */
    start: text('start').notNull(),
    active: integer('active').notNull(),
    inactive: integer('inactive').notNull(),
  },
  (t) => [primaryKey({ columns: [t.companyId, t.start] })],
);

/**
 * What stays of users that were erased, without a personal value: an import that is started again, and an idempotency
 * key that is replayed, find that they were created once.
 */
export const erasedUsers = sqliteTable(
  'erased_users',
  {
    id: text('id').primaryKey(),
    companyId: text('company_id')
      .notNull()
      .references(() => companies.id),
    serial: text('serial').notNull(),
    importKey: text('import_key'),
    createdAt: time('created_at').notNull(),
    erasedAt: time('erased_at').notNull(),
  },
  (t) => [
    uniqueIndex('erased_users_serial').on(t.serial),
    uniqueIndex('erased_users_import_key')
      .on(t.companyId, t.importKey)
      .where(sql`${t.importKey} is not null`),
  ],
);
