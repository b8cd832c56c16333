import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MailRow } from '../../src/mail/ports.ts';
import { openStore, type Store } from '../../src/storage/store.ts';
import { foldKey, type NewUser, type UserFilter } from '../../src/users/ports.ts';
import { uuidv7 } from '../../src/uuid.ts';
import { openTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { addOne } from '../support/store.ts';
import { claimDue } from '../support/outbox.ts';

const wide = 10_000;
const keyIds = ['k'];
let count = 0;

describe.each(['SQLite', 'Postgres'])('%s', (engine) => {
  let database: TestDatabase | null = null;
  const folder = mkdtempSync(join(tmpdir(), 'gateway-read-'));
  let store: Store;
  /** Another process on the same database. */
  let other: Store;
  let company: { id: string; code: string; name: string };
  let stranger: typeof company;
  /** Each id a millisecond later than the one before. */
  let clock = Date.parse('2026-01-01T00:00:00Z');

  beforeAll(async () => {
    if (engine === 'Postgres') database = await openTestDatabase();
    const url = database?.url ?? `file:${join(folder, 'gateway.db')}`;
    [store, other] = (await Promise.all([openStore(url, Date.now), openStore(url, Date.now)])) as [Store, Store];
  });
  afterAll(async () => {
    await Promise.all([store.close(), other.close()]);
    await database?.stop();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    const add = async () => {
      const one = { id: uuidv7(++clock), code: `R${++count}`, name: `PT ${count}` };
      await store.access.addCompany({
        ...one,
        mailLocale: null,
        signInUrl: null,
        replyTo: null,
        createdAt: new Date(),
      });
      return one;
    };
    [company, stranger] = [await add(), await add()];
  });

  async function addUser(more: Partial<NewUser> = {}, mail: string | null = null): Promise<NewUser> {
    const n = ++count;
    const user: NewUser = {
      id: uuidv7(++clock),
      companyId: company.id,
      serial: `S${n}`,
      employeeID: `Emp${n}`,
      name: `Siti ${n}`,
      username: null,
      email: `siti.${n}@example.com`,
      phone: null,
      passwordHash: 'old',
      isActive: true,
      tagSerials: [],
      organizationSerial: null,
      importKey: null,
      createdAt: new Date(clock),
      ...more,
    };
    expect(await addOne(store.users, user, mail === null ? null : makeMail(mail))).toMatchObject({ kind: 'added' });
    return user;
  }
  const makeMail = (password: string) => ({
    id: uuidv7(++clock),
    sealed: { keyId: keyIds[0]!, nonce: Buffer.alloc(12), ciphertext: Buffer.from(`${password}-sixteen-bytes--`) },
  });
  async function addTag(name: string, companyId = company.id): Promise<string> {
    const serial = `TAG-${++count}`;
    await store.directory.addTag({
      id: uuidv7(++clock),
      companyId,
      serial,
      name,
      nameKey: foldKey(name),
      createdAt: new Date(),
    });
    return serial;
  }
  async function addOrganization(parentSerial: string | null = null, companyId = company.id): Promise<string> {
    const serial = `COMP${++count}`;
    await store.directory.addOrganization({
      id: uuidv7(++clock),
      companyId,
      parentSerial,
      serial,
      name: `Kantor ${count}`,
      isActive: true,
      createdAt: new Date(),
    });
    return serial;
  }
  const list = async (filter: UserFilter = {}, { window = wide, after = null as string | null, limit = 100 } = {}) =>
    (await other.users.list(company.id, filter, window, { after, limit })).map(({ item }) => item.employeeID);
  const page = async (offset: number, limit = 100, filter: UserFilter = {}, window = wide) => {
    const { items, total } = await other.users.page(company.id, filter, window, { offset, limit });
    return [items.map(({ employeeID }) => employeeID), total];
  };

  /** Sends one statement of the SQL that both engines speak. */
  async function execute(statement: string): Promise<Record<string, unknown>[]> {
    if (database) return database.execute(statement);
    const raw = new Sqlite(join(folder, 'gateway.db'), { timeout: 2_000 });
    try {
      const prepared = raw.prepare<[], Record<string, unknown>>(statement);
      return prepared.reader ? prepared.all() : (prepared.run(), []);
    } finally {
      raw.close();
    }
  }

  describe('lists of users', () => {
    test('a list is in the order of creation and goes on after an id', async () => {
      const users = [];
      for (let i = 0; i < 7; i++) users.push(await addUser());
      const ids = users.map(({ employeeID }) => employeeID);
      expect(await list()).toEqual(ids);
      expect(await list({}, { limit: 3 })).toEqual(ids.slice(0, 3));
      expect(await list({}, { after: users[2]!.id, limit: 3 })).toEqual(ids.slice(3, 6));
      expect(await list({}, { after: users[6]!.id })).toEqual([]);
    });

    test('every page of every size has its places of the list, and the count of it', async () => {
      expect(await page(0)).toEqual([[], 0]);
      const ids = [];
      for (let i = 0; i < 7; i++)
        ids.push((await addUser({ isActive: i !== 3, name: i < 5 ? 'Siti' : 'Budi' })).employeeID);
      const lists: [UserFilter, string[]][] = [
        [{}, ids],
        [{ isActive: true }, ids.toSpliced(3, 1)],
        [{ isActive: false }, ids.slice(3, 4)],
        [{ name: 'siti' }, ids.slice(0, 5)],
      ];
      for (const [filter, whole] of lists) {
        for (let limit = 1; limit <= 8; limit++) {
          for (let offset = 0; offset <= 9; offset++)
            expect([filter, offset, limit, await page(offset, limit, filter)]).toEqual([
              filter,
              offset,
              limit,
              [whole.slice(offset, offset + limit), whole.length],
            ]);
        }
        expect(await store.users.count(company.id, filter, wide)).toBe(whole.length);
      }
      expect(await page(99_999_999_900)).toEqual([[], 7]);
    });

    test('an item is the user that find answers, under its id', async () => {
      const tagSerials = [await addTag('Z'), await addTag('A')];
      const given = await addUser({
        name: 'Ėmma "Zoë" 李小龍',
        username: 'Emma',
        phone: '6281122334455',
        isActive: false,
        tagSerials,
        organizationSerial: await addOrganization(),
      });
      await addUser({ email: null, phone: '62811' });
      const [first, second] = await store.users.list(company.id, {}, wide, { after: null, limit: 2 });
      expect(first).toEqual({ id: given.id, item: await store.users.find(company.id, { serial: given.serial }) });
      expect(first!.item.tags.map(({ name }) => name)).toEqual(['Z', 'A']);
      expect(second!.item).toMatchObject({ email: null, tags: [], organization: null });
    });

    test('each filter narrows: state, employee id, tag, organization, parts of name, email and phone', async () => {
      const [tag, organization] = [await addTag('T'), await addOrganization()];
      await addUser({
        employeeID: 'A',
        name: 'Ēva 100%_\\',
        email: 'Eva@Example.com',
        phone: '6281122',
        tagSerials: [tag],
        organizationSerial: organization,
      });
      await addUser({ employeeID: 'b', name: 'Budi', email: 'budi@example.org', isActive: false, tagSerials: [tag] });
      await addUser({
        employeeID: 'c',
        name: 'Citra',
        email: null,
        phone: '6281133',
        organizationSerial: organization,
      });
      const table: [UserFilter, string[]][] = [
        [{ isActive: true }, ['A', 'c']],
        [{ isActive: false }, ['b']],
        [{ employeeID: 'a' }, ['A']],
        [{ employeeID: 'x' }, []],
        [{ tagSerial: tag }, ['A', 'b']],
        [{ tagSerial: 'none' }, []],
        [{ organizationSerial: organization }, ['A', 'c']],
        [{ organizationSerial: 'none' }, []],
        [{ name: 'ēva' }, ['A']],
        [{ name: '%' }, ['A']],
        [{ name: '_\\' }, ['A']],
        [{ name: 'i' }, ['b', 'c']],
        [{ email: '@example' }, ['A', 'b']],
        [{ phone: ['811'] }, ['A', 'c']],
        [{ phone: ['0812', '1133', '62811339'] }, ['c']],
        [{ tagSerial: tag, isActive: true }, ['A']],
        [{ tagSerial: tag, organizationSerial: organization }, ['A']],
        [{ organizationSerial: organization, name: 'citra' }, ['c']],
        [
          {
            employeeID: 'a',
            tagSerial: tag,
            organizationSerial: organization,
            isActive: true,
            name: 'v',
            email: 'a',
            phone: ['1'],
          },
          ['A'],
        ],
        [{ employeeID: 'a', isActive: false }, []],
      ];
      for (const [filter, expected] of table) {
        expect([filter, await list(filter)]).toEqual([filter, expected]);
        expect([filter, await store.users.count(company.id, filter, wide)]).toEqual([filter, expected.length]);
      }
    });

    test('a search looks at the newest users that the index leaves, and counts among them', async () => {
      const tag = await addTag('T');
      const users = [];
      for (let i = 0; i < 12; i++)
        users.push(await addUser({ name: i % 2 ? 'Odd' : 'Even', tagSerials: i < 8 ? [tag] : [] }));
      const ids = users.map(({ employeeID }) => employeeID);
      const odd = ids.filter((_, i) => i % 2);
      expect(await list({ name: 'odd' }, { window: 4 })).toEqual(odd.slice(-2));
      expect(await list({ name: 'odd' }, { window: 4, after: users[9]!.id })).toEqual(odd.slice(-1));
      expect(await store.users.count(company.id, { name: 'odd' }, 4)).toBe(2);
      expect(await page(1, 5, { name: 'odd' }, 4)).toEqual([odd.slice(-1), 2]);
      expect(await list({ name: 'odd', tagSerial: tag }, { window: 4 })).toEqual([ids[5], ids[7]]);
      // What an index serves is not cut.
      expect(await list({ tagSerial: tag }, { window: 4 })).toEqual(ids.slice(0, 8));
      expect(await list({ isActive: true }, { window: 4 })).toEqual(ids);
    });

    test('counts follow users that change their state or go', async () => {
      const [first, second] = [await addUser(), await addUser({ isActive: false }), await addUser()];
      await execute(
        `update users set is_active = not is_active where serial in ('${first!.serial}', '${second!.serial}')`,
      );
      await execute(`delete from users where serial = '${first!.serial}'`);
      const counts = [];
      for (const filter of [{}, { isActive: true }, { isActive: false }])
        counts.push(await store.users.count(company.id, filter, wide));
      expect(counts).toEqual([2, 2, 0]);
    });

    test('companies are strangers: no list shows, and no tag or organization leads to, a user of another one', async () => {
      const [tag, organization] = [await addTag('T'), await addOrganization()];
      const user = await addUser({ tagSerials: [tag], organizationSerial: organization }, 'p');
      for (const filter of [
        {},
        { isActive: true },
        { employeeID: foldKey(user.employeeID) },
        { tagSerial: tag },
        { organizationSerial: organization },
        { name: 's' },
        { employeeID: foldKey(user.employeeID), tagSerial: tag },
      ]) {
        expect(await store.users.list(stranger.id, filter, wide, { after: null, limit: 9 })).toEqual([]);
        expect(await store.users.count(stranger.id, filter, wide)).toBe(0);
      }
      expect(await store.users.passwordMails(stranger.id, [user.serial])).toEqual(new Map());
      expect(
        await store.users.replacePassword(stranger.id, user.serial, {
          passwordHash: 'new',
          mail: makeMail('new'),
          at: new Date(),
          notWithinMs: 0,
        }),
      ).toEqual({ kind: 'unknown' });
    });
  });

  describe('the mail with the password', () => {
    const lease = 30_000;
    const mailOf = async ({ serial }: NewUser) => (await other.users.passwordMails(company.id, [serial])).get(serial);
    const rowsOf = async ({ serial }: NewUser): Promise<MailRow[]> =>
      (await store.outbox.list({ limit: 1_000 })).filter(({ userSerial }) => userSerial === serial);
    const replace = (serial: string, password: string, by = store, notWithinMs = 0) =>
      by.users.replacePassword(company.id, serial, {
        passwordHash: `hash of ${password}`,
        mail: makeMail(password),
        at: new Date(),
        notWithinMs,
      });
    const claim = async ({ serial }: NewUser) =>
      (await claimDue(store.outbox, { limit: 1_000, leaseMs: lease, first: true, keyIds })).find(
        ({ userSerial }) => userSerial === serial,
      )!;
    /** The hash, which no verb answers. */
    const hashOf = async ({ serial }: NewUser) =>
      (await execute(`select password_hash as hash from users where serial = '${serial}'`))[0]!['hash'];

    test('it is queued, sent, failed, or there is none', async () => {
      const [queued, sent, dead, none] = [
        await addUser({}, 'a'),
        await addUser({}, 'b'),
        await addUser({}, 'c'),
        await addUser(),
      ];
      const claimed = await claimDue(store.outbox, { limit: 1_000, leaseMs: lease, first: true, keyIds });
      const idOf = ({ serial }: NewUser) => claimed.find(({ userSerial }) => userSerial === serial)!;
      await store.outbox.markSent(idOf(sent));
      await store.outbox.markDead(idOf(dead), 'no');
      expect(
        await other.users.passwordMails(
          company.id,
          [queued, sent, dead, none].map(({ serial }) => serial),
        ),
      ).toEqual(
        new Map([
          [queued.serial, 'QUEUED'],
          [sent.serial, 'SENT'],
          [dead.serial, 'FAILED'],
        ]),
      );
      expect(await store.users.passwordMails(company.id, [])).toEqual(new Map());
    });

    test('a new password replaces the hash, ends the mails of the old one that were not sent, and queues one', async () => {
      for (const fate of ['queued', 'sent', 'dead'] as const) {
        const user = await addUser({}, 'old');
        if (fate !== 'queued') {
          const mail = await claim(user);
          await (fate === 'sent' ? store.outbox.markSent(mail) : store.outbox.markDead(mail, 'no'));
        }
        expect(await replace(user.serial, 'new')).toEqual({ kind: 'replaced' });
        expect(await hashOf(user)).toBe('hash of new');
        expect((await rowsOf(user)).map(({ state }) => state)).toEqual(
          fate === 'sent' ? ['queued', 'sent'] : ['queued'],
        );
        expect(await mailOf(user)).toBe('QUEUED');
        const mail = await claim(user);
        expect(mail.sealed.ciphertext.toString()).toMatch(/^new-/);
        await store.outbox.markSent(mail);
        expect(await mailOf(user)).toBe('SENT');
      }
    });

    test('a mail in flight with the old password changes nothing when it lands, however it does', async () => {
      for (const land of [
        store.outbox.markSent,
        (mail: Awaited<ReturnType<typeof claim>>) => store.outbox.markDead(mail, 'no'),
        (mail: Awaited<ReturnType<typeof claim>>) => store.outbox.markFailed(mail, 'no', new Date(0)),
      ]) {
        const user = await addUser({}, 'old');
        const old = await claim(user);
        await replace(user.serial, 'new');
        await land(old);
        expect(await rowsOf(user)).toMatchObject([{ state: 'queued', attempts: 0 }]);
        expect(await store.outbox.retry(old.id)).toBe('unknown');
        expect((await claim(user)).id).not.toBe(old.id);
      }
    });

    test('of calls at once one password stays, and its mail is the only one', async () => {
      const user = await addUser({}, 'old');
      expect(
        await Promise.all(Array.from({ length: 12 }, (_, i) => replace(user.serial, `p${i}`, i % 2 ? store : other))),
      ).toEqual(Array(12).fill({ kind: 'replaced' }));
      expect(await rowsOf(user)).toMatchObject([{ state: 'queued' }]);
      const [, password] = /^(p\d+)-/.exec((await claim(user)).sealed.ciphertext.toString())!;
      expect(await hashOf(user)).toBe(`hash of ${password}`);
    });

    test('of calls at once in two processes one passes within a minute, and the others learn how long it takes', async () => {
      const [user, another] = [await addUser({}, 'old'), await addUser({}, 'old')];
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, (_, i) => replace(user.serial, `p${i}`, i % 2 ? store : other, 60_000)),
      );
      expect(outcomes.filter(({ kind }) => kind === 'replaced')).toHaveLength(1);
      for (const outcome of outcomes.filter(({ kind }) => kind !== 'replaced')) {
        expect(outcome).toEqual({ kind: 'too-soon', retryAfterMs: expect.any(Number) });
        const { retryAfterMs } = outcome as Extract<typeof outcome, { kind: 'too-soon' }>;
        expect(retryAfterMs).toBeGreaterThan(0);
        expect(retryAfterMs).toBeLessThanOrEqual(60_000);
      }
      expect(await rowsOf(user)).toMatchObject([{ state: 'queued' }]);
      expect(await replace(another.serial, 'new', other, 60_000)).toEqual({ kind: 'replaced' });
    });

    test('a replacement that a wrong clock dated into the future locks nobody out', async () => {
      const user = await addUser({}, 'old');
      await replace(user.serial, 'new');
      await execute(
        `update users set password_resent_at = ${engine === 'SQLite' ? Date.now() + 3_600_000 : "now() + interval '1 hour'"} where serial = '${user.serial}'`,
      );
      expect(await replace(user.serial, 'newer', store, 60_000)).toEqual({ kind: 'replaced' });
    });

    test('a user without email, or none, has no password to replace', async () => {
      const user = await addUser({ email: null, phone: '62811' });
      expect(await replace(user.serial, 'new')).toEqual({ kind: 'unknown' });
      expect(await replace('nobody', 'new')).toEqual({ kind: 'unknown' });
      expect(await hashOf(user)).toBe('old');
    });

    test('when the mail cannot be written the old password stays', async () => {
      const user = await addUser({}, 'old');
      const [{ id }] = (await rowsOf(await addUser({}, 'taken'))) as [MailRow];
      await expect(
        store.users.replacePassword(company.id, user.serial, {
          passwordHash: 'new',
          mail: { ...makeMail('new'), id },
          at: new Date(),
          notWithinMs: 0,
        }),
      ).rejects.toThrow();
      expect(await hashOf(user)).toBe('old');
      expect(await rowsOf(user)).toMatchObject([{ state: 'queued' }]);
    });
  });

  describe('directory', () => {
    test('a company is found by its id', async () => {
      expect(await other.directory.findCompany(company.id)).toEqual(company);
      expect(await store.directory.findCompany(uuidv7(0))).toBeNull();
    });

    test('tags are found by serial, listed in the order of creation, and searched among the newest', async () => {
      const serials = [];
      for (const name of ['Staff A', 'Ünit', 'staff b', '100%']) serials.push(await addTag(name));
      await addTag('Staff of others', stranger.id);
      const ofList = async (name: string | null, window = wide, slice: object = {}) =>
        (await other.directory.listTags(company.id, name, window, { after: null, limit: 100, ...slice })).map(
          ({ item }) => item.serial,
        );
      const [a, u, b, percent] = serials;
      expect(await store.directory.findTag(company.id, u!)).toEqual({ serial: u, name: 'Ünit' });
      for (const key of ['nothing', '\0', '']) expect(await store.directory.findTag(company.id, key)).toBeNull();
      expect(await store.directory.findTag(stranger.id, u!)).toBeNull();
      expect(await ofList(null)).toEqual(serials);
      expect(await ofList(null, wide, { limit: 2 })).toEqual([a, u]);
      expect(await store.directory.pageTags(company.id, null, wide, { offset: 1, limit: 2 })).toEqual({
        items: [
          { serial: u, name: 'Ünit' },
          { serial: b, name: 'staff b' },
        ],
        total: 4,
      });
      expect(await store.directory.pageTags(company.id, 'staff', wide, { offset: 2, limit: 2 })).toEqual({
        items: [],
        total: 2,
      });
      const [first] = await store.directory.listTags(company.id, null, wide, { after: null, limit: 1 });
      expect(await ofList(null, wide, { after: first!.id })).toEqual([u, b, percent]);
      expect(await ofList('staff')).toEqual([a, b]);
      expect(await ofList('staff', 3)).toEqual([b]);
      expect(await ofList('%')).toEqual([percent]);
      expect(await ofList('ünit')).toEqual([u]);
      expect([
        await store.directory.countTags(company.id, null, wide),
        await store.directory.countTags(company.id, 'staff', wide),
      ]).toEqual([4, 2]);
    });

    test('the organizations of a company come in the order of creation, each with its parent', async () => {
      const top = await addOrganization();
      const sub = await addOrganization(top);
      await addOrganization(null, stranger.id);
      expect(await other.directory.listOrganizations(company.id)).toEqual([
        { serial: top, name: expect.stringMatching(/^Kantor/), isActive: true, parentSerial: null },
        { serial: sub, name: expect.stringMatching(/^Kantor/), isActive: true, parentSerial: top },
      ]);
    });
  });
});
