import type { UserStore } from '../../users/ports.ts';
import { makeEraseUser } from './erase-user.ts';
import { makeLookUpConflicts } from './look-up-conflicts.ts';
import type { Sqlite } from './open.ts';
import { makeSqliteUserReader } from './read-users.ts';
import { makeReplacePassword } from './replace-password.ts';
import { makeUserCounts } from './user-counts.ts';
import { makeWriteUsers } from './write-users.ts';

/** Makes the store of the users of all companies in one SQLite file. */
export function makeSqliteUserStore(sqlite: Sqlite, counts = makeUserCounts(sqlite)): UserStore {
  return {
    ...makeSqliteUserReader(sqlite, counts),
    lookUp: makeLookUpConflicts(sqlite),
    ...makeWriteUsers(sqlite, counts),
    erase: makeEraseUser(sqlite),
    replacePassword: makeReplacePassword(sqlite),
  };
}
