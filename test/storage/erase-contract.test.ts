import { existsSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Store } from '../../src/storage/store.ts';
import type { User } from '../../src/users/ports.ts';
import { addCompany, type Engine, engines, keyIds, makeMail } from './engines.ts';

const at = new Date('2026-02-28T12:00:00.000Z');
const tables = ['users', 'user_tags', 'outbox', 'outbox_attempts', 'erased_users', 'idempotency_keys'];

describe.each(Object.entries(engines))('%s', (name, openEngine) => {
  let engine: Engine;
  let store: Store;
  let company: Awaited<ReturnType<typeof addCompany>>;

  beforeAll(async () => {
    engine = await openEngine();
    store = await engine.open();
  });
  afterAll(async () => {
    await store?.close();
    await engine?.stop();
  });
  beforeEach(async () => void (company = await addCompany(store)));

  const count = async (isActive: boolean) => store.users.count(company.id, { isActive }, 10_000);
  const mailsOf = async (serial: string) =>
    engine.execute(`select outbox.id from outbox join users on users.id = user_id where serial = '${serial}'`);

  test('an erased user is gone with tags, mails and attempts, a tombstone stays, and the values are free', async () => {
    const tag = await company.addTag('Staff');
    const values = { username: 'Siti', phone: '62811', tagSerials: [tag], importKey: 'file:7', isActive: false };
    const user = await company.addUser({ ...values, employeeID: 'E7', email: 'siti@example.com' });
    const neighbour = await company.addUser({ tagSerials: [tag] });
    const [mail] = await mailsOf(user.serial);
    await engine.execute(
      `insert into outbox_attempts (outbox_id, at, attempt, outcome)
      select id, created_at, 1, 'failed' from outbox where id = '${String(mail!['id'])}'`,
    );
    expect(await store.users.erase(company.id, { employeeID: 'e7' }, at)).toBe(user.serial);

    expect(await store.users.find(company.id, { serial: user.serial })).toBeNull();
    expect([await count(true), await count(false)]).toEqual([1, 0]);
    expect(await store.users.count(company.id, { tagSerial: tag }, 10_000)).toBe(1);
    expect(await mailsOf(neighbour.serial)).toHaveLength(1);
    for (const table of tables) {
      const rows = JSON.stringify(await engine.execute(`select * from ${table}`));
      for (const value of ['E7', 'siti@example.com', '62811', '"Siti"', String(mail!['id'])])
        expect(rows, table).not.toContain(value);
    }
    expect(await engine.execute(`select import_key from erased_users where serial = '${user.serial}'`)).toEqual([
      { import_key: 'file:7' },
    ]);
    expect(await store.users.erase(company.id, { serial: user.serial }, at)).toBeNull();
    await company.addUser({ ...values, employeeID: 'E7', email: 'siti@example.com', importKey: null });
  });

  test('the row of a file whose user was erased does not bring it back, even after a look-up from before', async () => {
    const user = await company.addUser({ importKey: 'file:8' });
    const query = { tagSerials: [], organizationSerial: null };
    const imported = async () =>
      (
        await store.users.lookUp(company.id, [
          { ...query, importKey: 'file:8' },
          { ...query, importKey: 'file:9' },
        ])
      ).map((report) => report.imported);
    expect(await imported()).toEqual(['created', false]);
    await store.users.erase(company.id, { serial: user.serial }, at);
    expect(await imported()).toEqual(['erased', false]);
    const again = company.makeUser({ importKey: 'file:8' });
    const [outcome] = (await store.users.add(company.id, [{ user: again, mail: null }], { allOrNone: false }))!;
    expect(outcome!.kind).not.toBe('added');
  });

  test('a user of another company is not erased', async () => {
    const user = await company.addUser();
    const stranger = await addCompany(store);
    for (const by of [{ serial: user.serial }, { employeeID: user.employeeID }, { serial: '\0' }])
      expect(await store.users.erase(stranger.id, by, at)).toBeNull();
    expect(await store.users.erase(company.id, { serial: user.serial }, at)).toBe(user.serial);
  });

  test('a change and an erasure at once: the user is gone, and no mail stays', async () => {
    for (let round = 0; round < 10; round++) {
      const user = await company.addUser();
      const change = {
        serial: user.serial,
        version: 1,
        set: { email: `neu.${user.employeeID}@example.com` },
        passwordHash: '$new',
        endsMails: true,
        mail: makeMail(),
        at,
      };
      const [outcomes, erased] = await Promise.all([
        store.users.write(company.id, [{ kind: 'change', change }], { allOrNone: false }),
        store.users.erase(company.id, { serial: user.serial }, at),
      ]);
      expect(['changed', 'unknown']).toContain(outcomes![0]!.kind);
      expect(erased).toBe(user.serial);
      expect(await store.users.find(company.id, { serial: user.serial })).toBeNull();
    }
    const companyMails = `select count(*) as n from outbox where user_id not in (select id from users)`;
    expect(Number((await engine.execute(companyMails))[0]!['n'])).toBe(0);
  });

  test('a mail in flight of an erased user is answered to nobody, and its record is no error', async () => {
    const user = await company.addUser();
    const { due: mails } = await store.outbox.claim({ limit: 100, leaseMs: 30_000, first: true, keyIds });
    const mail = mails.find(({ userSerial }) => userSerial === user.serial)!;
    await store.users.erase(company.id, { serial: user.serial }, at);
    await store.outbox.markFailed(mail, 'mailbox full', new Date());
    await store.outbox.markSent(mail);
    expect(JSON.stringify(await store.outbox.list({ limit: 1_000 }))).not.toContain(user.serial);
  });

  /** What lies on the disk; on Postgres after what docs/operate.md says. */
  const bytesOf: Record<string, () => Promise<Buffer[]>> = {
    SQLite: async () => {
      const file = engine.url.replace('file:', '');
      return [file, `${file}-wal`].filter(existsSync).map((path) => readFileSync(path));
    },
    Postgres: async () => {
      await engine.execute('vacuum (full, analyze) users, user_tags, outbox');
      await engine.execute('checkpoint');
      const files = await engine.execute(`
        select pg_read_binary_file(pg_relation_filepath(oid::regclass)) as bytes from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'i')`);
      const samples = await engine.execute('select histogram_bounds::text, most_common_vals::text from pg_stats');
      return [...files.map(({ bytes }) => bytes as Buffer), Buffer.from(JSON.stringify(samples))];
    },
  };

  test('no byte of an erased user stays in the database, on Postgres after a vacuum', async ({ skip }) => {
    if (name === 'Postgres') {
      const [role] = await engine.execute('select rolsuper from pg_roles where rolname = current_user');
      skip(!role!['rolsuper'], 'only a superuser reads the files of TEST_DATABASE_URL');
    }
    const values = (n: number) => {
      const token = randomBytes(8).toString('hex');
      return {
        employeeID: `E${token}`,
        name: `Nm ${token}`,
        email: `${token}@example.com`,
        phone: `62${n}${token.replace(/\D/g, '')}`,
      };
    };
    const users: User[] = [];
    for (let n = 0; n < 400; n++) users.push(await company.addUser({ ...values(100 + n), username: `u${n}x` }));
    const gone = users.filter((_, n) => n % 10 === 0);
    for (const { serial } of gone) await store.users.erase(company.id, { serial }, at);
    const foundIn = (places: Buffer[], user: User): string[] =>
      [user.employeeID, user.name, user.email!, user.phone!].filter((value) =>
        places.some((place) => place.includes(value) || place.includes(value.toLowerCase())),
      );
    // On SQLite the next truncation follows within a second.
    await vi.waitFor(
      async () => {
        const places = await bytesOf[name]!();
        expect(gone.flatMap((user) => foundIn(places, user))).toEqual([]);
        expect(foundIn(places, users[1]!)).toHaveLength(4);
      },
      { timeout: 10_000, interval: 200 },
    );
  });
});
