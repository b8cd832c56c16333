import { randomBytes, randomUUID } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { makeApp } from '../src/gateway/app.ts';
import { readConfig } from '../test/support/config.ts';
import { openStore } from '../src/storage/postgres/store.ts';
import { uuidv7 } from '../src/uuid.ts';
import { makeDatabase, startPostgres } from '../test/support/postgres.ts';
import { claimDue } from '../test/support/outbox.ts';

/**
 * The plan of each statement of the store on 1,000,000 users of two companies, as Postgres itself logs it
 * (auto_explain), and the statements that one creation costs. Exits 1 when a plan reads a big table from end to end.
 */
const users = 1_000_000;
const companies = ['00000000-0000-4000-8000-000000000000', '00000000-0000-4000-8000-000000000001'] as const;
const [company] = companies;
/** Rows that one node of a plan may read or throw away: a batch is of 100 users, a purge of 500 rows. */
const tolerated = 1_000;
const bigTables = /Seq Scan on (users|outbox|user_tags|tokens|idempotency_keys|tags|organizations)\b/;

const load = [
  `insert into companies (id, code, name, created_at) select ('00000000-0000-4000-8000-00000000000' || n)::uuid, 'CO' || n, 'Company', now() from generate_series(0, 1) n`,
  `insert into clients (id, company_id, name, secret_hash, scope, created_at)
   select md5('client' || n), ('00000000-0000-4000-8000-00000000000' || n % 2)::uuid, 'Client', sha256('secret'), 'users:create', now() from generate_series(0, 999) n`,
  `insert into tags (id, company_id, serial, name, name_key, created_at)
   select md5('tag' || n)::uuid, ('00000000-0000-4000-8000-00000000000' || n % 2)::uuid, 'TAG' || n, 'Tag ' || n, 'tag ' || n, now() from generate_series(0, 9999) n`,
  `insert into organizations (id, company_id, serial, name, is_active, created_at)
   select md5('organization' || n)::uuid, ('00000000-0000-4000-8000-00000000000' || n % 2)::uuid, 'ORG' || n, 'Organization', true, now() from generate_series(0, 9999) n`,
  `insert into users (id, company_id, serial, employee_id, employee_id_key, name, name_key, username, username_key, email, email_key, phone, password_hash, is_active, organization_id, created_at)
   select md5('user' || n)::uuid, ('00000000-0000-4000-8000-00000000000' || n % 2)::uuid, 'SERIAL' || n, 'e' || n, 'e' || n, 'John Doe', 'john doe', 'u' || n, 'u' || n, n || '@example.com', n || '@example.com', '62811' || n,
     repeat('h', 97), true, md5('organization' || n % 10000)::uuid, now()
   from generate_series(0, ${users - 1}) n`,
  `insert into user_tags (user_id, position, tag_id) select md5('user' || n)::uuid, 0, md5('tag' || n % 10000)::uuid from generate_series(0, ${users - 1}) n`,
  // A hundred imports of 1,000 wait, some for another attempt; of the dead ones half are erased, as after months of purges.
  `insert into outbox (id, user_id, state, key_id, nonce, ciphertext, attempts, due_at, created_at, ended_at)
   select md5('mail' || n)::uuid, md5('user' || n)::uuid, case when n < 100000 then 'queued' when n < 120000 then 'dead' else 'sent' end, sealed.key, sealed.bytes, sealed.bytes,
     case when n < 90000 then 0 else 1 end, now() - interval '1 day' + n / 1000 * interval '1 second', now(), case when n >= 100000 then now() - (n - 100000) * interval '1 minute' end
   from generate_series(0, ${users - 1}) n left join (values ('key', sha256('sealed'))) as sealed (key, bytes) on n < 110000`,
  `insert into tokens (hash, client_id, scope, expires_at) select sha256(n::text::bytea), md5('client' || n % 1000), 'users:create', now() + (n - 2000) * interval '1 minute' from generate_series(0, 199999) n`,
  `insert into idempotency_keys (client_id, key, fingerprint, holder, lease_ends_at, results, completed, created_at)
   select md5('client' || n % 1000), 'key' || n, sha256('request'), 'holder', now(), '[]', true, now() - n * interval '1 second' from generate_series(0, 99999) n`,
  'vacuum analyze',
];

