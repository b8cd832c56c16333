import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Client, Company } from '../../src/access/ports.ts';
import type { OutboxEntry } from '../../src/outbox/ports.ts';
import { openStore as openPostgresStore } from '../../src/storage/postgres/store.ts';
import { openStore as openSqliteStore } from '../../src/storage/sqlite/store.ts';
import { type CreateUserInput, type FieldRules } from '../../src/users/fields.ts';
import { makeCreateUsers } from '../../src/users/create-users.ts';
import { makeIdempotency } from '../../src/users/idempotency.ts';
import { foldKey, type NewUser } from '../../src/users/ports.ts';
import { uuidv7 } from '../../src/uuid.ts';
import { openTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { addOne, lookUpOne } from '../support/store.ts';
import { claimDue } from '../support/outbox.ts';

type Store = Awaited<ReturnType<typeof openSqliteStore> | ReturnType<typeof openPostgresStore>>;

/** An engine with two stores on one database, as two processes have them. */
interface Engine {
  open(): Promise<Store>;
  /** Sends one statement of the SQL that both engines speak. */
  execute(statement: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

const engines: Record<string, () => Promise<Engine>> = {
  SQLite: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-contract-'));
    const file = join(folder, 'gateway.db');
    const open = () => openSqliteStore(`file:${file}`, Date.now);
    (await open()).close();
    const raw = new Database(file);
    return {
      open,
      execute: async (statement) => {
        const prepared = raw.prepare<[], Record<string, unknown>>(statement);
        return prepared.reader ? prepared.all() : (prepared.run(), []);
      },
      stop: async () => {
        raw.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
  Postgres: async () => {
    const database = postgres;
    const client = new pg.Client(database.url);
    await client.connect();
    return {
      open: () => openPostgresStore(database.url, Date.now),
      execute: async (statement) => (await client.query(statement)).rows,
      stop: () => client.end(),
    };
  },
};

let postgres: TestDatabase;
beforeAll(async () => void (postgres = await openTestDatabase()));
afterAll(() => postgres?.stop());

const lease = 30_000;
const secret = (byte: number) => Buffer.alloc(32, byte);
let count = 0;

function makeCompany(): Company {
  const code = [0, 1, 2, 3].map((i) => String.fromCharCode(65 + (Math.floor(++count / 26 ** i) % 26))).join('');
  return {
    id: uuidv7(Date.now()),
    code,
    name: `PT ${code}`,
    mailLocale: null,
    signInUrl: null,
    replyTo: null,
    createdAt: new Date(),
  };
}

function makeUser(companyId: string, over: Partial<NewUser> = {}): NewUser {
  const n = ++count;
  return {
    id: uuidv7(Date.now()),
    companyId,
    serial: `SERI${String(n).padStart(12, '0')}`,
    employeeID: `Emp${n}`,
    name: 'Siti Rahayu',
    username: null,
    email: `siti.${n}@example.com`,
    phone: null,
    passwordHash: '$argon2id$secret-hash',
    isActive: true,
    tagSerials: [],
    organizationSerial: null,
    importKey: null,
    createdAt: new Date(),
    ...over,
  };
}

const keyIds = ['key'];
const makeMail = (at = Date.now()): OutboxEntry => ({
  id: uuidv7(at),
  sealed: { keyId: keyIds[0]!, nonce: Buffer.alloc(12, 1), ciphertext: Buffer.from('sealed-password') },
});

describe.each(Object.keys(engines))('%s', (name) => {
  let engine: Engine;
  let store: Store;
  /** Another process on the same database. */
  let other: Store;
  let company: Company;
  let stranger: Company;

  beforeAll(async () => {
    engine = await engines[name]!();
    [store, other] = await Promise.all([engine.open(), engine.open()]);
  });
  afterAll(async () => {
    await Promise.all([store.close(), other.close()]);
    await engine.stop();
  });
  beforeEach(async () => {
    for (const table of [
      'outbox',
      'user_tags',
      'users',
      'tags',
      'organizations',
      'tokens',
      'quotas',
      'idempotency_keys',
      'clients',
      'companies',
    ])
      await engine.execute(`delete from ${table}`);
    [company, stranger] = [makeCompany(), makeCompany()];
    for (const one of [company, stranger]) await store.access.addCompany(one);
  });

  const rows = async (table: string) => Number((await engine.execute(`select count(*) as n from ${table}`))[0]!['n']);
  const addTag = async (companyId: string, tagName: string, serial = `TAG-${++count}`) => {
    await store.directory.addTag({
      id: uuidv7(Date.now()),
      companyId,
      serial,
      name: tagName,
      nameKey: foldKey(tagName),
      createdAt: new Date(),
    });
    return serial;
  };
  const addOrganization = async (companyId: string, isActive = true, serial = `COMP${++count}`) => {
    await store.directory.addOrganization({
      id: uuidv7(Date.now()),
      companyId,
      parentSerial: null,
      serial,
      name: 'Kantor',
      isActive,
      createdAt: new Date(),
    });
    return serial;
  };

  describe('users', () => {
    test('a user is added whole and found by serial and by employee id in any case', async () => {
      const [second, first] = [await addTag(company.id, 'Staff'), await addTag(company.id, 'Ibu kota')];
      const organization = await addOrganization(company.id);
      const given = makeUser(company.id, {
        name: 'Ėmma "Zoë" 李小龍 👩‍👩‍👧 o\u0308 \\ {a,b} \'',
        username: 'Emma',
        phone: '6281122334455',
        isActive: false,
        tagSerials: [first, second],
        organizationSerial: organization,
        createdAt: new Date('2024-02-29T23:59:59.999Z'),
      });
      const { serial, employeeID, name: fullName, username, email, phone, isActive, createdAt } = given;
      const user = {
        serial,
        employeeID,
        name: fullName,
        username,
        email,
        phone,
        isActive,
        createdAt,
        version: 1,
        updatedAt: createdAt,
        tags: [
          { serial: first, name: 'Ibu kota' },
          { serial: second, name: 'Staff' },
        ],
        organization: { serial: organization, name: 'Kantor', isActive: true },
      };
      expect(await addOne(store.users, given, makeMail())).toEqual({ kind: 'added', user });
      expect(await other.users.find(company.id, { serial })).toEqual(user);
      expect(await other.users.find(company.id, { employeeID: employeeID.toUpperCase() })).toEqual(user);
      expect(await other.users.find(company.id, { serial: serial.toLowerCase() })).toBeNull();
    });

    test('a user with little: no tag, no organization, no mail', async () => {
      const given = makeUser(company.id, { email: null, phone: '6281122334455' });
      expect(await addOne(store.users, given, null)).toMatchObject({
        kind: 'added',
        user: { tags: [], organization: null },
      });
      expect(await store.users.find(company.id, { serial: given.serial })).toMatchObject({
        tags: [],
        organization: null,
        email: null,
        username: null,
      });
      expect(await rows('outbox')).toBe(0);
    });

    test('a hundred tags keep their order', async () => {
      const tagSerials = [];
      for (let i = 0; i < 100; i++) tagSerials.push(await addTag(company.id, `tag ${i}`));
      tagSerials.reverse();
      const given = makeUser(company.id, { tagSerials });
      await addOne(store.users, given, null);
      expect((await store.users.find(company.id, { serial: given.serial }))!.tags.map(({ serial }) => serial)).toEqual(
        tagSerials,
      );
    });

    test('nobody is found under what no user has', async () => {
      for (const key of ['', 'nobody', '\0', "' or 1=1 --", '\ud800']) {
        expect(await store.users.find(company.id, { serial: key })).toBeNull();
        expect(await store.users.find(company.id, { employeeID: key })).toBeNull();
      }
    });

    test('a look-up tells taken fields, unknown tags and the state of the organization', async () => {
      const tag = await addTag(company.id, 'Staff');
      const [active, inactive] = [await addOrganization(company.id), await addOrganization(company.id, false)];
      await addOne(
        store.users,
        makeUser(company.id, { employeeID: 'EMP', username: 'Budi', email: 'Budi@Example.com', phone: '62811' }),
        null,
      );
      const nothing = { tagSerials: [], organizationSerial: null };
      expect(await lookUpOne(store.users, company.id, nothing)).toEqual({
        taken: [],
        unknownTags: [],
        organization: 'none',
      });
      const keys = { employeeID: 'emp', email: 'budi@example.com', phone: '62811', username: 'budi' };
      expect(
        await lookUpOne(store.users, company.id, {
          ...keys,
          tagSerials: ['B', tag, 'A', '{"a"}'],
          organizationSerial: inactive,
        }),
      ).toEqual({
        taken: ['employeeID', 'email', 'phone', 'username'],
        unknownTags: ['B', 'A', '{"a"}'],
        organization: 'inactive',
      });
      expect(
        await lookUpOne(store.users, company.id, {
          ...nothing,
          username: 'budi',
          email: 'other',
          organizationSerial: active,
        }),
      ).toEqual({ taken: ['username'], unknownTags: [], organization: 'active' });
      expect(await lookUpOne(store.users, company.id, { ...nothing, organizationSerial: 'COMPX' })).toMatchObject({
        organization: 'unknown',
      });
    });

    test('companies are strangers: the same keys are free, tags, organizations and users unknown', async () => {
      const [tag, organization] = [await addTag(company.id, 'Staff'), await addOrganization(company.id)];
      const given = makeUser(company.id, { username: 'budi', phone: '62811' });
      await addOne(store.users, given, null);
      const keys = { employeeID: foldKey(given.employeeID), email: given.email!, phone: '62811', username: 'budi' };
      expect(
        await lookUpOne(store.users, stranger.id, { ...keys, tagSerials: [tag], organizationSerial: organization }),
      ).toEqual({ taken: [], unknownTags: [tag], organization: 'unknown' });
      expect(await store.users.find(stranger.id, { serial: given.serial })).toBeNull();
      expect(await store.users.find(stranger.id, { employeeID: given.employeeID })).toBeNull();
      const twin = { ...given, id: uuidv7(Date.now()), companyId: stranger.id, serial: 'SERIAL' };
      for (const foreign of [{ tagSerials: [tag] }, { organizationSerial: organization }]) {
        expect(await addOne(store.users, { ...twin, ...foreign }, null)).toEqual({ kind: 'reference-gone' });
      }
      expect(await addOne(store.users, twin, null)).toMatchObject({ kind: 'added' });
    });

    test.each([
      ['serial', { serial: 'TAKEN' }, { serial: 'TAKEN' }],
      ['employeeID', { employeeID: 'abc' }, { employeeID: 'ABC' }],
      ['email', { email: 'Siti@Example.com' }, { email: 'sITI@eXAMPLE.COM' }],
      ['phone', { phone: '6281' }, { phone: '6281' }],
      ['username', { username: 'Siti' }, { username: 'sITI' }],
    ] as const)('a taken %s is told by its field, and nothing of the user stays', async (field, first, second) => {
      const tagSerials = [await addTag(company.id, 'Staff')];
      await addOne(store.users, makeUser(company.id, first), null);
      expect(await addOne(store.users, makeUser(company.id, { ...second, tagSerials }), makeMail())).toEqual({
        kind: 'taken',
        field,
      });
      expect([await rows('users'), await rows('user_tags'), await rows('outbox')]).toEqual([1, 0, 0]);
    });

    test('fields that are empty are never taken', async () => {
      const phones = ['62811', '62812'].map((phone) => makeUser(company.id, { email: null, username: null, phone }));
      const emails = [makeUser(company.id), makeUser(company.id)];
      for (const user of [...phones, ...emails])
        expect(await addOne(store.users, user, null)).toMatchObject({ kind: 'added' });
    });

    test('a tag or an organization that went since the look-up stops the creation, and nothing stays', async () => {
      const [tag, organization] = [await addTag(company.id, 'Staff'), await addOrganization(company.id, false)];
      for (const gone of [
        { tagSerials: [tag, 'TAG-GONE'] },
        { organizationSerial: 'COMPGONE' },
        { organizationSerial: organization },
      ]) {
        expect(await addOne(store.users, makeUser(company.id, gone), makeMail())).toEqual({
          kind: 'reference-gone',
        });
      }
      expect([await rows('users'), await rows('user_tags'), await rows('outbox')]).toEqual([0, 0, 0]);
    });

    test('when the mail cannot be written there is no user either, and the error tells no values', async () => {
      const mail = makeMail();
      await addOne(store.users, makeUser(company.id), mail);
      const given = makeUser(company.id);
      const error: unknown = await addOne(store.users, given, mail).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(Error);
      for (const value of [given.email!, given.passwordHash, given.name, mail.id])
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(value);
      expect([await rows('users'), await rows('outbox')]).toEqual([1, 1]);
    });

    test('a user whom nothing reaches is refused by the database too', async () => {
      await expect(addOne(store.users, makeUser(company.id, { email: null }), null)).rejects.toThrow(/users_reachable/);
    });

    test.each(['employeeID', 'email', 'phone', 'username'] as const)(
      'of twenty who want the same %s at once one gets it',
      async (field) => {
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, i) =>
            addOne(
              (i % 2 ? store : other).users,
              makeUser(company.id, { [field]: i % 3 ? 'same' : 'SAME', ...(field === 'phone' && { phone: '6281' }) }),
              makeMail(),
            ),
          ),
        );
        expect(outcomes.filter(({ kind }) => kind === 'added')).toHaveLength(1);
        expect(outcomes.filter((one) => one.kind === 'taken' && one.field === field)).toHaveLength(19);
        expect([await rows('users'), await rows('outbox')]).toEqual([1, 1]);
      },
    );
  });

  describe('directory', () => {
    const tagOf = (companyId: string, tagName: string, serial: string) => ({
      id: uuidv7(Date.now()),
      companyId,
      serial,
      name: tagName,
      nameKey: foldKey(tagName),
      createdAt: new Date(),
    });

    test('a tag is unique by serial everywhere, by name in its company', async () => {
      expect(await store.directory.addTag(tagOf(company.id, 'Staff', 'A'))).toBe('added');
      expect(await store.directory.addTag(tagOf(company.id, 'STAFF', 'B'))).toBe('name-taken');
      expect(await store.directory.addTag(tagOf(stranger.id, 'Other', 'A'))).toBe('serial-taken');
      expect(await store.directory.addTag(tagOf(stranger.id, 'Staff', 'B'))).toBe('added');
    });

    test('of two tags of one name at once one is added', async () => {
      const outcomes = await Promise.all(
        ['A', 'B'].map((serial, i) => [store, other][i]!.directory.addTag(tagOf(company.id, 'Staff', serial))),
      );
      expect(outcomes.toSorted()).toEqual(['added', 'name-taken']);
    });

    test('an organization has a parent of its own company or none', async () => {
      const add = (companyId: string, serial: string, parentSerial: string | null) =>
        store.directory.addOrganization({
          id: uuidv7(Date.now()),
          companyId,
          parentSerial,
          serial,
          name: 'Kantor',
          isActive: true,
          createdAt: new Date(),
        });
      expect(await add(company.id, 'TOP', null)).toBe('added');
      expect(await add(company.id, 'SUB', 'TOP')).toBe('added');
      expect(await add(company.id, 'SUB', 'TOP')).toBe('serial-taken');
      expect(await add(company.id, 'NEW', 'NONE')).toBe('parent-unknown');
      expect(await add(stranger.id, 'NEW', 'TOP')).toBe('parent-unknown');
      const [row] = await engine.execute(
        `select sub.parent_id = top.id as ok from organizations sub, organizations top where sub.serial = 'SUB' and top.serial = 'TOP'`,
      );
      expect(Boolean(row!['ok'])).toBe(true);
    });
  });

  describe('access', () => {
    const latest = new Date(8.64e15);
    const makeClient = (companyId: string, over: Partial<Client> = {}): Client => ({
      id: (++count).toString(16).padStart(32, '0'),
      companyId,
      name: 'HR',
      scopes: ['users:create', 'users:read'],
      secretHash: secret(1),
      createdAt: new Date(),
      revokedAt: null,
      ...over,
    });
    const addClient = async (over?: Partial<Client>) => {
      const client = makeClient(company.id, over);
      await store.access.addClient(client);
      return client;
    };
    const now = new Date('2030-01-01T00:00:00.000Z');
    const grant = (client: Pick<Client, 'id' | 'secretHash'>, hash: Buffer, expiresAt = new Date(now.getTime() + 1)) =>
      store.access.addToken({ hash, scopes: ['users:read'], expiresAt }, client);

    test('a company is found as it was added; its code is unique', async () => {
      expect(await other.access.findCompany(company.code)).toEqual(company);
      expect(await store.access.findCompany('nothing')).toBeNull();
      expect(await store.access.addCompany({ ...makeCompany(), code: company.code })).toBe(false);
      expect(await store.access.hasCompanies()).toBe(true);
      await engine.execute('delete from companies');
      expect(await store.access.hasCompanies()).toBe(false);
    });

    test('clients are found as they were added, and listed newest first', async () => {
      const old = await addClient({ createdAt: new Date(1_000) });
      const young = makeClient(stranger.id, { createdAt: new Date(2_000) });
      await store.access.addClient(young);
      expect(await other.access.findClient(old.id)).toEqual(old);
      for (const id of ['nothing', '\0', old.id.replace('0', ' ')])
        expect(await store.access.findClient(id)).toBeNull();
      expect(await store.access.listClients()).toEqual([
        { ...young, companyCode: stranger.code },
        { ...old, companyCode: company.code },
      ]);
      expect(await store.access.listClients(company.id)).toEqual([{ ...old, companyCode: company.code }]);
    });

    test('a token speaks for its client until the millisecond in which it expires', async () => {
      const client = await addClient();
      expect(await grant(client, secret(9))).toBe(true);
      expect(await other.access.findCallers([secret(9)], now, latest)).toEqual([
        { clientId: client.id, companyId: company.id, scopes: new Set(['users:read']) },
      ]);
      expect(await store.access.findCallers([secret(9)], new Date(now.getTime() + 1), latest)).toEqual([null]);
      expect(await store.access.findCallers([secret(8), secret(9)], now, latest)).toEqual([
        null,
        expect.objectContaining({ clientId: client.id }),
      ]);
    });

    test('a rotation replaces the secret and ends the tokens; the old secret grants nothing', async () => {
      const client = await addClient();
      await grant(client, secret(9));
      expect(await store.access.rotateClient(client.id, secret(2))).toBe(true);
      expect(await other.access.findCallers([secret(9)], now, latest)).toEqual([null]);
      expect((await store.access.findClient(client.id))!.secretHash).toEqual(secret(2));
      expect(await grant(client, secret(10))).toBe(false);
      expect(await grant({ ...client, secretHash: secret(2) }, secret(10))).toBe(true);
      expect(await store.access.rotateClient('nothing', secret(3))).toBe(false);
    });

    test('a revoked client has no tokens, gets none, and is revoked once', async () => {
      const client = await addClient();
      await grant(client, secret(9));
      expect(await store.access.revokeClient(client.id, now)).toBe(true);
      expect((await store.access.findClient(client.id))!.revokedAt).toEqual(now);
      expect(await other.access.findCallers([secret(9)], now, latest)).toEqual([null]);
      expect(await grant(client, secret(10))).toBe(false);
      expect(await store.access.revokeClient(client.id, now)).toBe(false);
      expect(await store.access.rotateClient(client.id, secret(2))).toBe(false);
      expect(await store.access.revokeClient('nothing', now)).toBe(false);
    });

    test('no token outlives a rotation that it raced', async () => {
      for (let i = 0; i < 20; i++) {
        const client = await addClient();
        const hashes = Array.from({ length: 6 }, (_, n) => Buffer.alloc(32, 20 + i * 6 + n));
        const granting = hashes.map((hash) => grant(client, hash));
        await Promise.all([...granting, other.access.rotateClient(client.id, secret(2))]);
        for (const hash of hashes) expect(await store.access.findCallers([hash], now, latest)).toEqual([null]);
      }
    });

    test('a quota gives what is asked for, and a part of what is left, until it is used up, and opens anew when its window ended', async () => {
      const { id } = await addClient();
      const ask = { users: 1, limit: 100, shareOfLeft: 10, windowMs: 60_000 };
      const take = async (users: number) => (await store.access.takeQuota(id, { ...ask, users })).taken;
      expect(await store.access.takeQuota(id, ask)).toEqual({ taken: 10, endsInMs: expect.closeTo(60_000, -4) });
      expect(await take(1)).toBe(9);
      expect(await take(50)).toBe(50);
      expect(await take(32)).toBe(0);
      expect(await take(31)).toBe(31);
      const { taken, endsInMs } = await other.access.takeQuota(id, ask);
      expect([taken, Math.ceil(endsInMs / 60_000)]).toEqual([0, 1]);
      await store.access.takeQuota((await addClient()).id, { ...ask, windowMs: 1 });
      const short = (await addClient()).id;
      expect((await store.access.takeQuota(short, { ...ask, users: 100, windowMs: 1 })).taken).toBe(100);
      await vi.waitFor(async () =>
        expect(await store.access.takeQuota(short, ask)).toEqual({ taken: 10, endsInMs: expect.closeTo(60_000, -4) }),
      );
    });

    test('calls at once take no more of a quota than there is', async () => {
      const { id } = await addClient();
      const taken = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          (index % 2 ? store : other).access.takeQuota(id, { users: 1, limit: 50, shareOfLeft: 20, windowMs: 60_000 }),
        ),
      );
      expect(taken.reduce((sum, one) => sum + one.taken, 0)).toBeLessThanOrEqual(50);
      expect(taken.every((one) => one.taken > 0)).toBe(true);
    });

    test('expired tokens are deleted in steps, the others stay', async () => {
      const client = await addClient();
      for (const [i, expiry] of [-1, 0, 0, 1].entries())
        await grant(client, secret(i), new Date(now.getTime() + expiry));
      expect(await store.access.deleteExpiredTokens(now, 2)).toBe(2);
      expect(await store.access.deleteExpiredTokens(now, 2)).toBe(1);
      expect(await store.access.deleteExpiredTokens(now, 2)).toBe(0);
      expect(await store.access.findCallers([secret(3)], now, latest)).not.toEqual([null]);
    });
  });

  describe('outbox', () => {
    /** Users whose mails are due, oldest first; the ids of the mails. */
    async function queue(mails: number): Promise<string[]> {
      const begin = Date.now() - 60_000;
      const ids: string[] = [];
      for (let i = 0; i < mails; i++) {
        const mail = makeMail(begin + i);
        await addOne(store.users, makeUser(company.id, { createdAt: new Date(begin + i) }), mail);
        ids.push(mail.id);
      }
      return ids;
    }
    const idsOf = (mails: { id: string }[]) => mails.map(({ id }) => id);
    const rowOf = async (id: string) => (await store.outbox.list({ limit: 1_000 })).find((row) => row.id === id)!;

    test('a claim takes the oldest due mails with what is needed to send them, and counts the attempt', async () => {
      const origin = { requestId: 'a-request', traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
      const mail = { ...makeMail(), ...origin };
      const user = makeUser(company.id);
      await addOne(store.users, user, mail);
      const { email, serial: userSerial, createdAt } = user;
      expect(await claimDue(other.outbox, { limit: 5, leaseMs: lease, first: false, keyIds })).toEqual([]);
      expect(await claimDue(other.outbox, { limit: 5, leaseMs: lease, first: true, keyIds })).toEqual([
        {
          id: mail.id,
          userSerial,
          name: user.name,
          email,
          username: user.username,
          isActive: user.isActive,
          replacesPassword: false,
          companyName: company.name,
          locale: null,
          signInUrl: null,
          replyTo: null,
          attempts: 1,
          createdAt,
          sealed: mail.sealed,
          ...origin,
        },
      ]);
      expect(await claimDue(store.outbox, { limit: 5, leaseMs: lease, first: true, keyIds })).toEqual([]);
      expect(await claimDue(store.outbox, { limit: 5, leaseMs: lease, first: false, keyIds })).toEqual([]);
      const ids = await queue(5);
      expect(idsOf(await claimDue(store.outbox, { limit: 3, leaseMs: lease, first: true, keyIds }))).toEqual(
        ids.slice(0, 3),
      );
      expect(idsOf(await claimDue(store.outbox, { limit: 3, leaseMs: lease, first: true, keyIds }))).toEqual(
        ids.slice(3),
      );
    });

    test('a claim knows what its company has of its own, and whether the password replaces another', async () => {
      const own = { ...makeCompany(), signInUrl: 'https://masuk.example.com/', replyTo: 'HR <hr@contoh.test>' };
      await store.access.addCompany(own);
      const user = makeUser(own.id, { isActive: false });
      await addOne(store.users, user, makeMail());
      const { signInUrl, replyTo } = own;
      const [first] = await claimDue(store.outbox, { limit: 5, leaseMs: lease, first: true, keyIds });
      expect(first).toMatchObject({ signInUrl, replyTo, isActive: false, replacesPassword: false });
      const mail = makeMail();
      const replacement = { passwordHash: '-', mail, at: new Date(), notWithinMs: 0 };
      await store.users.replacePassword(own.id, user.serial, replacement);
      expect(await claimDue(other.outbox, { limit: 5, leaseMs: lease, first: true, keyIds })).toMatchObject([
        { id: mail.id, replacesPassword: true },
      ]);
    });

    test('claims at once never take the same mail, and together take all', async () => {
      const ids = await queue(60);
      const claims = await Promise.all(
        Array.from({ length: 12 }, (_, i) =>
          claimDue((i % 2 ? store : other).outbox, { limit: 5, leaseMs: lease, first: true, keyIds }),
        ),
      );
      const claimed = claims.flatMap(idsOf);
      expect(new Set(claimed).size).toBe(claimed.length);
      claimed.push(...idsOf(await claimDue(store.outbox, { limit: 60, leaseMs: lease, first: true, keyIds })));
      expect(claimed.toSorted()).toEqual(ids);
    });

    test('a lease that ended passes to the next holder, and the first one changes nothing any more', async () => {
      const [id] = await queue(1);
      const [lost] = await claimDue(store.outbox, { limit: 1, leaseMs: 20, first: true, keyIds });
      await expect
        .poll(() => claimDue(other.outbox, { limit: 1, leaseMs: lease, first: false, keyIds }), { interval: 10 })
        .toMatchObject([{ id, attempts: 2 }]);
      const before = await rowOf(id!);
      await store.outbox.markSent(lost!);
      await store.outbox.markFailed(lost!, 'late', new Date(0));
      await store.outbox.markDead(lost!, 'late');
      await store.outbox.renew([lost!], 10 * lease);
      expect(await rowOf(id!)).toEqual(before);
      await other.outbox.markSent({ id: id!, attempts: 2 });
      expect(await rowOf(id!)).toMatchObject({ state: 'sent', sealed: false, attempts: 2 });
      await other.outbox.markDead({ id: id!, attempts: 2 }, 'late');
      expect(await rowOf(id!)).toMatchObject({ state: 'sent', lastError: null });
    });

    test('a renewed lease outlives its first end, those of others stay as they are', async () => {
      const [mine, others] = await queue(2);
      const mails = await claimDue(store.outbox, { limit: 2, leaseMs: 150, first: true, keyIds });
      await store.outbox.renew([mails[0]!, { id: others!, attempts: 7 }], lease);
      await expect
        .poll(() => claimDue(other.outbox, { limit: 2, leaseMs: lease, first: false, keyIds }).then(idsOf), {
          interval: 10,
        })
        .toEqual([others]);
      expect((await rowOf(mine!)).attempts).toBe(1);
      await store.outbox.renew([], lease);
    });

    test('a failed mail is due again at its time, in the lane of those tried before', async () => {
      const [now, later] = await queue(2);
      const [first, second] = await claimDue(store.outbox, { limit: 2, leaseMs: lease, first: true, keyIds });
      await store.outbox.markFailed(first!, 'busy', new Date(Date.now() + 40));
      await store.outbox.markFailed(second!, 'busy', new Date(Date.now() + 60_000));
      expect(await rowOf(now!)).toMatchObject({ state: 'queued', lastError: 'busy', sealed: true, attempts: 1 });
      expect((await rowOf(later!)).dueAt.getTime()).toBeGreaterThan(Date.now() + 50_000);
      expect(await claimDue(store.outbox, { limit: 2, leaseMs: lease, first: true, keyIds })).toEqual([]);
      await expect
        .poll(() => claimDue(store.outbox, { limit: 2, leaseMs: lease, first: false, keyIds }), { interval: 10 })
        .toMatchObject([{ id: now, attempts: 2 }]);
    });

    test('an operator lists newest first, by state, and sends dead mails again', async () => {
      const [dead, waiting] = await queue(2);
      const [mail] = await claimDue(store.outbox, { limit: 1, leaseMs: lease, first: true, keyIds });
      await store.outbox.markDead(mail!, 'no such user');
      expect(idsOf(await store.outbox.list({ limit: 10 }))).toEqual([waiting, dead]);
      expect(idsOf(await store.outbox.list({ limit: 1 }))).toEqual([waiting]);
      expect(await store.outbox.list({ state: 'dead', limit: 10 })).toMatchObject([
        {
          id: dead,
          state: 'dead',
          email: mail!.email,
          userSerial: mail!.userSerial,
          attempts: 1,
          lastError: 'no such user',
          sealed: true,
        },
      ]);
      const before = Date.now();
      expect(await store.outbox.retry(dead!)).toBe('queued');
      expect(await rowOf(dead!)).toMatchObject({ state: 'queued', attempts: 0 });
      expect((await rowOf(dead!)).createdAt.getTime()).toBeGreaterThanOrEqual(before - 1);
      expect(await store.outbox.retry(dead!)).toBe('not-dead');
      for (const id of ['nothing', uuidv7(0), dead!.toUpperCase(), '\0'])
        expect(await store.outbox.retry(id)).toBe('unknown');
      expect(idsOf(await claimDue(store.outbox, { limit: 2, leaseMs: lease, first: true, keyIds })).toSorted()).toEqual(
        [dead, waiting],
      );
    });

    test('passwords in the dead letter are erased after their time, in steps', async () => {
      const ids = await queue(3);
      for (const mail of await claimDue(store.outbox, { limit: 3, leaseMs: lease, first: true, keyIds }))
        await store.outbox.markDead(mail, 'no');
      expect(await store.outbox.eraseDead(new Date(Date.now() - 60_000), 10)).toBe(0);
      const soon = new Date(Date.now() + 1_000);
      expect(await store.outbox.eraseDead(soon, 2)).toBe(2);
      expect(await store.outbox.eraseDead(soon, 2)).toBe(1);
      expect(await store.outbox.eraseDead(soon, 2)).toBe(0);
      for (const id of ids) expect(await rowOf(id)).toMatchObject({ state: 'dead', sealed: false });
      expect(await store.outbox.retry(ids[0]!)).toBe('erased');
    });

    test('mails sealed by other keys are not claimed, however old, but counted; with their key they are', async () => {
      const [strange, mine, previous] = await queue(3);
      const under = (keyId: string, id: string) =>
        engine.execute(`update outbox set key_id = ${keyId} where id = '${id}'`);
      await under(`'old'`, previous!);
      await under(`'strange'`, strange!);
      const [claimed] = await claimDue(store.outbox, { limit: 1, leaseMs: lease, first: true, keyIds: ['key', 'old'] });
      expect(claimed!.id).toBe(mine);
      await store.outbox.markFailed(claimed!, 'busy', new Date(0));
      expect(
        idsOf(await claimDue(store.outbox, { limit: 5, leaseMs: lease, first: true, keyIds: ['old', 'key'] })),
      ).toEqual([previous]);
      expect(
        idsOf(await claimDue(other.outbox, { limit: 5, leaseMs: lease, first: false, keyIds: ['nobody', 'old'] })),
      ).toEqual([]);
      expect(idsOf(await claimDue(other.outbox, { limit: 5, leaseMs: lease, first: false, keyIds: ['key'] }))).toEqual([
        mine,
      ]);
      expect(await rowOf(strange!)).toMatchObject({ state: 'queued', attempts: 0, sealed: true });

      expect(await store.outbox.status(['key', 'old'])).toMatchObject({ queued: 3, waitingForKey: 1 });
      expect(await store.outbox.status(['strange', 'zzz'])).toMatchObject({ queued: 3, waitingForKey: 2 });
      expect(await store.outbox.status(['old', 'key', 'strange'])).toMatchObject({ queued: 3, waitingForKey: 0 });
      expect(
        idsOf(await claimDue(store.outbox, { limit: 5, leaseMs: lease, first: true, keyIds: ['strange'] })),
      ).toEqual([strange]);
    });

    test('of two keys the oldest mails come first, whichever sealed them', async () => {
      const ids = await queue(6);
      for (const id of [ids[1], ids[2], ids[5]])
        await engine.execute(`update outbox set key_id = 'old' where id = '${id}'`);
      expect(
        idsOf(await claimDue(store.outbox, { limit: 4, leaseMs: lease, first: true, keyIds: ['key', 'old'] })),
      ).toEqual(ids.slice(0, 4));
      expect(
        idsOf(await claimDue(store.outbox, { limit: 4, leaseMs: lease, first: true, keyIds: ['key', 'old'] })),
      ).toEqual(ids.slice(4));
    });

    test('a released mail is as if it had not been tried, due at its time, and keeps the reason', async () => {
      const [now, later] = await queue(2);
      const [first, second] = await claimDue(store.outbox, { limit: 2, leaseMs: lease, first: true, keyIds });
      await store.outbox.release(first!, 'away', new Date(Date.now() - 1));
      await store.outbox.release(second!, 'away', new Date(Date.now() + 60_000));
      expect(await rowOf(now!)).toMatchObject({ state: 'queued', attempts: 0, lastError: 'away', sealed: true });
      expect((await rowOf(later!)).dueAt.getTime()).toBeGreaterThan(Date.now() + 50_000);
      expect(await claimDue(store.outbox, { limit: 2, leaseMs: lease, first: false, keyIds })).toEqual([]);
      expect(await claimDue(other.outbox, { limit: 2, leaseMs: lease, first: true, keyIds })).toMatchObject([
        { id: now, attempts: 1 },
      ]);
      // The lease is another's by now.
      await store.outbox.release({ id: now!, attempts: 0 }, 'late', new Date(0));
      expect(await rowOf(now!)).toMatchObject({ attempts: 1 });
    });
  });

  test('a store that is closed answers nothing', async () => {
    const third = await engine.open();
    await third.access.hasCompanies();
    await third.close();
    await expect(third.access.hasCompanies()).rejects.toThrow();
  });
});

describe('Postgres alone', () => {
  const open = async (now = Date.now, url = postgres.url) => {
    const store = await openPostgresStore(url, now);
    onTestFinished(() => store.close());
    const company = makeCompany();
    // The test's own code: companies of other tests stay in this database.
    company.code += count;
    await store.access.addCompany(company);
    return { ...store, company };
  };

  test('leases, due times and retries are of the database clock: processes whose clocks are an hour off agree', async () => {
    const [right, wrong] = [await open(), await open(() => Date.now() + 3_600_000)];
    const mail = makeMail();
    await addOne(wrong.users, makeUser(wrong.company.id, { createdAt: new Date(Date.now() + 3_600_000) }), mail);
    const [claimed] = (await claimDue(right.outbox, { limit: 1_000, leaseMs: lease, first: true, keyIds })).filter(
      ({ id }) => id === mail.id,
    );
    expect(claimed).toBeDefined();
    expect(
      (await claimDue(wrong.outbox, { limit: 1_000, leaseMs: lease, first: false, keyIds })).filter(
        ({ id }) => id === mail.id,
      ),
    ).toEqual([]);
    await wrong.outbox.markFailed(claimed!, 'busy', new Date(Date.now() + 3_600_000));
    expect(
      (await claimDue(right.outbox, { limit: 1_000, leaseMs: lease, first: false, keyIds })).filter(
        ({ id }) => id === mail.id,
      ),
    ).toHaveLength(1);
    await right.outbox.markDead({ id: mail.id, attempts: 2 }, 'no');
    expect(await wrong.outbox.eraseDead(new Date(Date.now() + 3_600_000 - 60_000), 10)).toBe(0);
  });

  test.each([
    ['full', '53100'],
    ['failing', '58030'],
  ] as const)(
    'a disk that is %s: the creation is 503, the store says so, and goes on afterwards',
    async (state, code) => {
      const store = await open();
      const client = new pg.Client(postgres.url);
      await client.connect();
      onTestFinished(() => client.end());
      await client.query(`
      create function fail() returns trigger language plpgsql as $$ begin raise exception 'no' using errcode = '${code}'; end $$;
      create trigger fail before insert on users for each row when (new.company_id = '${store.company.id}') execute function fail()`);
      onTestFinished(async () => void (await client.query('drop function fail() cascade')));
      expect(store.disk()).toBe('ok');
      const refused = { entry: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 5, message: 'the database cannot write now' };
      await expect(addOne(store.users, makeUser(store.company.id), null)).rejects.toMatchObject(refused);
      expect(store.disk()).toBe(state);
      await client.query('drop trigger fail on users');
      expect(await addOne(store.users, makeUser(store.company.id), null)).toMatchObject({ kind: 'added' });
      expect(store.disk()).toBe('ok');
    },
  );

  test('a mail that another transaction holds is passed over, not waited for', async () => {
    const store = await open();
    const [held, free] = [makeMail(), makeMail()];
    for (const mail of [held, free]) await addOne(store.users, makeUser(store.company.id), mail);
    const client = new pg.Client(postgres.url);
    await client.connect();
    try {
      await client.query('begin');
      await client.query('select id from outbox where id = $1 for update', [held.id]);
      const ids = (await claimDue(store.outbox, { limit: 1_000, leaseMs: lease, first: true, keyIds })).map(
        ({ id }) => id,
      );
      expect([ids.includes(free.id), ids.includes(held.id)]).toEqual([true, false]);
    } finally {
      await client.end();
    }
  });

  test('serialization failures are tried again: where an operator made SERIALIZABLE the default, claims at once still answer', async () => {
    const url = new URL(postgres.url);
    url.searchParams.set('options', '-c default_transaction_isolation=serializable');
    const stores = [await open(Date.now, url.href), await open(Date.now, url.href)];
    const mails = Array.from({ length: 48 }, () => makeMail());
    for (const mail of mails) await addOne(stores[0]!.users, makeUser(stores[0]!.company.id), mail);
    // Each of them finds rows that another one took after its snapshot.
    const claims = await Promise.all(
      Array.from({ length: 16 }, (_, i) =>
        claimDue(stores[i % 2]!.outbox, { limit: 3, leaseMs: lease, first: true, keyIds }),
      ),
    );
    const claimed = claims.flat().map(({ id }) => id);
    expect(new Set(claimed).size).toBe(claimed.length);
    expect(claimed.length).toBeGreaterThan(3);
  });

  test('a deadlock, whose victim Postgres chooses, is tried again', async () => {
    const store = await open();
    const client = new pg.Client(postgres.url);
    await client.connect();
    try {
      // The other side holds the second employee id and wants the first; ours holds the first, and then wants the second.
      const [ours, theirs] = [makeUser(store.company.id), makeUser(store.company.id)];
      await client.query('begin');
      await client.query(`set local deadlock_timeout = '10s'`);
      const insert = (id: string, employee: string, email: string) =>
        client.query(
          `insert into users (id, company_id, serial, employee_id, employee_id_key, name, name_key, email, email_key, password_hash, is_active, created_at) values ($1, $2, $3, $4, $4, 'N', 'n', $5, $5, '-', true, now())`,
          [id, store.company.id, `S${++count}`, employee, email],
        );
      await insert(theirs.id, 'theirs', foldKey(ours.email!));
      const adding = addOne(store.users, ours, makeMail());
      await expect
        .poll(
          async () =>
            (
              await postgres.execute(
                `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
              )
            ).length,
        )
        .toBe(1);
      const blocked = insert(uuidv7(Date.now()), foldKey(ours.employeeID), 'third@example.com').catch(
        (error: unknown) => error,
      );
      await blocked;
      await client.query('rollback');
      expect(await adding).toMatchObject({ kind: 'added' });
    } finally {
      await client.end();
    }
  });

  test('an idle connection that was cut is replaced without the caller noticing', async () => {
    const store = await open();
    await Promise.all(Array.from({ length: 5 }, () => store.access.hasCompanies()));
    await postgres.execute(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'ruangkerja-gateway'`,
    );
    await Promise.all(Array.from({ length: 5 }, () => store.access.hasCompanies()));
  });

  test('a statement that takes too long, or a pool that is taken, is 503', async () => {
    const url = new URL(postgres.url);
    url.search = '?pool=1&statement_timeout=300&connect_timeout=1';
    const store = await open(Date.now, url.href);
    const client = new pg.Client(postgres.url);
    await client.connect();
    try {
      await client.query('begin');
      await client.query('lock table users in access exclusive mode');
      const find = () => store.users.find(store.company.id, { serial: 'S' });
      const refused = { entry: 'SERVICE_UNAVAILABLE', retryAfterSeconds: expect.any(Number) };
      const errors = await Promise.all([find(), find()].map((one) => one.catch((error: unknown) => error)));
      expect(errors).toMatchObject([refused, refused]);
    } finally {
      await client.end();
    }
    expect(await store.users.find(store.company.id, { serial: 'S' })).toBeNull();
  });

  test.each(['read committed', 'serializable'])(
    'of processes that start at once on a new database one migrates, the others wait, where the default is %s',
    async (isolation) => {
      await postgres.execute(
        `drop table if exists outbox_attempts, deliveries, delivery_processes, outbox, user_tags, users, erased_users, tags, organizations, tokens, quotas, idempotency_keys, clients, companies, __drizzle_migrations`,
      );
      const url = new URL(postgres.url);
      url.searchParams.set('options', `-c default_transaction_isolation=${isolation.replace(' ', '\\ ')}`);
      const stores = await Promise.all(Array.from({ length: 6 }, () => openPostgresStore(url.href, Date.now)));
      expect(await stores[5]!.access.hasCompanies()).toBe(false);
      await Promise.all(stores.map((store) => store.close()));
    },
  );
});

describe('both', () => {
  test('2,000 random inputs get the same verdicts and codes', { timeout: 90_000 }, async () => {
    const random = mulberry32(20_261_124);
    const stores = [await openSqliteStore('file::memory:', Date.now), await openPostgresStore(postgres.url, Date.now)];
    const company = { ...makeCompany(), code: 'DIFF' };
    const rules: FieldRules = { defaultCountry: 'ID', passwordMinLength: 8, commonPasswords: new Set(['password1']) };
    const sides = stores.map((store) => ({
      store,
      create: makeCreateUsers({
        store: store.users,
        idempotency: makeIdempotency({ store: store.idempotency, secretKeys: [] }),
        hasher: { assertCapacity: () => undefined, hash: async () => '-', batchDepth: 1, isWaiting: () => false },
        rules: async () => rules,
        rateLimit: async () => undefined,
        sealMail: () => makeMail(),
        wakeDelivery: () => undefined,
        now: Date.now,
      }),
    }));
    const both = <T>(work: (side: (typeof sides)[number]) => Promise<T>) => Promise.all(sides.map(work));
    try {
      await both(({ store }) => store.access.addCompany(company));
      const tagNames = [
        'Staff',
        'STAFF',
        'İstanbul',
        'i̇stanbul',
        'ISTANBUL',
        'Straße',
        'STRASSE',
        'ΣΊΣΥΦΟΣ',
        'σίσυφος',
        'σίσυφοσ',
        '👩‍🔧',
        'é',
        'e\u0301',
        'É',
        'K',
        'k',
      ];
      for (const [i, tagName] of tagNames.entries()) {
        const tag = {
          id: uuidv7(i),
          companyId: company.id,
          serial: `TAG-${i}`,
          name: tagName,
          nameKey: foldKey(tagName),
          createdAt: new Date(),
        };
        const [one, two] = await both(({ store }) => store.directory.addTag(tag));
        expect(two, tagName).toBe(one);
      }
      for (const isActive of [true, false]) {
        const organization = {
          id: uuidv7(0),
          companyId: company.id,
          parentSerial: null,
          serial: `COMP-${isActive}`,
          name: 'Kantor',
          isActive,
          createdAt: new Date(),
        };
        await both(({ store }) => store.directory.addOrganization(organization));
      }
      const verdicts = new Map<string, number>();
      for (let i = 0; i < 2_000; i++) {
        const input = randomInput(random);
        const [one, two] = await both(async ({ create }) => {
          const answer = await create({ clientId: 'c', companyId: company.id }, [input]);
          const outcome = answer.kind === 'results' ? answer.results[0] : undefined;
          if (outcome?.kind === 'refused') return outcome.problems.map(({ name, path }) => `${name} ${path.join('.')}`);
          if (outcome?.kind !== 'created') throw new Error('neither a user nor problems');
          const { serial, createdAt, updatedAt, ...user } = outcome.user;
          expect(updatedAt).toEqual(createdAt);
          return { ...outcome, user: { ...user, serial: serial.length, createdAt: createdAt instanceof Date } };
        });
        expect(two, JSON.stringify(input)).toEqual(one);
        for (const code of Array.isArray(one) ? one : ['created'])
          verdicts.set(code.split(' ')[0]!, (verdicts.get(code.split(' ')[0]!) ?? 0) + 1);
      }
      // A generator that meets nothing proves nothing.
      for (const code of [
        'created',
        'USER_EMPLOYEE_ID_EXISTS',
        'USER_EMAIL_EXISTS',
        'USER_PHONE_EXISTS',
        'USER_USERNAME_EXISTS',
        'TAG_NOT_FOUND',
        'ORGANIZATION_INACTIVE',
        'USER_NAME_INVALID',
        'USER_EMAIL_INVALID',
      ]) {
        expect(verdicts.get(code), code).toBeGreaterThan(20);
      }
    } finally {
      for (const { store } of sides) await store.close();
    }
  });
});

function randomInput(random: () => number): CreateUserInput {
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const anyCase = (text: string) => [...text].map((c) => (random() < 0.5 ? c.toUpperCase() : c.toLowerCase())).join('');
  const alphabet = [
    'a',
    'Z',
    ' ',
    'é',
    'e\u0301',
    'İ',
    'ß',
    'ſ',
    'K',
    'ﬁ',
    'Σ',
    'ς',
    '李',
    '👩‍👩‍👧',
    '🏳️‍🌈',
    '\u00a0',
    '\u200d',
    '\ufeff',
    '\\',
    '"',
    "'",
    '{',
    '%',
    '_',
    '𝒳',
    '\u0301',
    'ﷺ',
  ];
  const forbidden = ['\0', '\n', '\u202e', '\u2028', '\ud800', '\u0085'];
  const text = (length: number) =>
    Array.from({ length: 1 + below(length) }, () => (random() < 0.01 ? pick(forbidden) : pick(alphabet))).join('');
  const domain = () =>
    pick(['example.com', 'Example.COM', 'bücher.example', 'xn--bcher-kva.example', 'sub.example.co.id']);
  return {
    employeeID: pick([
      anyCase(`emp${below(1_500)}`),
      anyCase(`emp${below(1_500)}`),
      anyCase(`emp${below(1_500)}`),
      text(5),
    ]),
    name: random() < 0.9 ? `Siti ${text(20)}` : text(250),
    username: pick([null, '', anyCase(`user${below(600)}`), text(4)]),
    email: pick([
      null,
      ` ${anyCase(`mail.${below(400)}`)}@example.com `,
      `${anyCase(`mail.${below(400)}`)}@Example.COM`,
      `${text(3)}@${domain()}`,
      `${anyCase(`b${below(50)}`)}@${domain()}`,
    ]),
    phone: pick([
      null,
      `0811-22${String(below(900)).padStart(4, '0')}`,
      `+62 811 22${String(below(900)).padStart(4, '0')}`,
      text(4),
    ]),
    password: pick([null, null, text(12), `${text(10)}-panjang`]),
    isActive: random() < 0.98,
    tagSerials: Array.from({ length: below(4) }, () => (random() < 0.9 ? `TAG-${pick([0, 2, 5, 10])}` : text(3))),
    organizationSerial: pick([null, null, 'COMP-true', 'COMP-true', 'COMP-true', 'COMP-false', text(3)]),
  };
}

/** https://gist.github.com/tommyettinger/46a874533244883189143505d203312c: a small generator with a seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
