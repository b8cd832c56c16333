import { sql } from 'drizzle-orm';
import {
  type AnySQLiteColumn,
  blob,
  check,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';

/** Milliseconds since 1970, UTC. */
const time = (name: string) => integer(name, { mode: 'timestamp_ms' });

/** The companies, each with a unique code. */
export const companies = sqliteTable(
  'companies',
  {
    id: text('id').primaryKey(),
    code: text('code').notNull(),
    name: text('name').notNull(),
    /** `id` or `en`; null takes the installation's MAIL_LOCALE. */
    mailLocale: text('mail_locale', { enum: ['id', 'en'] }),
    createdAt: time('created_at').notNull(),
  },
  (t) => [uniqueIndex('companies_code').on(t.code)],
);

/** The clients of the companies, with the hashes of their secrets. */
export const clients = sqliteTable(
  'clients',
  {
    id: text('id').primaryKey(),
    companyId: text('company_id')
      .notNull()
      .references(() => companies.id),
    name: text('name').notNull(),
    /** SHA-256 of the secret. */
    secretHash: blob('secret_hash', { mode: 'buffer' }).notNull(),
    /** Separated by one space, as in RFC 6749 section 3.3. */
    scope: text('scope').notNull(),
    createdAt: time('created_at').notNull(),
    revokedAt: time('revoked_at'),
  },
  (t) => [index('clients_company').on(t.companyId)],
);

/** The access tokens of clients, by their hashes. */
export const tokens = sqliteTable(
  'tokens',
  {
    /** SHA-256 of the access token. */
    hash: blob('hash', { mode: 'buffer' }).primaryKey(),
    clientId: text('client_id')
      .notNull()
      .references(() => clients.id, { onDelete: 'cascade' }),
    scope: text('scope').notNull(),
    expiresAt: time('expires_at').notNull(),
  },
  (t) => [index('tokens_client').on(t.clientId), index('tokens_expires_at').on(t.expiresAt)],
);

/** The users that a client requested in the window that ends at `endsAt`, over all processes. */
export const quotas = sqliteTable('quotas', {
  clientId: text('client_id')
    .primaryKey()
    .references(() => clients.id, { onDelete: 'cascade' }),
  used: integer('used').notNull(),
  endsAt: time('ends_at').notNull(),
});

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
    /** The last `resendPassword`: the next one is refused for a minute. */
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

/** The idempotency keys of clients, with the outcomes of their requests. */
export const idempotencyKeys = sqliteTable(
  'idempotency_keys',
  {
    clientId: text('client_id')
      .notNull()
      .references(() => clients.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    /** HMAC-SHA-256 of the operation and its normalised input. */
    fingerprint: blob('fingerprint', { mode: 'buffer' }).notNull(),
    /** The call that holds the key until `leaseEndsAt`, or that completed it. */
    holder: text('holder').notNull(),
    leaseEndsAt: time('lease_ends_at').notNull(),
    /** What became of each input so far, as JSON: see users/idempotency.ts. */
    results: text('results'),
    completed: integer('completed', { mode: 'boolean' }).notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.clientId, t.key] }), index('idempotency_keys_created_at').on(t.createdAt)],
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

/** The password mails: queued, sent or dead. */
export const outbox = sqliteTable(
  'outbox',
  {
    /** UUIDv7; also the left part of the Message-ID. */
    id: text('id').primaryKey(),
    userId: text('user_id')
      .notNull()
      .references(() => users.id),
    state: text('state', { enum: ['queued', 'sent', 'dead'] }).notNull(),
    /** The sealed password (mail/seal.ts): all three null once the mail is accepted or the password erased. */
    keyId: text('key_id'),
    nonce: blob('nonce', { mode: 'buffer' }),
    ciphertext: blob('ciphertext', { mode: 'buffer' }),
    /** Attempts that were started, a running one included; also the fencing number of a lease. */
    attempts: integer('attempts').notNull(),
    /** Not claimed before this time: the next attempt, or the end of the running one's lease. */
    dueAt: time('due_at').notNull(),
    lastError: text('last_error'),
    createdAt: time('created_at').notNull(),
    /** When it was sent or went to the dead letter. */
    endedAt: time('ended_at'),
  },
  (t) => [
    // First and repeated mails apart: neither backlog slows the other. Key first: mails of unknown keys are not read.
    index('outbox_due_first')
      .on(t.keyId, t.dueAt, t.id)
      .where(sql`${t.state} = 'queued' and ${t.attempts} = 0`),
    index('outbox_due_repeated')
      .on(t.keyId, t.dueAt, t.id)
      .where(sql`${t.state} = 'queued' and ${t.attempts} > 0`),
    index('outbox_dead')
      .on(t.endedAt)
      .where(sql`${t.state} = 'dead'`),
    index('outbox_user').on(t.userId),
  ],
);
