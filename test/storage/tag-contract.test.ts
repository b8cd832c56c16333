import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Store } from '../../src/storage/store.ts';
import { foldKey } from '../../src/users/ports.ts';
import { addCompany, type Engine, engines } from './engines.ts';

describe.each(Object.entries(engines))('%s', (_, openEngine) => {
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
