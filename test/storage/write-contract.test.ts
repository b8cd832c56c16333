import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../src/storage/store.ts';
import type { NewUser, User, UserChange, UserWrite } from '../../src/users/ports.ts';
import { addCompany, type Engine, engines, keyIds, makeMail } from './engines.ts';
import { claimDue } from '../support/outbox.ts';

const at = new Date('2026-02-28T12:00:00.000Z');
/** A change of a user as it was read. */
const changeOf = (user: User, more: Partial<UserChange>): UserChange => ({
  serial: user.serial,
  version: user.version,
  set: {},
  endsMails: false,
  mail: null,
  at,
  ...more,
});
const change = (user: User, more: Partial<UserChange>): UserWrite => ({ kind: 'change', change: changeOf(user, more) });
const add = (user: NewUser): UserWrite => ({ kind: 'add', entry: { user, mail: null } });

describe.each(Object.entries(engines))('%s', (name, openEngine) => {
  let engine: Engine;
  let store: Store;
  /** Another process on the same database. */
  let other: Store;
  let company: Awaited<ReturnType<typeof addCompany>>;

  beforeAll(async () => {
    engine = await openEngine();
    [store, other] = await Promise.all([engine.open(), engine.open()]);
  });
  afterAll(async () => {
    await Promise.all([store?.close(), other?.close()]);
    await engine?.stop();
  });
  beforeEach(async () => void (company = await addCompany(store)));

  const write = async (steps: readonly UserWrite[], allOrNone = false) =>
    (await store.users.write(company.id, steps, { allOrNone }))!;
  const kindsOf = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);
  const find = ({ serial }: { serial: string }) => other.users.find(company.id, { serial });
  const hashOf = async ({ serial }: { serial: string }) =>
    (await engine.execute(`select password_hash from users where serial = '${serial}'`))[0]!['password_hash'];
  const mailsOf = async ({ serial }: { serial: string }) =>
    (
      await engine.execute(
        `select outbox.id, state from outbox join users on users.id = user_id where serial = '${serial}' order by state`,
      )
    ).map(({ state }) => state);

  test('a change sets what it names, nothing else, and counts the version', async () => {
    const [first, second] = [await company.addTag('a'), await company.addTag('b')];
    const organization = await company.addOrganization();
    const user = await company.addUser({ phone: '62811', username: 'Siti', tagSerials: [first, second] });
    expect([user.version, user.updatedAt]).toEqual([1, user.createdAt]);

    const [outcome] = await write([change(user, { set: { name: 'Šiti Ayu' } })]);
    const renamed = { ...user, name: 'Šiti Ayu', version: 2, updatedAt: at };
    expect(outcome).toEqual({ kind: 'changed', user: renamed });
    expect(await find(user)).toEqual(renamed);

    const everything = {
      employeeID: 'Neu1',
      name: 'Budi',
      username: null,
      email: 'Budi@Example.com',
      phone: '62812',
      isActive: false,
    };
    await write([change(renamed, { set: everything, tagSerials: [second, first], organizationSerial: organization })]);
    expect(await find(user)).toEqual({
      ...renamed,
      ...everything,
      version: 3,
      tags: [user.tags[1], user.tags[0]],
      organization: { serial: organization, name: 'Kantor', isActive: true },
    });
    expect(await hashOf(user)).toBe('$argon2id$secret-hash');
    const keys = { employeeID: 'neu1', email: 'budi@example.com', phone: '62812', username: undefined };
    const [report] = await store.users.lookUp(company.id, [
      { ...keys, tagSerials: [], organizationSerial: null, importKey: null },
    ]);
    expect(report!.taken).toEqual(['employeeID', 'email', 'phone']);
    expect(await store.users.findAll(company.id, { employeeIDs: ['NEU1', user.employeeID] })).toHaveLength(1);

    await write([change((await find(user))!, { tagSerials: [], organizationSerial: null })]);
    expect(await find(user)).toMatchObject({ tags: [], organization: null, version: 4 });
  });

  test('a new password replaces the hash and the mails that wait or died', async () => {
    const user = await company.addUser();
    await write([
      change(user, { set: { email: 'neu@example.com' }, passwordHash: '$new', endsMails: true, mail: makeMail() }),
    ]);
    expect([await hashOf(user), await mailsOf(user)]).toEqual(['$new', ['queued']]);
    const [mail] = (await claimDue(store.outbox, { limit: 100, leaseMs: 30_000, first: true, keyIds })).filter(
      ({ userSerial }) => userSerial === user.serial,
    );
    expect([mail!.email, mail!.replacesPassword]).toEqual(['neu@example.com', true]);
    await write([change((await find(user))!, { set: { email: null, phone: '62811' }, endsMails: true })]);
    expect([await hashOf(user), await mailsOf(user)]).toEqual(['$new', []]);
  });

  test('a change that is decided on another version, or on a user who is gone, changes nothing', async () => {
    const user = await company.addUser();
    const set = { name: 'Budi' };
    const outcomes = await write([
      change({ ...user, version: 2 }, { set }),
      change({ ...user, serial: 'NOBODY' }, { set }),
    ]);
    expect(kindsOf(outcomes)).toEqual(['version-mismatch', 'unknown']);
    expect(
      await store.users.write(company.id.replace(/.$/, '0'), [change(user, { set })], { allOrNone: false }),
    ).toEqual([{ kind: 'unknown' }]);
    expect(await find(user)).toEqual(user);
  });

  test('a tag or an organization that is gone or inactive refuses the change', async () => {
    const user = await company.addUser();
    const inactive = await company.addOrganization(false);
    for (const gone of [
      { tagSerials: ['TAG-GONE'] },
      { organizationSerial: 'COMPGONE' },
      { organizationSerial: inactive },
    ])
      expect(await write([change(user, { set: { name: 'Budi' }, ...gone })])).toEqual([{ kind: 'reference-gone' }]);
    expect(await find(user)).toEqual(user);
  });

  test.each([
    ['employeeID', 'Taken1', 'tAKEN1'],
    ['email', 'taken@example.com', 'Taken@Example.com'],
    ['phone', '62899', '62899'],
    ['username', 'Taken', 'tAKEN'],
  ] as const)('a taken %s refuses its change alone', async (field, value, again) => {
    await company.addUser({ [field]: value });
    const [user, neighbour] = [await company.addUser(), await company.addUser()];
    const outcomes = await write([
      change(user, { set: { [field]: again, name: 'Budi' }, endsMails: true }),
      change(neighbour, { set: { name: 'Budi' } }),
    ]);
    expect(outcomes).toMatchObject([{ kind: 'taken', field }, { kind: 'changed' }]);
    expect([await find(user), await mailsOf(user)]).toEqual([user, ['queued']]);
  });

  test('steps go one after the other: values that were set free are taken, an added user is changed', async () => {
    const [first, second] = [await company.addUser({ username: 'one' }), await company.addUser({ username: 'two' })];
    const added = company.makeUser({ username: 'one', email: 'x@example.com', isActive: false });
    const asAdded = { serial: added.serial, version: 1 } as User;
    const outcomes = await write([
      change(first, { set: { username: 'three' } }),
      add(added),
      change(second, { set: { username: 'one' } }),
      change(asAdded, { set: { username: 'four', isActive: true } }),
      change(second, { set: { username: 'one' } }),
      add(company.makeUser({ username: 'three' })),
    ]);
    expect(kindsOf(outcomes)).toEqual(['changed', 'added', 'taken', 'changed', 'changed', 'taken']);
    expect(await find(added)).toMatchObject({ username: 'four', version: 2 });
    const count = (isActive: boolean) => store.users.count(company.id, { isActive }, 10_000);
    expect([await count(true), await count(false)]).toEqual([3, 0]);
  });

  test('the first users of a company may be added and changed in one write, and are counted right', async () => {
    const user = company.makeUser();
    await write([add(user), change({ serial: user.serial, version: 1 } as User, { set: { isActive: false } })]);
    const count = (isActive: boolean) => store.users.count(company.id, { isActive }, 10_000);
    expect([await count(true), await count(false)]).toEqual([0, 1]);
  });

  test('all or none: one step that fails undoes the others, changes and additions', async () => {
    const user = await company.addUser();
    const added = company.makeUser();
    for (const bad of [add(company.makeUser({ employeeID: user.employeeID })), change({ ...user, version: 9 }, {})]) {
      const steps = [change(user, { set: { name: 'Budi' }, tagSerials: [] }), add(added), bad];
      expect(kindsOf(await write(steps, true)).slice(0, 2)).toEqual(['changed', 'added']);
      expect([await find(user), await find(added)]).toEqual([user, null]);
    }
  });

  test('the record is written by the same transaction, and a lost hold undoes it', async () => {
    const user = await company.addUser();
    const { id: clientId } = await addClient();
    const hold = { clientId, key: 'k', holder: 'h' };
    await store.idempotency.reserve(hold, [Buffer.from('f')], 30_000, 60_000);
    const progress = (outcomes: readonly { kind: string }[]) => ({
      results: JSON.stringify(kindsOf(outcomes)),
      completed: true,
    });
    const lost = { hold: { ...hold, holder: 'other' }, progress };
    const steps = [change(user, { set: { name: 'Budi' } }), add(company.makeUser())];
    expect(await store.users.write(company.id, steps, { allOrNone: false, record: lost })).toBeNull();
    expect(await find(user)).toEqual(user);
    expect(
      kindsOf((await store.users.write(company.id, steps, { allOrNone: false, record: { hold, progress } }))!),
    ).toEqual(['changed', 'added']);
    expect(await store.idempotency.reserve({ ...hold, holder: 'x' }, [Buffer.from('f')], 1, 60_000)).toEqual({
      kind: 'completed',
      results: '["changed","added"]',
    });
  });

  async function addClient() {
    const client = {
      id: company.id.replaceAll('-', ''),
      companyId: company.id,
      name: 'HR',
      scopes: [],
      secretHash: Buffer.alloc(32),
      createdAt: at,
      revokedAt: null,
    };
    await store.access.addClient(client);
    return client;
  }

  test.each(['employeeID', 'email', 'phone', 'username'] as const)(
    'of fifty changes of two users to one %s exactly one wins',
    async (field) => {
      const users = [await company.addUser(), await company.addUser()];
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          (i % 3 ? store : other).users.write(company.id, [change(users[i % 2]!, { set: { [field]: '6281' } })], {
            allOrNone: false,
          }),
        ),
      );
      const kinds = kindsOf(outcomes.map((one) => one![0]!));
      expect(kinds.filter((kind) => kind === 'changed')).toHaveLength(1);
      expect(kinds.filter((kind) => kind === 'taken')).toHaveLength(25);
      expect(kinds.filter((kind) => kind === 'version-mismatch')).toHaveLength(24);
    },
  );

  test('fifty changes that swap a value between two users all end, and each user keeps one', async () => {
    const users = [await company.addUser({ phone: '621' }), await company.addUser({ phone: '622' })];
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const user = users[i % 2]!;
        return (i % 3 ? store : other).users.write(
          company.id,
          [
            change(user, { set: { phone: i % 2 ? '621' : '622' } }),
            change(users[1 - (i % 2)]!, { set: { name: 'B' } }),
          ],
          { allOrNone: false },
        );
      }),
    );
    expect(outcomes.every((one) => one![0]!.kind === 'taken' || one![0]!.kind === 'version-mismatch')).toBe(true);
    expect((await Promise.all(users.map(find))).map((user) => user!.phone)).toEqual(['621', '622']);
  });

  test(`${name} takes a thousand changes in one write`, async () => {
    const tag = await company.addTag('many');
    const entries = Array.from({ length: 1_000 }, () => ({ user: company.makeUser(), mail: null }));
    await store.users.add(company.id, entries, { allOrNone: true });
    const users = await store.users.findAll(company.id, { serials: entries.map(({ user }) => user.serial) });
    const outcomes = await write(
      users.map((user) => change(user, { set: { name: `N ${user.employeeID}`, isActive: false }, tagSerials: [tag] })),
    );
    expect(outcomes.every((one) => one.kind === 'changed' && one.user.name === `N ${one.user.employeeID}`)).toBe(true);
    expect(await store.users.count(company.id, { isActive: false, tagSerial: tag }, 10_000)).toBe(1_000);
  });
});
