import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/storage/store.ts';
import { foldKey } from '../../src/users/ports.ts';
import { addCompany, type Engine, engines } from './engines.ts';

describe.each(Object.entries(engines))('%s', (name, openEngine) => {
  let engine: Engine;
  let store: Store;
  beforeAll(async () => {
    engine = await openEngine();
    store = await engine.open();
  });
  afterAll(async () => {
    await store?.close();
    await engine?.stop();
  });

  const rename = (companyId: string, serial: string, name: string) =>
    store.directory.renameTag(companyId, serial, { name, nameKey: foldKey(name) });

  test('a tag gets another name, or its own in another case; the name of another tag is taken', async () => {
    const [own, other] = [await addCompany(store), await addCompany(store)];
    const [staff, night] = [await own.addTag('Staff'), await own.addTag('Night')];
    await other.addTag('Day');
    expect(await rename(own.id, staff, 'STAFF')).toBe('renamed');
    expect(await rename(own.id, staff, 'night')).toBe('name-taken');
    expect(await rename(own.id, staff, 'Day')).toBe('renamed');
    expect(await store.directory.findTag(own.id, staff)).toEqual({ serial: staff, name: 'Day' });
    expect(await rename(own.id, night, 'staff')).toBe('renamed');
    for (const unknown of ['TAG-0', 'a\0b']) expect(await rename(own.id, unknown, 'X')).toBe('unknown');
    expect(await rename(other.id, staff, 'Foreign')).toBe('unknown');
  });

  test('a tag that is deleted is taken off its users, and leaves their other tags in order', async () => {
    const company = await addCompany(store);
    const stranger = await addCompany(store);
    const serials = [await company.addTag('A'), await company.addTag('B'), await company.addTag('C')];
    const { serial } = await company.addUser({ tagSerials: serials });
    expect(await store.directory.deleteTag(stranger.id, serials[1]!)).toBe(false);
    expect(await store.directory.deleteTag(company.id, serials[1]!)).toBe(true);
    expect(await store.directory.deleteTag(company.id, serials[1]!)).toBe(false);
    expect(await store.directory.deleteTag(company.id, 'a\0b')).toBe(false);
    const user = await store.users.find(company.id, { serial });
    expect(user!.tags.map(({ name }) => name)).toEqual(['A', 'C']);
    expect(await store.directory.findTag(company.id, serials[1]!)).toBeNull();
    const { makeUser } = company;
    const entry = { user: makeUser({ tagSerials: [serials[1]!] }), mail: null };
    expect(await store.users.add(company.id, [entry], { allOrNone: true })).toEqual([{ kind: 'reference-gone' }]);
  });

  test('creations with a tag that is deleted at the same moment have it no more, or are refused as they would be later', async () => {
    const company = await addCompany(store);
    const tag = await company.addTag('Going');
    const creations = Array.from({ length: 30 }, () =>
      store.users.add(company.id, [{ user: company.makeUser({ tagSerials: [tag] }), mail: null }], {
        allOrNone: false,
      }),
    );
    const deleted = store.directory.deleteTag(company.id, tag);
    const kinds = (await Promise.all(creations)).map((outcomes) => outcomes![0]!.kind);
    expect(await deleted).toBe(true);
    expect(kinds.filter((kind) => kind !== 'added' && kind !== 'reference-gone')).toEqual([]);
    const left = await engine.execute(
      `select count(*) as links from user_tags join users on users.id = user_id where company_id = '${company.id}'`,
    );
    expect(Number(left[0]!['links'])).toBe(0);
  });

  test('tags that are renamed, given to new and old users, and deleted at the same moment: each call ends as if it came before or after, and no link is left', async () => {
    const company = await addCompany(store);
    const serials = [await company.addTag('One'), await company.addTag('Two'), await company.addTag('Three')];
    const users = await Promise.all(Array.from({ length: 20 }, () => company.addUser({ tagSerials: serials })));
    // In another order for each, so that two of them could wait for each other.
    const inSomeOrder = (n: number) => [...serials.slice(n % 3), ...serials.slice(0, n % 3)];
    const at = new Date();
    const changes = users.map(({ serial, version }, n) =>
      store.users.write(
        company.id,
        [
          {
            kind: 'change',
            change: { serial, version, set: {}, tagSerials: inSomeOrder(n + 1), endsMails: false, mail: null, at },
          },
        ],
        { allOrNone: false },
      ),
    );
    const creations = users.map((_, n) =>
      store.users.add(company.id, [{ user: company.makeUser({ tagSerials: inSomeOrder(n) }), mail: null }], {
        allOrNone: false,
      }),
    );
    const renames = Array.from({ length: 15 }, (_, n) => rename(company.id, serials[n % 3]!, `Name ${n}`));
    const deletions = serials.map((serial) => store.directory.deleteTag(company.id, serial));
    const later = Array.from({ length: 15 }, (_, n) => rename(company.id, serials[n % 3]!, `Later ${n}`));
    expect(await Promise.all(deletions)).toEqual([true, true, true]);
    const kindsOf = async (writes: Promise<{ kind: string }[] | null>[]) => [
      ...new Set((await Promise.all(writes)).map((outcomes) => outcomes![0]!.kind)),
    ];
    for (const kind of await kindsOf(changes)) expect(['changed', 'reference-gone']).toContain(kind);
    for (const kind of await kindsOf(creations)) expect(['added', 'reference-gone']).toContain(kind);
    for (const renamed of await Promise.all([...renames, ...later])) expect(['renamed', 'unknown']).toContain(renamed);
    expect(
      await engine.execute(
        `select position from user_tags join users on users.id = user_id where company_id = '${company.id}'`,
      ),
    ).toEqual([]);
    for (const serial of serials) expect(await store.directory.findTag(company.id, serial)).toBeNull();
  });

  if (name === 'Postgres')
    test('thirty deletions and renames that wait for another process leave the connections to other companies', async () => {
      const [company, other] = [await addCompany(store), await addCompany(store)];
      const tags: string[] = [];
      for (let n = 0; n < 30; n++) tags.push(await company.addTag(`Tag ${n}`));
      // A lock is waited for half of the time-out.
      const small = await openStore(`${engine.url}?pool=2&statement_timeout=8000`, Date.now);
      try {
        await engine.execute('begin');
        await engine.execute(`select id from tags where company_id = '${company.id}' for update`);
        let ended = 0;
        const { renameTag, deleteTag } = small.directory;
        const calls = tags.map((tag, n) => {
          const call: Promise<unknown> =
            n % 2 ? renameTag(company.id, tag, { name: `N ${n}`, nameKey: `n ${n}` }) : deleteTag(company.id, tag);
          return call.finally(() => ended++);
        });
        const entry = { user: other.makeUser(), mail: null };
        expect(await small.users.add(other.id, [entry], { allOrNone: false })).toMatchObject([{ kind: 'added' }]);
        expect(ended).toBe(0);
        await engine.execute('commit');
        expect(new Set(await Promise.all(calls))).toEqual(new Set([true, 'renamed']));
      } finally {
        await small.close();
      }
    });
});

test('a tag of more users than one transaction takes is deleted whole', async () => {
  const engine = await engines.SQLite();
  const store = await engine.open();
  try {
    const company = await addCompany(store);
    const tag = await company.addTag('Everybody');
    for (let batch = 0; batch < 6; batch++)
      await store.users.add(
        company.id,
        Array.from({ length: 900 }, () => ({ user: company.makeUser({ tagSerials: [tag] }), mail: null })),
        { allOrNone: true },
      );
    expect(await store.directory.deleteTag(company.id, tag)).toBe(true);
    expect(await engine.execute('select count(*) as links from user_tags')).toEqual([{ links: 0 }]);
  } finally {
    await store.close();
    await engine.stop();
  }
});
