import { isSupportedCountry } from 'libphonenumber-js/max';
import { z } from 'zod';
import { demandsTls, isDatabaseUrl, isHttpUrl, isInMemory, isLoopback, isSmtpUrl, mailbox } from './addresses.ts';

/** The configuration of the gateway. */
export type Config = Readonly<z.infer<typeof development>> & {
  readonly production: boolean;
  /** Whether `smtp://` requires STARTTLS. */
  readonly smtpRequireTls: boolean;
};

/** How user and password must be written: a `#`, `/` or `?` ends the host of an address (RFC 3986 section 3.2). */
const percentEncoded =
  'with special characters of user and password percent-encoded (# is %23, / is %2F, ? is %3F, @ is %40, % is %25)';

const domainLabel = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';

/** One schema for each variable. Its message says what the value should be, with an example, and never repeats it. */
const variables = {
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(0, 65_535, 'a port from 0 to 65535 (0 takes a free one), e.g. 4000').default(4000),
  DATABASE_URL: z
    .string()
    .refine(
      isDatabaseUrl,
      `the address of an SQLite file or of a Postgres database, ${percentEncoded}, ` +
        'e.g. file:data/gateway.db or postgres://user:p%40ssword@db.example.com/gateway',
    )
    .refine(
      (address) => !isInMemory(address),
      'a file or a Postgres database, because users in memory would be lost, e.g. file:data/gateway.db',
    )
    .default('file:data/gateway.db'),
  SECRET_KEY: key().nullable().default(null),
  SECRET_KEY_PREVIOUS: key().nullable().default(null),
  SMTP_URL: z
    .string()
    .refine(isSmtpUrl, `the address of a mail server, ${percentEncoded}, e.g. smtps://user:p%40ssword@mail.example.com`)
    .nullable()
    .default(null),
  SMTP_NAME: z
    .string()
    .regex(
      new RegExp(`^(?:\\[(?:IPv6:)?[0-9A-Fa-f.:]+\\]|(?:${domainLabel}\\.)*${domainLabel})$`),
      'the domain that the gateway calls itself in EHLO, e.g. gateway.example.com',
    )
    .nullable()
    .default(null),
  MAIL_FROM: z.string().transform(mailbox).prefault('Ruangkerja <no-reply@ruangkerja.localhost>'),
  MAIL_REPLY_TO: z.string().transform(mailbox).nullable().default(null),
  SIGN_IN_URL: z
    .string()
    .refine(isHttpUrl, 'an address of http or https, e.g. https://app.example.com/login')
    .nullable()
    .default(null),
  MAIL_RATE: integer(0, 100_000, 'the number of mails a second over all processes, 0 for no limit, e.g. 14').default(0),
  MAIL_CONNECTIONS: integer(1, 1_000, 'a number of connections to the mail server from 1 to 1000, e.g. 16').default(16),
  MAIL_DAILY: integer(
    0,
    1_000_000_000,
    'the number of mails a day over all processes, 0 for no limit, e.g. 2000',
  ).default(0),
  MAIL_HOLD: z.enum(['0', '1'], '1 to start with the delivery held, or 0, e.g. 0').default('0'),
  MAIL_LOCALE: z.enum(['id', 'en'], 'id or en, e.g. id').default('id'),
  DEFAULT_COUNTRY: z
    .string()
    .refine(isSupportedCountry, 'a country code of ISO 3166-1 alpha-2 in upper case, e.g. ID')
    .default('ID'),
  PASSWORD_MIN_LENGTH: integer(8, 128, 'a number of characters from 8 to 128, e.g. 8').default(8),
  GENERATED_PASSWORD_HASH: z.enum(['fast', 'full'], 'fast or full, e.g. fast').default('fast'),
  RATE_LIMIT: integer(
    0,
    1_000_000_000,
    'the number of users that a client may ask to create in a minute, 0 for no limit, e.g. 6000',
  ).default(0),
  MAX_BODY_BYTES: integer(1_024, 1_073_741_824, 'a number of bytes from 1024, e.g. 1048576').default(1_048_576),
  KEEP_ALIVE_SECONDS: integer(1, 3_600, 'a number of seconds from 1 to 3600, e.g. 75').default(75),
  PUBLIC_URL: z
    .string()
    .refine(isHttpUrl, 'the address at which clients reach the gateway, e.g. https://gateway.example.com')
    .nullable()
    .default(null),
  METRICS_HOST: z.string().default('127.0.0.1'),
  METRICS_PORT: integer(0, 65_535, 'a port from 0 to 65535 (0 takes a free one), e.g. 9464').nullable().default(null),
  TRUST_PROXY: integer(0, 32, 'how many proxies in front may name the address of the client, e.g. 1').default(0),
  LOG_LEVEL: z
    .enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'one of trace, debug, info, warn, error, fatal, silent, e.g. info',
    )
    .default('info'),
};

