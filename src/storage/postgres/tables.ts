import { sql } from 'drizzle-orm';
import {
  type AnyPgColumn,
  boolean,
  check,
  customType,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

/** Milliseconds, as a JavaScript Date has them: what is read equals what was written. */
const time = (name: string) => timestamp(name, { precision: 3, withTimezone: true });
const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** The companies, each with a unique code. */
export const companies = pgTable(
  'companies',
  {
    id: uuid('id').primaryKey(),
    code: text('code').notNull(),
    name: text('name').notNull(),
    /** `id` or `en`; null takes the installation's MAIL_LOCALE. */
    mailLocale: text('mail_locale', { enum: ['id', 'en'] }),
    createdAt: time('created_at').notNull(),
  },
  (t) => [uniqueIndex('companies_code').on(t.code)],
);

/** The clients of the companies, with the hashes of their secrets. */
export const clients = pgTable(
  'clients',
  {
    /** The public `clientID`: 32 hexadecimal digits, which the type uuid would answer with hyphens. */
    id: text('id').primaryKey(),
    companyId: uuid('company_id')
      .notNull()
      .references(() => companies.id),
    name: text('name').notNull(),
    /** SHA-256 of the secret. */
    secretHash: bytes('secret_hash').notNull(),
    /** Separated by one space, as in RFC 6749 section 3.3. */
    scope: text('scope').notNull(),
    createdAt: time('created_at').notNull(),
    revokedAt: time('revoked_at'),
  },
  (t) => [index('clients_company').on(t.companyId)],
);

/** The access tokens of clients, by their hashes. */
export const tokens = pgTable(
  'tokens',
  {
    /** SHA-256 of the access token. */
    hash: bytes('hash').primaryKey(),
    clientId: text('client_id')
      .notNull()
      .references(() => clients.id, { onDelete: 'cascade' }),
    scope: text('scope').notNull(),
    expiresAt: time('expires_at').notNull(),
  },
  (t) => [index('tokens_client').on(t.clientId), index('tokens_expires_at').on(t.expiresAt)],
);

/** The users that a client requested in the window that ends at `endsAt`, over all processes. */
export const quotas = pgTable('quotas', {
  clientId: text('client_id')
    .primaryKey()
    .references(() => clients.id, { onDelete: 'cascade' }),
  used: integer('used').notNull(),
  /** What the last call took of it. */
  taken: integer('taken').notNull(),
  endsAt: time('ends_at').notNull(),
});

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
    /** The last `resendPassword`, by the database's clock: the next one is refused for a minute. */
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

/** The idempotency keys of clients, with the outcomes of their requests. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    clientId: text('client_id')
      .notNull()
      .references(() => clients.id, { onDelete: 'cascade' }),
    key: text('key').notNull(),
    /** HMAC-SHA-256 of the operation and its normalised input. */
    fingerprint: bytes('fingerprint').notNull(),
    /** The call that holds the key until `leaseEndsAt`, or that completed it. */
    holder: text('holder').notNull(),
    leaseEndsAt: time('lease_ends_at').notNull(),
    /** What became of each input so far, as JSON: see users/idempotency.ts. */
    results: text('results'),
    completed: boolean('completed').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.clientId, t.key] }), index('idempotency_keys_created_at').on(t.createdAt)],
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

/** The password mails: queued, sent or dead. */
export const outbox = pgTable(
  'outbox',
  {
    /** UUIDv7; also the left part of the Message-ID. */
    id: uuid('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id),
    state: text('state', { enum: ['queued', 'sent', 'dead'] }).notNull(),
    /** The sealed password (mail/seal.ts): all three null once the mail is accepted or the password erased. */
    keyId: text('key_id'),
    nonce: bytes('nonce'),
    ciphertext: bytes('ciphertext'),
    /** Attempts that were started, a running one included; also the fencing number of a lease. */
    attempts: integer('attempts').notNull(),
    /**
     * Not claimed before this time of the database's clock: the next attempt, or the end of the running one's lease.
     */
    dueAt: time('due_at').notNull(),
    lastError: text('last_error'),
    createdAt: time('created_at').notNull(),
    /** When it was sent or went to the dead letter, by the database's clock. */
    endedAt: time('ended_at'),
  },
  (t) => [
    // One for first and one for repeated mails, so that a backlog of one costs the other nothing. The key comes first:
    // mails that no key of a process opens are not even read.
    index('outbox_due_first')
      .on(t.keyId, t.dueAt, t.id)
      .where(sql`${t.state} = 'queued' and ${t.attempts} = 0`),
    index('outbox_due_repeated')
      .on(t.keyId, t.dueAt, t.id)
      .where(sql`${t.state} = 'queued' and ${t.attempts} > 0`),
    index('outbox_sealed_dead')
      .on(t.endedAt)
      .where(sql`${t.state} = 'dead' and ${t.ciphertext} is not null`),
    index('outbox_open')
      .on(t.state, t.id)
      .where(sql`${t.state} <> 'sent'`),
    index('outbox_user').on(t.userId),
  ],
);
