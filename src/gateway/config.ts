import { isIP } from 'node:net';
import { isSupportedCountry } from 'libphonenumber-js';
import { z } from 'zod';

export type Config = Readonly<z.infer<typeof development>> & { readonly production: boolean };

/** One schema for each variable; its message says what it should be, with an example, and never the value that was found. */
const variables = {
  HOST: z.string().default('127.0.0.1'),
  PORT: whole(0, 65_535, 'a port from 0 to 65535 (0 takes a free one), e.g. 4000').default(4000),
  DATABASE_URL: z
    .string()
    .refine(
      isDatabaseUrl,
      'the address of an SQLite file or of a Postgres database, e.g. file:data/gateway.db or postgres://user:password@db.example.com/gateway',
    )
    .default('file:data/gateway.db'),
  SECRET_KEY: key().nullable().default(null),
  SECRET_KEY_PREVIOUS: key().nullable().default(null),
  SMTP_URL: z
    .string()
    .refine(isSmtpUrl, 'the address of a mail server, e.g. smtps://user:password@mail.example.com')
    .nullable()
    .default(null),
  MAIL_FROM: z.string().transform(mailbox).prefault('Ruangkerja <no-reply@ruangkerja.localhost>'),
  MAIL_LOCALE: z.enum(['id', 'en'], 'id or en, e.g. id').default('id'),
  DEFAULT_COUNTRY: z
    .string()
    .refine(isSupportedCountry, 'a country code of ISO 3166-1 alpha-2 in upper case, e.g. ID')
    .default('ID'),
  PASSWORD_MIN_LENGTH: whole(8, 128, 'a number of characters from 8 to 128, e.g. 8').default(8),
  GENERATED_PASSWORD_HASH: z.enum(['fast', 'full'], 'fast or full, e.g. fast').default('fast'),
  RATE_LIMIT: whole(
    0,
    1_000_000_000,
    'the number of users that a client may ask to create in a minute, 0 for no limit, e.g. 6000',
  ).default(0),
  MAX_BODY_BYTES: whole(1_024, 1_073_741_824, 'a number of bytes from 1024, e.g. 1048576').default(1_048_576),
  KEEP_ALIVE_SECONDS: whole(1, 3_600, 'a number of seconds from 1 to 3600, e.g. 75').default(75),
  TRUST_PROXY: whole(0, 32, 'how many proxies in front may name the address of the client, e.g. 1').default(0),
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
  /** 32 bytes; null where the key is made in `data/`. */
  secretKey: v.SECRET_KEY,
  secretKeyPrevious: v.SECRET_KEY_PREVIOUS,
  /** null: mails land in the development mailbox. */
  smtpUrl: v.SMTP_URL,
  mailFrom: v.MAIL_FROM,
  mailLocale: v.MAIL_LOCALE,
  defaultCountry: v.DEFAULT_COUNTRY,
  passwordMinLength: v.PASSWORD_MIN_LENGTH,
  generatedPasswordHash: v.GENERATED_PASSWORD_HASH,
  rateLimit: v.RATE_LIMIT,
  maxBodyBytes: v.MAX_BODY_BYTES,
  /** That a connection may be idle. */
  keepAliveSeconds: v.KEEP_ALIVE_SECONDS,
  trustProxy: v.TRUST_PROXY,
  logLevel: v.LOG_LEVEL,
}));

const requiredInProduction = {
  DATABASE_URL: 'the address of the database, e.g. file:/var/lib/ruangkerja/gateway.db',
  SECRET_KEY: '32 bytes in base64, e.g. the output of: openssl rand -base64 32',
  SMTP_URL: 'the address of a mail server, e.g. smtps://user:password@mail.example.com',
  MAIL_FROM: 'the sender of the mails, e.g. Ruangkerja <no-reply@example.com>',
};

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the configuration of contract/operating: frozen, or one line for each wrong variable: what it is, what it
 * should be, an example. Values are never echoed, an address may hold a password. An empty variable counts as unset.
 * A command names the variables that it uses: the others are not looked at.
 */