const server = await startPostgres();
try {
  const database = await makeDatabase(server.url);
  await (await openStore(database.url, Date.now)).close();
  for (const statement of load) await database.execute(statement);
  const [{ directory }] = (await database.execute(`select current_setting('data_directory') as directory`)) as [
    { directory: string },
  ];
  const log = openSync(join(dirname(directory), 'log'), 'r');
  const name = new URL(database.url).pathname.slice(1);
  const set = async (settings: Record<string, string>): Promise<void> => {
    for (const [setting, value] of Object.entries(settings))
      await database.execute(`alter database ${name} set ${setting} = '${value}'`);
  };

  await set({
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_analyze': 'on',
    // Foreign keys are checked by statements inside of statements.
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_parameter_max_length': '0',
  });
  let bad = 0;
  for (const mode of ['force_generic_plan', 'force_custom_plan']) {
    await set({ plan_cache_mode: mode });
    const seen = new Set<string>();
    for await (const [verb, logged] of verbsOf(database.url, log)) {
      for (const { text, tree } of plansIn(logged)) {
        const wrong = bigTables.test(tree) || rowsRead(tree) > tolerated;
        if (wrong) bad++;
        if (wrong || (mode === 'force_generic_plan' && !seen.has(text)))
          console.log(`\n${wrong ? '!!! ' : ''}${verb} (${mode})\n${text.slice(0, 240)}\n${tree}`);
        seen.add(text);
      }
    }
    console.log(`\n${mode}: ${seen.size} statements`);
  }

  await set({ 'auto_explain.log_min_duration': '-1', plan_cache_mode: 'auto', log_statement: 'all' });
  await database.execute(`delete from outbox where state = 'queued'`);
  await printCost(database.url, log);
  closeSync(log);
  console.log(bad === 0 ? '\nno plan reads a big table from end to end' : `\n${bad} plans read too much`);
  process.exitCode = bad === 0 ? 0 : 1;
} finally {
  await server.stop();
}

