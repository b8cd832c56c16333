import { expect, test } from 'vitest';
import { indonesian } from '../../src/cli/indonesian.ts';
import { loadConfig, wrongDatabaseUrl } from '../../src/gateway/config.ts';
import { translateBy } from '../../src/translate.ts';
import { sentencesIn } from '../support/sentences.ts';
import { readSource } from '../support/source.ts';

const translate = translateBy(indonesian);

/** The files whose sentences a person reads: on the terminal, in an error file, or on the page /import. */
const spoken = [
  /^(?:cli|import|gateway\/doctor)\//,
  /^(?:gateway\/(?:config|addresses)|mail\/probe-smtp|text)\.ts$/,
  /^users\/(?:fields|email|phone|create-directory-entries)\.ts$/,
  /^storage\/(?:schema-version\.ts|sqlite\/(?:database-file|backup|open)\.ts|postgres\/(?:migrate|open|turns)\.ts)$/,
  /^storage\/migrate-data\/(?:copy-data|postgres-target|sqlite-source)\.ts$/,
];
/** Scripts of shells, and what is typed. */
const typed = /indonesian|^cli\/(?:completion|examples)\.ts$/;
/** How the statements of SQL and GraphQL in these files begin. */
const statements: Record<string, RegExp> = {
  storage:
    /^(?:select|SELECT|insert into|update 7|drop table|create table|begin|declare|fetch|show server|set |where \(|7 from)/,
  import: /^(?:\s*mutation|problems \{)/,
};
/** Commands, states, and a surprise that no person can cause. */
const notSpoken = new Set([
  'npx gateway company create --code 7 --name NAME',
  'chmod go-w 7',
  'another program',
  'not ready',
  'no file is open',
]);

const sentences = readSource()
  .filter(({ path }) => spoken.some((pattern) => pattern.test(path)) && !typed.test(path))
  .flatMap((file) => sentencesIn(file).filter((text) => !statements[file.path.split('/')[0]!]?.test(text)))
  .filter((text) => !notSpoken.has(text))
  .flatMap((text) => text.split('\n'))
  .filter((line) => / /.test(line.trim()));

/** Three English words in a row that a translation kept. Examples and lists of values are kept on purpose. */
function englishLeftIn(translated: string, original: string): string[] {
  const words = original.replace(/e\.g\. .*|[\w/]+\/[\w/]+/g, '.').match(/[A-Za-z']+(?: [A-Za-z']+){2,}/g) ?? [];
  return words
    .flatMap((run) => run.split(' ').map((_, at, all) => all.slice(at, at + 3)))
    .filter((three) => three.length === 3)
    .map((three) => three.join(' '))
    .filter((three) => translated.includes(three) && !/gateway|CSV UTF|Retry-After/.test(three));
}

test('the walk over the sources finds sentences of every kind', () => {
  expect(sentences.length).toBeGreaterThan(200);
  expect(sentences).toContain('phone has two readings, +7 and +7: write +…');
  expect(sentences).toContain('7 of 7 rows are done; the same command goes on from there.');
  expect(englishLeftIn('X salah, a port from 0', 'X is wrong, a port from 0')).toEqual(['a port from']);
});

test('no sentence that a person reads lacks its translation', () => {
  expect(sentences.filter((sentence) => translate(sentence) === sentence)).toEqual([]);
});

test('a translation is whole: no part of a sentence is left in English', () => {
  const half = sentences.map((sentence) => [sentence, ...englishLeftIn(translate(sentence), sentence)]);
  expect(half.filter((found) => found.length > 1)).toEqual([]);
});

test('a sentence and its translation have the same values in the same order', () => {
  const valuesOf = (text: string) => text.match(/\{[n…]?\}/g) ?? [];
  const wrong = Object.entries(indonesian).filter(([text, id]) => String(valuesOf(text)) !== String(valuesOf(id)));
  expect(wrong).toEqual([]);
});

test('of all patterns a sentence finds its own', () => {
  const fill = (text: string) => text.replaceAll('{n}', '7').replace(/\{…?\}/g, 'X');
  const wrong = Object.entries(indonesian).filter(([text, id]) => translate(fill(text)) !== fill(id));
  expect(wrong).toEqual([]);
});

test.each([
  ['in development', {}],
  ['in production', { NODE_ENV: 'production' }],
])('what is wrong with each variable is said in Indonesian, %s', (_, env) => {
  const names = [
    'HOST PORT DATABASE_URL SECRET_KEY SECRET_KEY_PREVIOUS SMTP_URL SMTP_NAME MAIL_FROM MAIL_REPLY_TO SIGN_IN_URL',
    'MAIL_RATE MAIL_CONNECTIONS MAIL_DAILY MAIL_HOLD MAIL_LOCALE DEFAULT_COUNTRY PASSWORD_MIN_LENGTH GENERATED_PASSWORD_HASH',
    'RATE_LIMIT MAX_BODY_BYTES KEEP_ALIVE_SECONDS PUBLIC_URL METRICS_PORT TRUST_PROXY LOG_LEVEL',
  ].flatMap((line) => line.split(' '));
  const wrong = Object.fromEntries(names.map((name) => [name, '?!']));
  const problems = [env, { ...env, ...wrong }, { ...env, DATABASE_URL: 'file::memory:' }]
    .map((variables) => loadConfig(variables))
    .flatMap((loaded) => (loaded.kind === 'wrong' ? loaded.problems : []));
  expect(problems.length).toBeGreaterThanOrEqual(names.length - 1);
  expect(problems.flatMap((problem) => englishLeftIn(translate(problem), problem))).toEqual([]);
  const missing = wrongDatabaseUrl('/tmp/x is the database of another program');
  expect(englishLeftIn(translate(missing), missing)).toEqual([]);
});
