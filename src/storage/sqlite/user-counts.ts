import type { Sqlite } from './open.ts';
import { onlyValue, type Session } from './session.ts';

/** Users that a bucket may count before its second half becomes a bucket of its own. */
const maxBucketUsers = 20_000;

/** The counts of the users of all companies. */
export type UserCounts = ReturnType<typeof makeUserCounts>;

interface Counts {
  active: number;
  inactive: number;
}

/**
 * Makes the counts of a company's users, bucket by bucket of its list (docs/decisions/0034). The code counts the users
 * that it adds, since a trigger would double the time of an insert; triggers follow changes.
 */
export function makeUserCounts({ prepare }: Pick<Sqlite, 'prepare'>, maxUsers = maxBucketUsers) {
  const startOf = prepare(
    'select max(start) from user_counts where company_id = ? and start <= ?',
    onlyValue<string | null>,
  );
  const count = prepare<Counts>(`
    insert into user_counts (company_id, start, active, inactive) values (?, ?, ?, ?)
    on conflict do update set active = active + excluded.active, inactive = inactive + excluded.inactive
    returning active, inactive`);
  const bucketsOf = prepare<Counts & { start: string }>(
    'select start, active, inactive from user_counts where company_id = ? order by start',
  );
  const idAt = prepare(
    'select id from users where company_id = ? and id >= ? order by id limit 1 offset ?',
    onlyValue<string>,
  );
  const activeBetween = prepare(
    'select count(*) from users where company_id = ? and is_active = true and id >= ? and id < ?',
    onlyValue<number>,
  );

  /** Adds to a bucket, and splits it when it has too many users. */
  function countIn(session: Session, companyId: string, start: string, added: Counts): void {
    const { active, inactive } = session.get(count, companyId, start, added.active, added.inactive)!;
    if (active + inactive <= maxUsers) return;
    const half = Math.floor(maxUsers / 2);
    const middle = session.get(idAt, companyId, start, half);
    if (middle === undefined) return;
    const activeKept = session.get(activeBetween, companyId, start, middle)!;
    const moved = { active: active - activeKept, inactive: inactive - (half - activeKept) };
    countIn(session, companyId, start, { active: -moved.active, inactive: -moved.inactive });
    countIn(session, companyId, middle, moved);
  }

  return {
    /** Counts users that the same transaction inserted. */
    add(session: Session, companyId: string, users: readonly { id: string; isActive: boolean }[]): void {
      const added = new Map<string, Counts>();
      for (const { id, isActive } of users) {
        const start = session.get(startOf, companyId, id) ?? '';
        const counts = added.get(start) ?? { active: 0, inactive: 0 };
        counts[isActive ? 'active' : 'inactive']++;
        added.set(start, counts);
      }
      for (const [start, counts] of added) countIn(session, companyId, start, counts);
    },
    /**
     * Finds how many users of one state, or of both, a company has, and where to read from for a position.
     *
     * @returns the start of the bucket that holds the position `offset`, and the users `before` that bucket
     */
    find(
      session: Session,
      companyId: string,
      isActive: boolean | undefined,
      offset = 0,
    ): { total: number; start: string; before: number } {
      let [total, start, before] = [0, '', 0];
      for (const bucket of session.all(bucketsOf, companyId)) {
        if (total <= offset) [start, before] = [bucket.start, total];
        total += (isActive === false ? 0 : bucket.active) + (isActive === true ? 0 : bucket.inactive);
      }
      return { total, start, before };
    },
  };
}