/** Each verb of the store, and what Postgres logged of it. */
async function* verbsOf(url: string, log: number): AsyncGenerator<[string, string]> {
  const store = await openStore(url, Date.now);
  const run = randomBytes(4).toString('hex');
  const createdAt = new Date();
  const sealed = { keyId: 'key', nonce: Buffer.alloc(12), ciphertext: Buffer.alloc(38) };
  let count = 0;
  const entry = (more = {}) => {
    const n = `${run}${++count}`;
    const user = {
      id: uuidv7(Date.now()),
      companyId: company,
      serial: `S${n}`,
      employeeID: n,
      name: 'John Doe',
      username: n,
      email: `${n}@example.com`,
      phone: n,
      passwordHash: '-',
      isActive: true,
      tagSerials: ['TAG0', 'TAG2'],
      organizationSerial: 'ORG0',
      importKey: n,
      createdAt,
      ...more,
    };
    return { user, mail: { id: uuidv7(Date.now()), sealed } };
  };
  const wanted = {
    employeeID: 'e2',
    email: '2@example.com',
    phone: '628112',
    username: 'u2',
    importKey: 'none',
    tagSerials: ['TAG0', 'none'],
    organizationSerial: 'ORG0',
  };
  const clientId = randomBytes(16).toString('hex');
  const client = {
    id: clientId,
    secretHash: Buffer.alloc(32),
    companyId: company,
    name: 'New',
    scopes: [],
    createdAt,
    revokedAt: null,
  };
  const hold = { clientId, key: run, holder: randomUUID() };
  const { users, outbox, access, directory, idempotency } = store;
  // As the rows above have it.
  const keyIds = ['key'];
  const held = await claimDue(outbox, { limit: 10, leaseMs: 30_000, first: true, keyIds });
  const dead = (await outbox.list({ state: 'dead', limit: 1 }))[0]!;

  const verbs: Record<string, () => Promise<unknown>> = {
    'users.lookUp': () => users.lookUp(company, [wanted]),
    'users.lookUp of 100': () =>
      users.lookUp(
        company,
        Array.from({ length: 100 }, () => wanted),
      ),
    'users.add': () => users.add(company, [entry()], { allOrNone: false }),
    'users.add of 100': () =>
      users.add(
        company,
        Array.from({ length: 100 }, () => entry()),
        { allOrNone: false },
      ),
    'users.add of 2, one taken': () => users.add(company, [entry(), entry({ employeeID: 'e2' })], { allOrNone: false }),
    'users.find by serial': () => users.find(company, { serial: 'SERIAL2' }),
    'users.find by employeeID': () => users.find(company, { employeeID: 'E2' }),
    'users.findAll': () => users.findAll(company, { serials: ['SERIAL2', 'SERIAL4'] }),
    'outbox.claim, first attempts': () => claimDue(outbox, { limit: 17, leaseMs: 30_000, first: true, keyIds }),
    'outbox.claim, repeated attempts': () => claimDue(outbox, { limit: 8, leaseMs: 30_000, first: false, keyIds }),
    'outbox.renew': () => outbox.renew(held, 30_000),
    'outbox.markSent': () => outbox.markSent(held[0]!),
    'outbox.markFailed': () => outbox.markFailed(held[1]!, 'refused', new Date()),
    'outbox.markDead': () => outbox.markDead(held[2]!, 'refused'),
    'outbox.list': () => outbox.list({ limit: 100 }),
    'outbox.list queued': () => outbox.list({ state: 'queued', limit: 100 }),
    'outbox.list dead': () => outbox.list({ state: 'dead', limit: 100 }),
    'outbox.retry': () => outbox.retry(dead.id),
    'outbox.eraseDead': () => outbox.eraseDead(new Date(Date.now() - 7 * 86_400_000), 500),
    'access.findCallers': () => access.findCallers([Buffer.alloc(32)], new Date(), new Date(8.64e15)),
    'access.findClient': () => access.findClient(clientId),
    'access.listClients': () => access.listClients(company),
    'access.addClient': () => access.addClient(client),
    'access.addToken': () => access.addToken({ hash: randomBytes(32), scopes: [], expiresAt: new Date() }, client),
    'access.takeQuota': () => access.takeQuota(clientId, { users: 1, limit: 6_000, shareOfLeft: 64, windowMs: 60_000 }),
    'access.rotateClient': () => access.rotateClient(clientId, Buffer.alloc(32)),
    'access.findCompany': () => access.findCompany('CO0'),
    'access.hasCompanies': () => access.hasCompanies(),
    'access.deleteExpiredTokens': () => access.deleteExpiredTokens(new Date(), 500),
    'directory.addTag': () =>
      directory.addTag({ id: randomUUID(), companyId: company, serial: run, name: run, nameKey: run, createdAt }),
    'directory.addOrganization': () =>
      directory.addOrganization({
        id: randomUUID(),
        companyId: company,
        parentSerial: 'ORG0',
        serial: run,
        name: run,
        isActive: true,
        createdAt,
      }),
    'idempotency.reserve': () => idempotency.reserve(hold, [Buffer.alloc(32)], 30_000, 86_400_000),
    'idempotency.renew': () => idempotency.renew(hold, 30_000),
    'idempotency.note': () => idempotency.note(hold, { results: '[]', completed: false }),
    'users.add with an idempotency key': () =>
      users.add(company, [entry()], {
        allOrNone: false,
        record: { hold, progress: () => ({ results: '[]', completed: true }) },
      }),
    'idempotency.release': () => idempotency.release(hold),
    'idempotency.deleteOld': () => idempotency.deleteOld(86_400_000, 500),
    'access.revokeClient': () => access.revokeClient(clientId, new Date()),
  };
  for (const [verb, work] of Object.entries(verbs)) {
    const before = fstatSync(log).size;
    await work();
    yield [verb, tail(log, before)];
  }
  await store.close();
}

