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

test('whatever order users come in, each stretch has the count of its users, none is longer than allowed, and every page its places', async () => {
  const { sqlite, companyId } = await openUsers();
  const users = makeSqliteUserStore(sqlite, makeUserCounts(sqlite, longest));
  sqlite.db.run(sql`insert into companies values ('stranger', 'STRA', 'Stranger', null, 0)`);
  const companies = [companyId, 'stranger'];
  const stored: NewUser[] = [];
  const stretchesOf = (company: string) => sqlite.db.all<Stretch>(sql`select start, active, inactive from user_counts where company_id = ${company} order by start`);

  async function check() {
    for (const company of companies) {
      // SQLite compares texts by their bytes, as JavaScript does those of an id.
      const list = stored.filter((user) => user.companyId === company).toSorted((a, b) => (a.id < b.id ? -1 : 1));
      const stretches = stretchesOf(company);
      const inside = (n: number) => list.filter(({ id }) => id >= stretches[n]!.start && !(id >= (stretches[n + 1]?.start ?? '~')));
      expect(stretches.map(({ active, inactive }) => [active, inactive])).toEqual(
        stretches.map((_, n) => [true, false].map((isActive) => inside(n).filter((user) => user.isActive === isActive).length)),
      );
      for (const isActive of [undefined, true, false]) {
        const serials = list.filter((user) => isActive === undefined || user.isActive === isActive).map(({ serial }) => serial);
        for (const offset of [...serials.keys(), serials.length, serials.length + 9]) {
          const page = await users.page(company, { isActive }, 0, { offset, limit: 3 });
          expect([page.items.map(({ serial }) => serial), page.total]).toEqual([serials.slice(offset, offset + 3), serials.length]);
        }
        expect(await users.count(company, { isActive }, 0)).toBe(serials.length);
      }
    }
  }

  await check();
  for (let round = 0; round < 30; round++) {
    const company = companies[Number(Math.random() < 0.3)]!;
    // The ids are random. The last of a batch is taken already, so that it is refused.
    const batch = Array.from({ length: 1 + Math.floor(Math.random() * 9) }, (_, n) => newUser(company, `E${round}N${n}`, { isActive: Math.random() < 0.6 }));
    await users.add(company, [...batch, newUser(company, `E${round}N0`)].map((user) => ({ user, mail: null })), { allOrNone: false });
    stored.push(...batch);
    if (round % 6 === 5) await check();
    for (const { active, inactive } of stretchesOf(company)) expect(active + inactive).toBeLessThanOrEqual(longest);
  }
  expect(stretchesOf(companyId).length).toBeGreaterThan(10);

  // What is changed by hand is followed, even into another company that had no users.
  companies.push('third');
  sqlite.db.run(sql`insert into companies values ('third', 'THIR', 'Third', null, 0)`);
  for (const user of stored.splice(0, 40)) {
    const changed = { ...user, isActive: Math.random() < 0.5, companyId: companies[Math.floor(Math.random() * 3)]! };
    if (Math.random() < 0.3) sqlite.db.run(sql`delete from users where id = ${user.id}`);
    else {
      sqlite.db.run(sql`update users set is_active = ${Number(changed.isActive)}, company_id = ${changed.companyId} where id = ${user.id}`);
      stored.push(changed);
    }
  }
  await check();
});

test('a batch that is undone is not counted', async () => {
  const { users, companyId } = await openUsers();
  await users.add(companyId, [newUser(companyId, 'A'), newUser(companyId, 'A')].map((user) => ({ user, mail: null })), { allOrNone: true });
  expect(await users.count(companyId, {}, 0)).toBe(0);
});