export function loadConfig(
  env: Environment,
  used: readonly string[] = Object.keys(variables),
): { config: Config; problems?: undefined } | { config?: undefined; problems: string[] } {
  const given = Object.fromEntries(Object.entries(env).filter(([name, value]) => used.includes(name) && value?.trim()));
  const production = env['NODE_ENV'] === 'production';
  const problems = new Map<string, string>();
  if (production) {
    for (const [name, what] of Object.entries(requiredInProduction)) {
      if (used.includes(name) && given[name] === undefined)
        problems.set(name, `is not set, in production it must be ${what}`);
    }
  } else if (given['HOST'] !== undefined && !isLoopback(given['HOST'])) {
    problems.set(
      'HOST',
      'is no loopback address: development shows secrets; set NODE_ENV=production, or e.g. HOST=127.0.0.1',
    );
  }
  const read = development.safeParse({ ...(production && { RATE_LIMIT: '6000' }), ...given });
  for (const issue of read.error?.issues ?? []) {
    const name = String(issue.path[0]);
    if (!problems.has(name)) problems.set(name, `is wrong, it must be ${issue.message}`);
  }
  if (problems.size > 0 || !read.success) return { problems: [...problems].map(([name, what]) => `${name} ${what}`) };
  return { config: Object.freeze({ ...read.data, production }) };
}

/** For commands that need the database only. */
export function loadDatabaseUrl(
  env: Environment,
): { databaseUrl: string; problems?: undefined } | { databaseUrl?: undefined; problems: string[] } {
  const { config, problems } = loadConfig(env, ['DATABASE_URL']);
  return config ? { databaseUrl: config.databaseUrl } : { problems };
}

function whole(least: number, most: number, what: string) {
  return z
    .string()
    .regex(/^\d{1,10}$/, what)
    .transform(Number)
    .refine((n) => n >= least && n <= most, what);
}

function key() {
  const what = '32 bytes in base64, e.g. the output of: openssl rand -base64 32';
  return z.string().transform((text, context) => {
    const bytes = Buffer.from(text, 'base64');
    if (bytes.length !== 32 || bytes.toString('base64') !== text.trim()) context.addIssue(what);
    return bytes;
  });
}

/** The file of SQLite, or a Postgres whose own settings in the query are whole numbers. */
function isDatabaseUrl(text: string): boolean {
  if (/^file:.+/.test(text)) return true;
  const url = URL.parse(text);
  if (
    url === null ||
    !/^postgres(ql)?:$/.test(url.protocol) ||
    !(url.hostname || url.searchParams.has('host')) ||
    `${url.hostname}${url.searchParams.get('host')}`.includes(',') ||
    !decodes(url.username + url.password)
  )
    return false;
  return ['pool', 'connect_timeout', 'statement_timeout'].every((name) =>
    /^[1-9]\d{0,5}$/.test(url.searchParams.get(name) ?? '1'),
  );
}

/** With a host, credentials that can be percent-decoded, and no demand for TLS that a misspelling would lose. */
function isSmtpUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^smtps?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    decodes(url.username + url.password) &&
    /^(true|false)$/.test(url.searchParams.get('requireTLS') ?? 'false')
  );
}

function decodes(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** `Name <address>` or an address alone. */
function mailbox(text: string, context: z.RefinementCtx): Readonly<{ name: string; address: string }> {
  const [, name = '', address = ''] = /^([^<>]*?)\s*<([^<>]+)>$/.exec(text.trim()) ?? [];
  const bare = address || text.trim();
  // The domain of development, ruangkerja.localhost, is no address of the wide world, hence no z.email().
  if (!/^[^\s@<>,;:"]{1,64}@(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+$/.test(bare) || /\p{Cc}/u.test(text))
    context.addIssue('a mail address with or without a name, e.g. Ruangkerja <no-reply@example.com>');
  return Object.freeze({ name: name.replace(/^"(.*)"$/, '$1'), address: bare });
}

/** 127.0.0.0/8, ::1 and localhost. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
