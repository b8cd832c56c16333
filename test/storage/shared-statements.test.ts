import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openGateway } from '../support/gateway.ts';
import { openTestDatabase, type TestDatabase } from '../support/postgres.ts';

/** What single requests that come together share on Postgres: look-ups of tokens, look-ups before a creation, the writing. */
let database: TestDatabase;
beforeAll(async () => void (database = await openTestDatabase()));
afterAll(() => database.stop());

let codes = 0;
/** A gateway whose statements wait for a lock of somebody else for 0.3 s, with companies of its own. */
async function open(options: { expectErrors?: boolean } = {}) {
  const gateway = await openGateway({ ...options, env: { DATABASE_URL: `${database.url}?statement_timeout=600` } });
  const company = () => gateway.company(`S${String.fromCharCode(65 + Math.floor(codes / 26), 65 + (codes++ % 26))}X`);
  return { ...gateway, companies: [await company(), await company()] as const };
}

const user = (employeeID: string, more: object = {}) => ({
  employeeID,
  name: 'John Doe',
  email: `${employeeID}@example.com`,
  isActive: true,
  ...more,
});

test('each of many creations of two companies at once is answered with its own user, of its own company', async () => {
  const { companies, createUser } = await open();
  const asked = Array.from({ length: 40 }, (_, n) => ({ company: companies[n % 2]!, employeeID: `E${n}` }));
  const answers = await Promise.all(
    asked.map(({ company, employeeID }) =>
      createUser(
        company.token,
        user(employeeID, { organizationSerial: company.organization, tagSerials: [company.tag] }),
      ),
    ),
  );
  for (const [n, { company, employeeID }] of asked.entries()) {
    expect(answers[n]!.body.data.createUser).toMatchObject({
      user: { employeeID, organization: { serial: company.organization }, tags: [{ serial: company.tag }] },
    });
  }
  for (const company of companies) {
    const own = answers.filter((_, n) => asked[n]!.company === company).map(({ body }) => body.data.createUser.user);
    const stored = await database.execute(
      'select serial from users join companies on companies.id = company_id where code = $1',
      [company.code],
    );
    expect(stored.map(({ serial }) => serial).toSorted()).toEqual(own.map(({ serial }) => serial).toSorted());
  }
});

test('of many creations at once what is taken, double or unknown is told for that one alone', async () => {
  const {
    companies: [company],
    rest,
  } = await open();
  expect((await rest(company.token, user('TAKEN'))).status).toBe(200);
  const good = Array.from({ length: 10 }, (_, n) => user(`G${n}`));
  const answers = await Promise.all(
    [...good, user('TAKEN'), user('TAG', { tagSerials: ['RUKRTAG-AAAAAAAA'] }), user('TWICE'), user('TWICE')].map(
      (one) => rest(company.token, one),
    ),
  );
  const told = answers.map(({ status, body }) => (status === 200 ? 200 : body.errorCode));
  expect(told.slice(0, 12)).toEqual([...good.map(() => 200), 10101, 11102]);
  expect(told.slice(12).toSorted()).toEqual([10101, 200]);
});

test('what Postgres refuses unexpectedly fails alone', async () => {
  const {
    companies: [company],
    rest,
    lines,
  } = await open({ expectErrors: true });
  await database.execute(`alter table users add constraint no_bad check (employee_id <> 'BAD') not valid`);
  onTestFinished(async () => void (await database.execute('alter table users drop constraint no_bad')));
  const answers = await Promise.all(
    [user('P1'), user('P2'), user('BAD'), user('P3')].map((one) => rest(company.token, one)),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 500, 200]);
  expect(lines.filter((line) => line.includes('unexpected error'))).toHaveLength(1);
});

test('who waits for a lock that somebody holds is refused alone', async () => {
  const {
    companies: [company],
    rest,
  } = await open();
  expect((await rest(company.token, user('PATTERN'))).status).toBe(200);
  const holder = new pg.Client(database.url);
  await holder.connect();
  onTestFinished(() => holder.end());
  await holder.query('begin');
  await holder.query(`
    insert into users (id, company_id, serial, employee_id, employee_id_key, name, name_key, phone, password_hash, is_active, created_at)
    select gen_random_uuid(), company_id, 'LOCK0123456789AB', 'LOCKED', 'locked', name, name_key, '628999', password_hash, is_active, created_at from users where employee_id = 'PATTERN'`);
  const answers = await Promise.all(
    [user('L1'), user('LOCKED'), user('L2'), user('L3')].map((one) => rest(company.token, one)),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 503, 200, 200]);
  expect(answers[1]!.headers.get('retry-after')).not.toBeNull();
  await holder.query('rollback');
  expect((await rest(company.token, user('LOCKED'))).status).toBe(200);
});

test('mails of two companies that are asked for at once are those of each', async () => {
  const { companies, rest, graphql } = await open();
  for (const { token } of companies) await rest(token, user('MAILED'));
  const ask = ({ token }: { token: string }) =>
    graphql(token, '{ users(first: 1) { edges { node { passwordMail } } } }');
  const answers = await Promise.all([...companies, ...companies].map(ask));
  expect(answers.map(({ body }) => body.data.users.edges[0].node.passwordMail)).not.toContain('NONE');
});
