import { describe, expect, test } from 'vitest';
import { loadDatabaseUrl } from '../../src/gateway/config.ts';
import { readConfig } from '../support/config.ts';

const key = Buffer.alloc(32, 0xfb).toString('base64');
const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'file:/var/lib/ruangkerja/gateway.db',
  SECRET_KEY: key,
  SMTP_URL: 'smtps://user:pass@mail.example.com',
  MAIL_FROM: 'Ruangkerja <no-reply@example.com>',
};

/** The variables that an environment has wrong. */
function wrong(env: Record<string, string>): string[] {
  return (readConfig(env).problems ?? []).map((line) => line.split(' ', 1)[0]!);
}

test('development needs no variable, and the defaults are those of the contract', () => {
  expect(readConfig({}).config).toEqual({
    production: false,
    host: '127.0.0.1',
    port: 4000,
    databaseUrl: 'file:data/gateway.db',
    secretKey: null,
    secretKeyPrevious: null,
    smtpUrl: null,
    smtpName: 'ruangkerja.localhost',
    smtpRequireTls: false,
    mailFrom: { name: 'Ruangkerja', address: 'no-reply@ruangkerja.localhost' },
    mailLocale: 'id',
    mailReplyTo: null,
    signInUrl: null,
    mailRate: 0,
    mailDaily: 0,
    mailConnections: 16,
    mailHold: false,
    defaultCountry: 'ID',
    passwordMinLength: 8,
    generatedPasswordHash: 'fast',
    rateLimit: 0,
    maxBodyBytes: 1_048_576,
    keepAliveSeconds: 75,
    publicUrl: null,
    metricsHost: '127.0.0.1',
    metricsPort: null,
    trustProxy: 0,
    logLevel: 'info',
  });
});

test('production with what it requires has the defaults of the contract', () => {
  expect(readConfig(production).config).toEqual({
    production: true,
    host: '127.0.0.1',
    port: 4000,
    databaseUrl: production.DATABASE_URL,
    secretKey: Buffer.alloc(32, 0xfb),
    secretKeyPrevious: null,
    smtpUrl: production.SMTP_URL,
    smtpName: 'example.com',
    smtpRequireTls: true,
    mailFrom: { name: 'Ruangkerja', address: 'no-reply@example.com' },
    mailLocale: 'id',
    mailReplyTo: null,
    signInUrl: null,
    mailRate: 0,
    mailDaily: 0,
    mailConnections: 16,
    mailHold: false,
    defaultCountry: 'ID',
    passwordMinLength: 8,
    generatedPasswordHash: 'fast',
    rateLimit: 6000,
    maxBodyBytes: 1_048_576,
    keepAliveSeconds: 75,
    publicUrl: null,
    metricsHost: '127.0.0.1',
    metricsPort: null,
    trustProxy: 0,
    logLevel: 'info',
  });
});

test('production requires DATABASE_URL, SECRET_KEY, SMTP_URL and MAIL_FROM, and tells each that is missing', () => {
  const { problems } = readConfig({ NODE_ENV: 'production' });
  expect(problems?.map((line) => line.split(' ', 1)[0])).toEqual([
    'DATABASE_URL',
    'SECRET_KEY',
    'SMTP_URL',
    'MAIL_FROM',
  ]);
  for (const line of problems!) expect(line).toMatch(/^[A-Z_]+ is not set, in production it must be .+, e\.g\. .+$/);
});

