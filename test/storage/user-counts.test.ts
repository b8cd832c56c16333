import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { makeUserCounts } from '../../src/storage/sqlite/user-counts.ts';
import { makeSqliteUserStore } from '../../src/storage/sqlite/users.ts';
import type { NewUser } from '../../src/users/ports.ts';
import { newUser, openUsers } from './open-users.ts';

const longest = 6;

interface Stretch {
  start: string;
  active: number;
  inactive: number;
}

test('however users come, change and go, each stretch has the count of its users, none is longer than allowed, and every page its places', async () => {
  const { sqlite, companyId } = await openUsers();
  const counts = makeUserCounts(sqlite, longest);
  let lookedFor: number | undefined;
  const users = makeSqliteUserStore(sqlite, {
    ...counts,
    find: (...given) => ((lookedFor = given[3]), counts.find(...given)),
  });
  sqlite.db.run(sql`insert into companies (id, code, name, created_at) values ('stranger', 'STRA', 'Stranger', 0)`);
  const companies = [companyId, 'stranger'];
  const stored: NewUser[] = [];
  const stretchesOf = (company: string) =>
    sqlite.db.all<Stretch>(
      sql`select start, active, inactive from user_counts where company_id = ${company} order by start`,
    );

  const find = (company: string, isActive: boolean | undefined, offset: number) =>
    sqlite.run((session) => counts.find(session, company, isActive, offset));

  async function check() {
    for (const company of companies) {
      // SQLite compares texts by their bytes, as JavaScript does those of an id.
      const list = stored.filter((user) => user.companyId === company).toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const stretches = stretchesOf(company);
      const inside = (n: number) =>
        list.filter(({ id }) => id >= stretches[n]!.start && !(id >= (stretches[n + 1]?.start ?? '~')));
      expect(stretches.map(({ active, inactive }) => [active, inactive])).toEqual(
        stretches.map((_, n) =>
          [true, false].map((isActive) => inside(n).filter((user) => user.isActive === isActive).length),
        ),
      );
      for (const isActive of [undefined, true, false]) {
        const serials = list
          .filter((user) => isActive === undefined || user.isActive === isActive)
          .map(({ serial }) => serial);
        for (const offset of [...serials.keys(), serials.length, serials.length + 9]) {
          // Of all places before it SQLite steps over one stretch at most.
          if (offset < serials.length)
            expect(offset - (await find(company, isActive, offset)).before).toBeLessThan(
              Math.max(longest, ...stretches.map(({ active, inactive }) => active + inactive)),
            );
          const page = await users.page(company, { isActive }, 0, { offset, limit: 3 });
          expect([page.items.map(({ serial }) => serial), page.total, lookedFor]).toEqual([
            serials.slice(offset, offset + 3),
            serials.length,
            offset,
          ]);
        }
        expect(await users.count(company, { isActive }, 0)).toBe(serials.length);
      }
    }
  }

  await check();
  for (let round = 0; round < 30; round++) {
    const company = companies[Number(Math.random() < 0.3)]!;
    // The last two of a batch are refused.
    const batch = Array.from({ length: 1 + Math.floor(Math.random() * 9) }, (_, n) =>
      newUser(company, `E${round}N${n}`, { isActive: Math.random() < 0.6 }),
    );
    await users.add(
      company,
      [
        ...batch,
        newUser(company, `E${round}N0`),
        newUser(company, `E${round}U`, { organizationSerial: 'COMPUNKNOWN1' }),
      ].map((user) => ({ user, mail: null })),
      { allOrNone: false },
    );
    // The store may have taken other ids.
    const idOf = ({ serial }: NewUser) =>
      sqlite.db.get<{ id: string }>(sql`select id from users where serial = ${serial}`).id;
    stored.push(...batch.map((user) => ({ ...user, id: idOf(user) })));
    if (round % 6 === 5) await check();
    for (const { active, inactive } of stretchesOf(company)) expect(active + inactive).toBeLessThanOrEqual(longest);
  }
  expect(stretchesOf(companyId).length).toBeGreaterThan(10);

  // What is changed by hand is followed, also an id, and into another company that had no users.
  companies.push('third');
  sqlite.db.run(sql`insert into companies (id, code, name, created_at) values ('third', 'THIR', 'Third', 0)`);
  for (const user of stored.splice(0, 40)) {
    const changed = {
      ...user,
      id: Math.random() < 0.3 ? randomUUID() : user.id,
      isActive: Math.random() < 0.5,
      companyId: companies[Math.floor(Math.random() * 3)]!,
    };
    if (Math.random() < 0.3) sqlite.db.run(sql`delete from users where id = ${user.id}`);
    else {
      if (changed.id !== user.id) sqlite.db.run(sql`update users set id = ${changed.id} where id = ${user.id}`);
      sqlite.db.run(
        sql`update users set is_active = ${Number(changed.isActive)}, company_id = ${changed.companyId} where id = ${changed.id}`,
      );
      stored.push(changed);
    }
  }
  await check();
});

test('a batch that is undone is not counted', async () => {
  const { users, companyId } = await openUsers();
  await users.add(
    companyId,
    [newUser(companyId, 'A'), newUser(companyId, 'A')].map((user) => ({ user, mail: null })),
    { allOrNone: true },
  );
  expect(await users.count(companyId, {}, 0)).toBe(0);
});

test('a count that was spoilt by hand refuses no creation', async () => {
  const { sqlite, companyId } = await openUsers();
  const users = makeSqliteUserStore(sqlite, makeUserCounts(sqlite, longest));
  await users.add(companyId, [{ user: newUser(companyId, 'A'), mail: null }], { allOrNone: false });
  sqlite.db.run(sql`update user_counts set active = 100`);
  expect(
    await users.add(companyId, [{ user: newUser(companyId, 'B'), mail: null }], { allOrNone: false }),
  ).toMatchObject([{ kind: 'added' }]);
});

test('a company of 20,001 users has two stretches', async () => {
  const { sqlite, users, companyId } = await openUsers();
  const add = (from: number, to: number) =>
    users.add(
      companyId,
      Array.from({ length: to - from }, (_, n) => ({
        user: newUser(companyId, `E${from + n}`, { id: `id-${String(from + n).padStart(6, '0')}` }),
        mail: null,
      })),
      { allOrNone: false },
    );
  const starts = () =>
    sqlite.db.all<{ start: string }>(sql`select start from user_counts order by start`).map(({ start }) => start);
  await add(0, 20_000);
  expect(starts()).toEqual(['']);
  await add(20_000, 20_001);
  expect(starts()).toEqual(['', 'id-010000']);
});
