import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/storage/postgres/store.ts';
import { Refusal } from '../../src/errors/error-dictionary.ts';
import type { NewUser } from '../../src/users/ports.ts';
import { uuidv7 } from '../../src/uuid.ts';
import { johnDoe, openGateway } from '../support/gateway.ts';
import { makeDatabase, type PostgresServer, startPostgres } from '../support/postgres.ts';
import { addOne } from '../support/store.ts';

let server: PostgresServer;
let database: Awaited<ReturnType<typeof makeDatabase>>;
let companies = 0;
let users = 0;

beforeAll(async () => {
  server = await startPostgres();
  database = await makeDatabase(server.url);
});
afterAll(() => server?.stop());

async function open(url = database.url) {
  const store = await openStore(url, Date.now);
  onTestFinished(() => store.close());
  const companyId = uuidv7(Date.now());
  await store.access.addCompany({
    id: companyId,
    code: `C${++companies}`,
    name: 'PT',
    mailLocale: null,
    signInUrl: null,
    replyTo: null,
    createdAt: new Date(),
  });
  return { ...store, companyId };
}

function makeUser(companyId: string): NewUser {
  const n = String(++users);
  return {
    id: uuidv7(Date.now()),
    companyId,
    serial: `S${n}`,
    employeeID: n,
    name: 'Siti',
    username: null,
    email: `u${n}@example.com`,
    phone: null,
    passwordHash: '-',
    isActive: true,
    tagSerials: [],
    organizationSerial: null,
    importKey: null,
    createdAt: new Date(),
  };
}

const makeMail = () => ({
  id: uuidv7(Date.now()),
  sealed: { keyId: 'k', nonce: Buffer.alloc(12), ciphertext: Buffer.alloc(32) },
});

/** `added`, `taken …` or `503`, within five seconds; everything else fails the test. */
async function add(store: Awaited<ReturnType<typeof open>>, user: NewUser): Promise<string> {
  const begun = performance.now();
  const outcome = await addOne(store.users, user, makeMail()).then(
    (added) => (added.kind === 'taken' ? `taken ${added.field}` : added.kind),
    (error: unknown) => {
      if (!(error instanceof Refusal) || error.entry !== 'SERVICE_UNAVAILABLE' || !error.retryAfterSeconds) throw error;
      return '503';
    },
  );
  expect(performance.now() - begun).toBeLessThan(5_000);
  return outcome;
}

test('while Postgres crashes and comes back, creations are added or 503, and what was acknowledged is there once with one mail', async () => {
  const store = await open();
  const acknowledged: string[] = [];
  const outcomes = new Map<string, number>();
  let stop = false;
  const create = async () => {
    while (!stop) {
      const user = makeUser(store.companyId);
      const outcome = await add(store, user);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      // Not the id: the store gives another one where a user that was delayed would come before a later one.
      if (outcome === 'added') acknowledged.push(user.serial);
      else await sleep(10);
    }
  };
  const clients = Array.from({ length: 16 }, create);
  const grow = async () => {
    const before = acknowledged.length;
    await expect.poll(() => acknowledged.length, { timeout: 5_000, interval: 10 }).toBeGreaterThan(before + 50);
  };
  await grow();
  for (let crash = 0; crash < 2; crash++) {
    await server.halt();
    // Long enough for creations to meet a port that nobody listens on.
    await expect
      .poll(() => outcomes.get('503') ?? 0, { timeout: 5_000, interval: 10 })
      .toBeGreaterThan(20 * (crash + 1));
    await server.start();
    await grow();
  }
  stop = true;
  await Promise.all(clients);
  expect([...outcomes.keys()].toSorted()).toEqual(['503', 'added']);
  const rows = await database.execute(
    `select serial, (select count(*)::int from outbox where user_id = users.id) as mails from users where company_id = $1`,
    [store.companyId],
  );
  expect(rows.every(({ mails }) => mails === 1)).toBe(true);
  const stored = new Set(rows.map(({ serial }) => serial as string));
  expect(acknowledged.filter((serial) => !stored.has(serial))).toEqual([]);
});

test('a commit whose answer is lost is found out: the creation is answered as added, and is there once', async () => {
  const proxy = await startProxy();
  const store = await open(proxy.url);
  await store.access.hasCompanies();
  const user = makeUser(store.companyId);
  proxy.swallowAnswerOf('users-add');
  expect(await add(store, user)).toBe('added');
  expect(proxy.swallowed()).toBe(1);
  expect(
    await database.execute(
      'select (select count(*)::int from outbox where user_id = users.id) as mails from users where id = $1',
      [user.id],
    ),
  ).toEqual([{ mails: 1 }]);
  expect(await store.users.find(store.companyId, { serial: user.serial })).toMatchObject({
    employeeID: user.employeeID,
  });
});

