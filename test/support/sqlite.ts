import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { pathOf } from '../../src/storage/address.ts';
import { openSqlite } from '../../src/storage/sqlite/open.ts';

/** Opens a SQLite file as the program does, and `db`, a second connection by which a test prepares and inspects it. */
export async function openTestSqlite(url: string) {
  const sqlite = await openSqlite(url);
  const raw = new Database(pathOf(url));
  raw.pragma('foreign_keys = ON');
  return {
    ...sqlite,
    db: drizzle(raw),
    close(): void {
      raw.close();
      sqlite.close();
    },
  };
}