function tail(log: number, from: number): string {
  const bytes = Buffer.alloc(fstatSync(log).size - from);
  readSync(log, bytes, 0, bytes.length, from);
  return bytes.toString();
}

/** `Query Text: …` over one or more lines, then the plan; every line after the first begins with a tab. */
function plansIn(logged: string): { text: string; tree: string }[] {
  return [...logged.matchAll(/duration: [\d.]+ ms {2}plan:\n((?:\t.*\n)+)/g)].map(([, block]) => {
    const lines = block!.split('\n').map((line) => line.slice(1));
    const first = lines.findIndex((line) => /\(cost=/.test(line));
    return {
      text: lines.slice(0, first).join(' ').replace('Query Text: ', '').replaceAll(/\s+/g, ' ').trim(),
      tree: lines
        .slice(first)
        .filter((line) => /\(cost=|Cond:|Filter|Recheck|SubPlan|CTE/.test(line))
        .join('\n'),
    };
  });
}

/** The most that one node of a plan read or threw away. */
function rowsRead(tree: string): number {
  const read = [...tree.matchAll(/Scan .*rows=([\d.]+) loops=(\d+)/g)].map(
    ([, rows, loops]) => Number(rows) * Number(loops),
  );
  const removed = [...tree.matchAll(/Rows Removed by .*: (\d+)/g)].map(([, rows]) => Number(rows));
  return Math.max(0, ...read, ...removed);
}

/** What 100 creations over REST send, once everything is warm: generated password, email, one tag, the organization. */
async function printCost(url: string, log: number): Promise<void> {
  const { config } = readConfig({
    NODE_ENV: 'production',
    DATABASE_URL: url,
    SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    SMTP_URL: 'smtp://127.0.0.1:1',
    MAIL_FROM: 'no-reply@example.com',
  });
  const app = await makeApp({
    config: config!,
    secretKey: Buffer.alloc(32, 7),
    log: pino({ level: 'silent' }),
    transport: async () => undefined,
  });
  const { clientID } = await app.access.createClient({ id: company }, { name: 'Cost', scopes: ['users:create'] });
  const token = await app.access.issueToken(clientID, ['users:create']);
  const create = async (n: number) => {
    const user = {
      employeeID: `cost${n}`,
      name: 'John Doe',
      email: `cost${n}@example.com`,
      isActive: true,
      tagSerials: ['TAG0'],
      organizationSerial: 'ORG0',
    };
    const headers = { Authorization: token, 'Content-Type': 'application/json' };
    const answer = await app.fetch(
      new Request('http://127.0.0.1/ruangkerja/users', { method: 'POST', headers, body: JSON.stringify(user) }),
      '127.0.0.1',
    );
    if (answer.status !== 200) throw new Error(await answer.text());
  };
  await create(0);
  const before = fstatSync(log).size;
  for (let n = 1; n <= 100; n++) await create(n);
  const sent = tail(log, before);
  await app.close();
  const counts = new Map<string, number>();
  for (const [, prepared, plain] of sent.matchAll(
    /LOG: {2}(?:execute ([\w-]+):|(?:execute <unnamed>|statement): (.{1,60}))/g,
  )) {
    const what = prepared ?? plain!;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  console.log('\nstatements that a creation costs, each one round trip (outbox-…: its mail, after the answer)');
  for (const [what, count] of [...counts].toSorted(([, a], [, b]) => b - a))
    console.log(`${what.padEnd(64)} ${count / 100}`);
}