test('tags, organizations, companies, clients and tokens too are found out', async () => {
  const proxy = await startProxy();
  const { directory, access, companyId } = await open(proxy.url);
  const made = { id: uuidv7(Date.now()), companyId, serial: 'LOST', name: 'Lost', createdAt: new Date() };
  proxy.swallowAnswerOf('insert into "tags"');
  expect(await directory.addTag({ ...made, nameKey: 'lost' })).toBe('added');
  proxy.swallowAnswerOf('insert into organizations');
  expect(await directory.addOrganization({ ...made, parentSerial: null, isActive: true })).toBe('added');
  proxy.swallowAnswerOf('insert into "companies"');
  expect(
    await access.addCompany({
      id: uuidv7(Date.now()),
      code: 'LOST',
      name: 'PT',
      mailLocale: null,
      signInUrl: null,
      replyTo: null,
      createdAt: new Date(),
    }),
  ).toBe(true);
  const client = {
    id: 'client',
    companyId,
    name: 'HR',
    scopes: [],
    secretHash: Buffer.alloc(32),
    createdAt: new Date(),
    revokedAt: null,
  };
  proxy.swallowAnswerOf('insert into "clients"');
  await access.addClient(client);
  proxy.swallowAnswerOf('insert into tokens');
  expect(await access.addToken({ hash: Buffer.alloc(32, 1), scopes: [], expiresAt: new Date() }, client)).toBe(true);
  expect(proxy.swallowed()).toBe(5);
});

test('a look-up whose connection breaks on the way is asked again', async () => {
  const proxy = await startProxy();
  const store = await open(proxy.url);
  const user = makeUser(store.companyId);
  await add(store, user);
  proxy.swallowAnswerOf('users-find-by-serial');
  expect(await store.users.find(store.companyId, { serial: user.serial })).toMatchObject({
    employeeID: user.employeeID,
  });
  expect(proxy.swallowed()).toBe(1);
});

test('a conflict that is found after a lost connection is told as one', async () => {
  const proxy = await startProxy();
  const store = await open(proxy.url);
  const first = makeUser(store.companyId);
  await add(store, first);
  proxy.swallowAnswerOf('users-add');
  expect(await add(store, { ...makeUser(store.companyId), employeeID: first.employeeID })).toBe('taken employeeID');
  expect(proxy.swallowed()).toBe(1);
});

test('a server that falls silent is 503 within five seconds, and the store recovers when it speaks again', async () => {
  const proxy = await startProxy();
  const store = await open(`${proxy.url}?statement_timeout=1000&connect_timeout=1`);
  await store.access.hasCompanies();
  proxy.silence(true);
  const begun = performance.now();
  await expect(store.access.hasCompanies()).rejects.toMatchObject({ entry: 'SERVICE_UNAVAILABLE' });
  expect(performance.now() - begun).toBeLessThan(5_000);
  proxy.silence(false);
  await expect.poll(() => store.access.hasCompanies().catch(() => false), { timeout: 5_000 }).toBe(true);
});

test('when a network forgets its connections without a word, one time-out is enough to recover: the others are not tried one after the other', async () => {
  const proxy = await startProxy();
  const store = await open(proxy.url);
  await Promise.all(Array.from({ length: 10 }, () => store.access.hasCompanies()));
  proxy.forget();
  const begun = performance.now();
  expect(await store.access.hasCompanies()).toBe(true);
  await Promise.all(Array.from({ length: 10 }, () => store.access.hasCompanies()));
  expect(performance.now() - begun).toBeLessThan(4_500);
});