test('every wrong variable is told at once, one line each with an example, and no value is echoed', () => {
  const secret = 'Hunter2hunter2';
  const names = [
    'PORT',
    'DATABASE_URL',
    'SECRET_KEY',
    'SECRET_KEY_PREVIOUS',
    'SMTP_URL',
    'SMTP_NAME',
    'MAIL_FROM',
    'MAIL_REPLY_TO',
    'SIGN_IN_URL',
    'MAIL_RATE',
    'MAIL_CONNECTIONS',
    'MAIL_DAILY',
    'MAIL_HOLD',
    'MAIL_LOCALE',
    'DEFAULT_COUNTRY',
    'PASSWORD_MIN_LENGTH',
    'GENERATED_PASSWORD_HASH',
    'RATE_LIMIT',
    'MAX_BODY_BYTES',
    'PUBLIC_URL',
    'METRICS_PORT',
    'LOG_LEVEL',
  ];
  const values = Object.fromEntries(names.map((name) => [name, `${secret}${name}`]));
  for (const env of [
    values,
    {
      ...values,
      SMTP_URL: `http://user:${secret}@mail.example.com`,
      DATABASE_URL: `mysql://user:${secret}@db.example.com/x`,
    },
  ]) {
    const { problems, config } = readConfig({ ...env, NODE_ENV: 'production' });
    expect(config).toBeUndefined();
    expect(problems!.map((line) => line.split(' ', 1)[0]).toSorted()).toEqual(names.toSorted());
    for (const line of problems!) expect(line).toMatch(/^[A-Z_]+ is wrong, it must be .+, e\.g\. [^\n]+$/);
    expect(problems!.join('\n')).not.toContain(secret);
  }
  expect(wrong({ ...values, HOST: '0.0.0.0' })).toEqual(['HOST', ...names]);
});

describe('development shows secrets, so HOST', () => {
  test.each(['0.0.0.0', '::', '192.168.1.2', 'gateway.example.com', '127.0.0.1.example.com', '127.example.com'])(
    '%s is refused',
    (HOST) => {
      const { problems } = readConfig({ HOST });
      expect(problems).toEqual([
        expect.stringMatching(/^HOST is not a loopback address: .+NODE_ENV=production.+e\.g\. HOST=127\.0\.0\.1$/),
      ]);
    },
  );
  test.each(['127.0.0.1', '127.9.8.7', '::1', 'localhost'])('%s is accepted', (HOST) => {
    expect(readConfig({ HOST }).config?.host).toBe(HOST);
  });
  test.each(['prod', 'Production', 'development', ''])('0.0.0.0 is refused when NODE_ENV is "%s"', (NODE_ENV) => {
    expect(wrong({ HOST: '0.0.0.0', NODE_ENV })).toEqual(['HOST']);
  });
});

test('production listens on any HOST', () => {
  for (const HOST of ['0.0.0.0', '::']) expect(readConfig({ ...production, HOST }).config?.host).toBe(HOST);
});

test('an empty variable counts as unset', () => {
  const empty = {
    HOST: '',
    PORT: '',
    DATABASE_URL: ' ',
    SECRET_KEY: '',
    SMTP_URL: '',
    MAIL_FROM: '',
    RATE_LIMIT: '',
    LOG_LEVEL: '\t',
  };
  expect(readConfig(empty).config).toEqual(readConfig({}).config);
  expect(wrong({ ...production, SECRET_KEY: '', SMTP_URL: ' ' })).toEqual(['SECRET_KEY', 'SMTP_URL']);
  expect(readConfig({ ...production, RATE_LIMIT: '' }).config?.rateLimit).toBe(6000);
});

test.each([
  ['Ruangkerja <no-reply@example.com>', 'Ruangkerja', 'no-reply@example.com'],
  ['no-reply@example.com', '', 'no-reply@example.com'],
  ['<no-reply@example.com>', '', 'no-reply@example.com'],
  ['  PT Ruang Kerja, Tbk.  <no-reply@example.com> ', 'PT Ruang Kerja, Tbk.', 'no-reply@example.com'],
  ['"Ruang, Kerja" <hr@example.com>', 'Ruang, Kerja', 'hr@example.com'],
])('MAIL_FROM %s is a sender', (MAIL_FROM, name, address) => {
  expect(readConfig({ MAIL_FROM }).config?.mailFrom).toEqual({ name, address });
});

test.each([
  'Ruangkerja',
  'no-reply@',
  '@example.com',
  'Ruangkerja no-reply@example.com',
  'a@example.com, b@example.com',
  'Ruangkerja <a@example.com> <b@example.com>',
  'a\r\nBcc: x <a@example.com>',
])('MAIL_FROM %j is refused', (MAIL_FROM) => expect(wrong({ MAIL_FROM })).toEqual(['MAIL_FROM']));

