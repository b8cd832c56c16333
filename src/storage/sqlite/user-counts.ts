import type { Sqlite } from './open.ts';

/** How many users a stretch may count before what follows its first half becomes one of its own. */
const longest = 20_000;

export type UserCounts = ReturnType<typeof makeUserCounts>;

interface Counted {
  active: number;
  inactive: number;
}

/** How many users a company has, stretch by stretch of its list. Within the transaction of the caller. For `(select ?)` see `parameter`. */
export function makeUserCounts({ prepare }: Pick<Sqlite, 'prepare'>, longestStretch = longest) {
  const startOf = prepare(
    'select max(start) from user_counts where company_id = (select ?) and start <= (select ?)',
  ).pluck();
  const count = prepare(`
    insert into user_counts (company_id, start, active, inactive) values (?, ?, ?, ?)
    on conflict do update set active = active + excluded.active, inactive = inactive + excluded.inactive returning active, inactive`);
  const stretches = prepare(
    'select start, active, inactive from user_counts where company_id = (select ?) order by start',
  );
  const idAt = prepare(
    'select id from users where company_id = (select ?) and id >= (select ?) order by id limit 1 offset ?',
  ).pluck();
  const activeBetween = prepare(
    'select count(*) from users where company_id = (select ?) and is_active = true and id >= (select ?) and id < (select ?)',
  ).pluck();

  function countIn(companyId: string, start: string, more: Counted): void {
    const { active, inactive } = count.get(companyId, start, more.active, more.inactive) as Counted;
    if (active + inactive <= longestStretch) return;
    const half = Math.floor(longestStretch / 2);
    const middle = idAt.get(companyId, start, half) as string | undefined;
    if (middle === undefined) return;
    const kept = activeBetween.get(companyId, start, middle) as number;
    const moved = { active: active - kept, inactive: inactive - (half - kept) };
    countIn(companyId, start, { active: -moved.active, inactive: -moved.inactive });
    countIn(companyId, middle, moved);
  }

  return {
    /** Counts users that have just been inserted. */
    add(companyId: string, users: readonly { id: string; isActive: boolean }[]): void {
      const added = new Map<string, Counted>();
      for (const { id, isActive } of users) {
        const start = (startOf.get(companyId, id) as string | null) ?? '';
        const counted = added.get(start) ?? { active: 0, inactive: 0 };
        counted[isActive ? 'active' : 'inactive']++;
        added.set(start, counted);
      }
      for (const [start, counted] of added) countIn(companyId, start, counted);
    },
    /** The users of a company, of one state or of both, and the start of the stretch that holds the place `offset` with the users before it. */
    find(
      companyId: string,
      isActive: boolean | undefined,
      offset = 0,
    ): { total: number; start: string; before: number } {
      let [total, start, before] = [0, '', 0];
      for (const stretch of stretches.all(companyId) as (Counted & { start: string })[]) {
        if (total <= offset) [start, before] = [stretch.start, total];
        total += (isActive === false ? 0 : stretch.active) + (isActive === true ? 0 : stretch.inactive);
      }
      return { total, start, before };
    },
  };
}
