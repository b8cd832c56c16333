import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  boolean,
  check,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { companies } from './access-tables.ts';
import { time } from './column-types.ts';

/** The organizations of the companies, each below its parent. */
export const organizations = pgTable(
  'organizations',
  {
    id: uuid('id').primaryKey(),
    companyId: uuid('company_id')
      .notNull()
      .references(() => companies.id),
    parentId: uuid('parent_id').references((): AnyPgColumn => organizations.id),
    serial: text('serial').notNull(),
    name: text('name').notNull(),
    isActive: boolean('is_active').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [uniqueIndex('organizations_serial').on(t.serial), index('organizations_company').on(t.companyId)],
);

/** The tags of the companies, with unique names. */
export const tags = pgTable(
  'tags',
  {
    id: uuid('id').primaryKey(),
    companyId: uuid('company_id')
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
export const users = pgTable(
  'users',
  {
    /** UUIDv7: ordered by time, so that inserts touch the newest pages only. */
    id: uuid('id').primaryKey(),
    companyId: uuid('company_id')
      .notNull()
      .references(() => companies.id),
    serial: text('serial').notNull(),
    employeeID: text('employee_id').notNull(),
    /** The `…Key` columns hold the value folded to lower case in code, so that every store gives one verdict. */
    employeeIDKey: text('employee_id_key').notNull(),
    name: text('name').notNull(),
    nameKey: text('name_key').notNull(),
    username: text('username'),
    usernameKey: text('username_key'),
    email: text('email'),
    emailKey: text('email_key'),
    /** Digits of E.164 without the plus. */
    phone: text('phone'),
    /** A PHC string. */
    passwordHash: text('password_hash').notNull(),
    isActive: boolean('is_active').notNull(),
    organizationId: uuid('organization_id').references(() => organizations.id),
    /** The row of a file that an import made this user of. */
    importKey: text('import_key'),
    createdAt: time('created_at').notNull(),
    /** 1 at creation, one more with each change. */
    version: integer('version').notNull().default(1),
    /** The last change; null where nothing has changed since the creation. */
    updatedAt: time('updated_at'),
    /** When the password was replaced and mailed (docs/decisions/0083), by the database's clock. */
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
export const userTags = pgTable(
  'user_tags',
  {
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    /** The position of the tag in the request's list, from 0. */
    position: integer('position').notNull(),
    tagId: uuid('tag_id')
      .notNull()
      .references(() => tags.id),
  },
  (t) => [primaryKey({ columns: [t.userId, t.position] }), uniqueIndex('user_tags_tag').on(t.tagId, t.userId)],
);

/**
 * What stays of users that were erased, without a personal value: an import that is started again, and an idempotency
 * key that is replayed, find that they were created once.
 */
export const erasedUsers = pgTable(
  'erased_users',
  {
    id: uuid('id').primaryKey(),
    companyId: uuid('company_id')
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