test('a request whose database falls silent is 503 within five seconds as a whole, with an idempotency key too; of a batch what was created before is told', async () => {
  const proxy = await startProxy();
  const gateway = await openGateway({ env: { DATABASE_URL: proxy.url }, expectErrors: true });
  const { token } = await gateway.company('LATE');
  const input = (n: number) => ({
    ...johnDoe,
    employeeID: `L${n}`,
    email: null,
    phone: `62812${String(n).padStart(7, '0')}`,
  });
  const timed = async <T>(work: Promise<T>) => {
    const answer = await work;
    expect(performance.now() - proxy.silentSince()).toBeLessThan(5_000);
    proxy.silence(false);
    return answer;
  };
  for (const [n, statement] of ['users-look-up', 'users-add'].entries()) {
    expect((await gateway.rest(token, input(2 * n))).status).toBe(200);
    proxy.silenceAt(statement);
    const { status, headers } = await timed(gateway.rest(token, input(2 * n + 1), { 'Idempotency-Key': `key${n}` }));
    expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[1-9]$/)]);
    await expect
      .poll(async () => (await gateway.rest(token, input(2 * n + 1), { 'Idempotency-Key': `key${n}` })).status, {
        timeout: 5_000,
      })
      .toBe(200);
  }
  const items = Array.from({ length: 300 }, (_, n) => input(n + 10));
  proxy.silenceAt('users-add', 2);
  const bulk = await timed(
    gateway.postJson('/ruangkerja/users/create-bulk', token, { items }, { 'Idempotency-Key': 'bulk' }),
  );
  expect([bulk.body.data.successItems.length, bulk.body.data.failedItems[0].error.errorCode]).toEqual([200, 503]);
  await expect
    .poll(
      async () =>
        (await gateway.postJson('/ruangkerja/users/create-bulk', token, { items }, { 'Idempotency-Key': 'bulk' })).body
          .data?.successItems.length,
      { timeout: 5_000 },
    )
    .toBe(300);
}, 60_000);

test('a batch that another process made meanwhile is told user by user, in a few round trips for all: the server may be some milliseconds away', async () => {
  const proxy = await startProxy();
  const store = await open(proxy.url);
  const entries = () => Array.from({ length: 200 }, () => ({ user: makeUser(store.companyId), mail: makeMail() }));
  const first = entries();
  await store.users.add(store.companyId, first, { allOrNone: false });
  const before = proxy.sent();
  const later = entries().map(({ user, mail }, n) => ({
    user: n === 100 ? user : { ...user, employeeID: first[n]!.user.employeeID },
    mail,
  }));
  const outcomes = await store.users.add(store.companyId, later, { allOrNone: false });
  const counted = Object.groupBy(outcomes!, ({ kind }) => kind);
  expect([counted.taken?.length, counted.added?.length, outcomes![100]!.kind]).toEqual([199, 1, 'added']);
  expect(proxy.sent() - before).toBeLessThan(10);
});

/** A network between store and server that loses answers. */
async function startProxy() {
  const target = new URL(database.url);
  const sockets = new Set<Socket>();
  const forgotten = new Set<Socket>();
  let wanted: string | undefined;
  let swallowed = 0;
  let silent = false;
  let silentSince = 0;
  let sent = 0;
  let fatal: { text: string; left: number } | undefined;
  const silence = (on: boolean): void => {
    silent = on;
    silentSince = performance.now();
    fatal = undefined;
  };
  const proxy = createServer((downstream) => {
    const upstream = connect(Number(target.port), target.hostname);
    let cutting = false;
    for (const socket of [downstream, upstream]) sockets.add(socket.on('error', () => undefined));
    downstream.on('close', () => upstream.destroy());
    upstream.on('close', () => forgotten.has(upstream) || downstream.destroy());
    downstream.on('data', (chunk) => {
      if (fatal && chunk.includes(fatal.text) && --fatal.left === 0) silence(true);
      if (silent || forgotten.has(downstream)) return;
      if (wanted && chunk.includes(wanted)) {
        wanted = undefined;
        cutting = true;
      }
      sent++;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (silent || forgotten.has(upstream)) return;
      if (!cutting) return downstream.write(chunk);
      // ReadyForQuery: the statement is committed or rolled back. The client hears nothing but the end.
      if (chunk.at(-6) !== 0x5a) return;
      swallowed++;
      downstream.resetAndDestroy();
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  const url = new URL(database.url);
  url.port = String((proxy.address() as { port: number }).port);
  return {
    url: url.href,
    /** Forwards the next statement that holds this text, and cuts the connection in place of its answer. */
    swallowAnswerOf: (text: string) => void (wanted = text),
    swallowed: () => swallowed,
    silence,
    /** How often something was sent to the server. */
    sent: () => sent,
    /** Nothing passes on the connections that there are; new ones work. */
    forget: () => sockets.forEach((socket) => forgotten.add(socket)),
    silentSince: () => silentSince,
    /** Falls silent before the statement that holds this text for the `nth` time. */
    silenceAt: (text: string, nth = 1) => void (fatal = { text, left: nth }),
  };
}