test.each([
  ['31 bytes', Buffer.alloc(31, 1).toString('base64')],
  ['33 bytes', Buffer.alloc(33, 1).toString('base64')],
  ['hex', Buffer.alloc(32, 1).toString('hex')],
  ['base64url', Buffer.alloc(32, 0xfb).toString('base64url')],
  ['base64 without its padding', key.replace('=', '')],
  ['base64 with a stray character', `${key.slice(0, 10)}*${key.slice(10)}`],
  ['a sentence', 'correct horse battery staple and more'],
])('SECRET_KEY of %s is refused', (_, SECRET_KEY) => {
  expect(wrong({ SECRET_KEY })).toEqual(['SECRET_KEY']);
  expect(wrong({ SECRET_KEY_PREVIOUS: SECRET_KEY })).toEqual(['SECRET_KEY_PREVIOUS']);
});

test.each([
  ['PORT', ['4000abc', ' 4000', '4e3', '-1', '65536', '0x10', '4000.5', '٤٠٠٠']],
  ['RATE_LIMIT', ['1e3', '-1', '1.5', 'Infinity', '99999999999']],
  ['PASSWORD_MIN_LENGTH', ['7', '129', '8 ']],
  ['MAX_BODY_BYTES', ['0', '1023', '1MB']],
  ['DEFAULT_COUNTRY', ['id', 'XX', 'IDN', 'constructor']],
  ['MAIL_LOCALE', ['ID', 'fr']],
  ['MAIL_RATE', ['-1', '1.5', '14/s']],
  ['MAIL_CONNECTIONS', ['0', '1001']],
  ['MAIL_DAILY', ['2k']],
  ['MAIL_HOLD', ['true', '2']],
  ['MAIL_REPLY_TO', ['hr', 'a@b <c>']],
  [
    'SIGN_IN_URL',
    ['app.example.com', 'ftp://app.example.com', 'javascript:alert(1)', 'https://user:pw@app.example.com'],
  ],
  ['PUBLIC_URL', ['gateway.example.com', 'https://']],
  ['METRICS_PORT', ['65536', 'x']],
  ['GENERATED_PASSWORD_HASH', ['slow']],
  ['LOG_LEVEL', ['verbose']],
  [
    'DATABASE_URL',
    [
      'data/gateway.db',
      'file:',
      'mysql://localhost/x',
      'postgres:',
      'postgres:///x',
      'postgres://u:%zz@h/x',
      'postgres://h/x?pool=0',
      'postgres://a,b/x',
      'postgres://h/x?statement_timeout=5s',
    ],
  ],
  [
    'SMTP_URL',
    [
      'mail.example.com',
      'smtp:mail.example.com',
      'smtp://',
      'https://mail.example.com',
      'smtp://user:100%@mail.example.com',
      'smtp://mail.example.com:99999',
      'smtp://mail.example.com?requireTLS=1',
      'smtp://mail.example.com?requireTLS=True',
    ],
  ],
])('%s refuses %j', (name, values) => {
  for (const value of values) expect(wrong({ [name]: value }), value).toEqual([name]);
});

test.each([
  [{}, 'smtp://mail.example.com', false],
  [{}, 'smtp://user:pw@mail.example.com', true],
  [{}, 'smtp://user:pw@mail.example.com?requireTLS=false', false],
  [{}, 'smtp://user:pw@127.0.0.1', false],
  [{}, 'smtp://user:pw@[::1]:25', false],
  [{}, 'smtp://user:pw@LOCALHOST', false],
  [{}, 'smtp://user:pw@localhost.example.com', true],
  [{}, 'smtp://127.0.0.1?requireTLS=true', true],
  [production, 'smtp://mail.example.com', true],
  [production, 'smtp://mail.example.com?requireTLS=false', false],
  [production, 'smtp://127.0.0.1:25', false],
])('with %j the mail server %s must take TLS: %s', (env, SMTP_URL, demanded) => {
  expect(readConfig({ ...env, SMTP_URL }).config?.smtpRequireTls).toBe(demanded);
});

