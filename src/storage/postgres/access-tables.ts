import { boolean, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import { bytes, time } from './column-types.ts';

/** The companies, each with a unique code. */
export const companies = pgTable(
  'companies',
  {
    id: uuid('id').primaryKey(),
    code: text('code').notNull(),
    name: text('name').notNull(),
    /** `id` or `en`; null takes the installation's MAIL_LOCALE. */
    mailLocale: text('mail_locale', { enum: ['id', 'en'] }),
    /** Where its employees sign in, and whom they ask; null takes the installation's. */
    signInUrl: text('sign_in_url'),
    replyTo: text('reply_to'),
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
