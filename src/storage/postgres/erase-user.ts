import { and, eq } from 'drizzle-orm';
import { foldKey, type UserStore } from '../../users/ports.ts';
import type { Postgres } from './open.ts';
import { erasedUsers, outbox, users, userTags } from './tables.ts';

/** Makes the verb that erases a user. What Postgres keeps of deleted rows ends with the next vacuum. */
export function makeEraseUser({ transaction }: Pick<Postgres, 'transaction'>): UserStore['erase'] {
  return async (companyId, by, erasedAt) => {
    const key = 'serial' in by ? by.serial : foldKey(by.employeeID);
    // Postgres refuses to compare a text with a NUL, which no stored text holds.
    if (key.includes('\0')) return null;
    return transaction(async ({ db }) => {
      const { id, companyId: company, serial, importKey, createdAt } = users;
      const [user] = await db
        .select({ id, companyId: company, serial, importKey, createdAt })
        .from(users)
        .where(and(eq(users.companyId, companyId), eq('serial' in by ? users.serial : users.employeeIDKey, key)))
        // A change of the user that came first is waited for, one that comes later finds nobody.
        .for('update');
      if (!user) return null;
      await db.delete(outbox).where(eq(outbox.userId, user.id));
      await db.delete(userTags).where(eq(userTags.userId, user.id));
      await db.delete(users).where(eq(users.id, user.id));
      await db.insert(erasedUsers).values({ ...user, erasedAt });
      return user.serial;
    });
  };
}