const development = z.object(variables).transform((v) => ({
  host: v.HOST,
  port: v.PORT,
  databaseUrl: v.DATABASE_URL,
  /** 32 bytes; null where the key is created in `data/`. */
  secretKey: v.SECRET_KEY,
  secretKeyPrevious: v.SECRET_KEY_PREVIOUS,
  /** null: mails go to the development mailbox. */
  smtpUrl: v.SMTP_URL,
  /** The name of the gateway in EHLO. */
  smtpName: v.SMTP_NAME ?? v.MAIL_FROM.address.split('@')[1]!,
  mailFrom: v.MAIL_FROM,
  mailLocale: v.MAIL_LOCALE,
  /** Whom the employee asks: the Reply-To of the mails. A company may have its own. */
  mailReplyTo: v.MAIL_REPLY_TO,
  /** Where the employee signs in. A company may have its own. */
  signInUrl: v.SIGN_IN_URL,
  /** Mails a second and a day over all processes; 0 for no limit. */
  mailRate: v.MAIL_RATE,
  mailDaily: v.MAIL_DAILY,
  /** Connections to the mail server at once. */
  mailConnections: v.MAIL_CONNECTIONS,
  /** Whether the delivery starts held. */
  mailHold: v.MAIL_HOLD === '1',
  defaultCountry: v.DEFAULT_COUNTRY,
  passwordMinLength: v.PASSWORD_MIN_LENGTH,
  generatedPasswordHash: v.GENERATED_PASSWORD_HASH,
  rateLimit: v.RATE_LIMIT,
  maxBodyBytes: v.MAX_BODY_BYTES,
  /** How long a connection may be idle. */
  keepAliveSeconds: v.KEEP_ALIVE_SECONDS,
  /** Where clients reach the gateway, without a slash at the end; null: the Host of each request. */
  publicUrl: v.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
  metricsHost: v.METRICS_HOST,
  /** null: no metrics. */
  metricsPort: v.METRICS_PORT,
  trustProxy: v.TRUST_PROXY,
  logLevel: v.LOG_LEVEL,
}));

const requiredInProduction = {
  DATABASE_URL: 'the address of the database, e.g. file:/var/lib/ruangkerja/gateway.db',
  SECRET_KEY: '32 bytes in base64, e.g. the output of: openssl rand -base64 32',
  SMTP_URL: 'the address of a mail server, e.g. smtps://user:password@mail.example.com',
  MAIL_FROM: 'the sender of the mails, e.g. Ruangkerja <no-reply@example.com>',
};

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A frozen configuration, or one line for each wrong variable: its name, what it should be, an example. */
export type LoadedConfig = { kind: 'loaded'; config: Config } | { kind: 'wrong'; problems: string[] };

/** The address of the database, or one line that says what is wrong with it. */
export type LoadedDatabaseUrl = { kind: 'loaded'; databaseUrl: string } | { kind: 'wrong'; problems: string[] };

/**
 * Loads the configuration. Problems never repeat a value: an address may contain a password. An empty variable counts
 * as unset.
 * @param used the variables that a command uses; the others are ignored
 */
export function loadConfig(env: Environment, used: readonly string[] = Object.keys(variables)): LoadedConfig {
  const given = Object.fromEntries(Object.entries(env).filter(([name, value]) => used.includes(name) && value?.trim()));
  const production = env['NODE_ENV'] === 'production';
  const problems = new Map<string, string>();
  if (production) {
    for (const [name, what] of Object.entries(requiredInProduction)) {
      if (used.includes(name) && given[name] === undefined)
        problems.set(name, `${name} is not set, in production it must be ${what}`);
    }
  } else if (given['HOST'] !== undefined && !isLoopback(given['HOST'])) {
    problems.set(
      'HOST',
      'HOST is not a loopback address: development shows secrets; set NODE_ENV=production, or e.g. HOST=127.0.0.1',
    );
  }
  const read = development.safeParse({ ...(production && { RATE_LIMIT: '6000' }), ...given });
  for (const issue of read.error?.issues ?? []) {
    const name = String(issue.path[0]);
    if (!problems.has(name)) problems.set(name, `${name} is wrong, it must be ${issue.message}`);
  }
  if (problems.size > 0 || !read.success) {
    return { kind: 'wrong', problems: [...problems.values()] };
  }
  const smtpRequireTls = demandsTls(read.data.smtpUrl, production);
  return { kind: 'loaded', config: Object.freeze({ ...read.data, production, smtpRequireTls }) };
}

/** Returns the line about `DATABASE_URL` for a reason that shows only when the database is opened. */
export function wrongDatabaseUrl(reason: string): string {
  return (
    `DATABASE_URL is wrong: ${reason}; ` +
    'it must be a file that can be written or a Postgres database, e.g. file:data/gateway.db'
  );
}

/** Loads `DATABASE_URL` alone, for commands that need only the database. */
export function loadDatabaseUrl(env: Environment): LoadedDatabaseUrl {
  const loaded = loadConfig(env, ['DATABASE_URL']);
  return loaded.kind === 'loaded' ? { kind: 'loaded', databaseUrl: loaded.config.databaseUrl } : loaded;
}

function integer(min: number, max: number, what: string) {
  return z
    .string()
    .regex(/^\d{1,10}$/, what)
    .transform(Number)
    .refine((n) => n >= min && n <= max, what);
}

function key() {
  const what = '32 bytes in base64, e.g. the output of: openssl rand -base64 32';
  return z.string().transform((text, context) => {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length !== 32 || bytes.toString('base64') !== text.trim()) context.addIssue(what);
    return bytes;
  });
}