test('EHLO says SMTP_NAME: a domain or an address literal; without it the domain of MAIL_FROM', () => {
  for (const SMTP_NAME of ['hr.example.com', 'gateway', '[192.0.2.1]', '[IPv6:2001:db8::1]'])
    expect(readConfig({ SMTP_NAME }).config?.smtpName).toBe(SMTP_NAME);
  expect(readConfig({ MAIL_FROM: 'HR <hr@mail.example.org>' }).config?.smtpName).toBe('mail.example.org');
  for (const SMTP_NAME of [
    '-x.example.com',
    'a b',
    'a..b',
    'x.example.com\r\nQUIT',
    '192.0.2.1]',
    'a_b.example.com',
    'x.',
  ])
    expect(wrong({ SMTP_NAME }), SMTP_NAME).toEqual(['SMTP_NAME']);
});

describe.each([
  ['SMTP_URL', 'smtps', ''],
  ['DATABASE_URL', 'postgres', '/gateway'],
])('a password in %s', (name, scheme, path) => {
  const address = (password: string): string => `${scheme}://user:${password}@host.example.com${path}`;

  test.each(['12#34', '12/34', '12?34', 'ab#cd', 'ab/cd', 'ab?cd', 'ab%cd', '1#', '1/', '1?', '%zz', 'a#b@c'])(
    'with %s must be percent-encoded, and the line says so',
    (password) => {
      const { problems } = readConfig({ [name]: address(password) });
      expect(problems).toEqual([
        expect.stringMatching(new RegExp(`^${name} is wrong, .+ percent-encoded .+e\\.g\\. `)),
      ]);
      expect(problems![0]).not.toContain(password);
      expect(readConfig({ [name]: address(encodeURIComponent(password)) }).problems).toBeUndefined();
    },
  );
});

test('a percent sign and an at sign elsewhere in an address are none of a password', () => {
  for (const DATABASE_URL of [
    'postgres://db.example.com/gateway?application_name=a@b',
    'postgres://u:p@db.example.com:5432/gate%40way?sslmode=require',
  ])
    expect(readConfig({ DATABASE_URL }).problems).toBeUndefined();
});

test('the limits of a number are inside', () => {
  expect(readConfig({ PORT: '0', PASSWORD_MIN_LENGTH: '128', MAX_BODY_BYTES: '1024' }).config).toMatchObject({
    port: 0,
    passwordMinLength: 128,
    maxBodyBytes: 1024,
  });
  for (const DATABASE_URL of [
    'postgres://db.example.com/gateway',
    'postgresql://u:p%40ss@[::1]:5433/x?sslmode=verify-full&pool=20&connect_timeout=5',
    'postgres:///x?host=/run/postgresql',
  ]) {
    expect(readConfig({ DATABASE_URL }).config).toMatchObject({ databaseUrl: DATABASE_URL });
  }
  expect(readConfig({ PORT: '65535', PASSWORD_MIN_LENGTH: '8', RATE_LIMIT: '0' }).config).toMatchObject({
    port: 65_535,
    passwordMinLength: 8,
    rateLimit: 0,
  });
});

test('the configuration is frozen', () => {
  const { config } = readConfig({});
  expect([Object.isFrozen(config), Object.isFrozen(config?.mailFrom)]).toEqual([true, true]);
});

test('a command reads DATABASE_URL alone: required in production, and nothing else matters', () => {
  const elsewhere = { HOST: '0.0.0.0', PORT: 'x', SECRET_KEY: 'x' };
  expect(loadDatabaseUrl(elsewhere)).toEqual({ kind: 'loaded', databaseUrl: 'file:data/gateway.db' });
  expect(loadDatabaseUrl({ ...elsewhere, NODE_ENV: 'production', DATABASE_URL: 'file:x.db' })).toEqual({
    kind: 'loaded',
    databaseUrl: 'file:x.db',
  });
  for (const DATABASE_URL of [undefined, '', ' '])
    expect(loadDatabaseUrl({ NODE_ENV: 'production', DATABASE_URL })).toEqual({
      kind: 'wrong',
      problems: [expect.stringMatching(/^DATABASE_URL is not set/)],
    });
  expect(loadDatabaseUrl({ DATABASE_URL: 'mysql://user:Hunter2@db' })).toEqual({
    kind: 'wrong',
    problems: [expect.stringMatching(/^DATABASE_URL is wrong(?!.*Hunter2)/)],
  });
});
