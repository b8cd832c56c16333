import type { AccessStore } from '../access/ports.ts';
import type { MailOutbox } from '../mail/ports.ts';
import type { DirectoryStore } from '../users/directory-store.ts';
import type { IdempotencyStore } from '../users/idempotency-store.ts';
import type { UserStore } from '../users/ports.ts';
import type { DiskState } from './disk.ts';

/** Holds every port of the program on one database. */
export interface Store {
  users: UserStore;
  idempotency: IdempotencyStore;
  outbox: MailOutbox;
  access: AccessStore;
  directory: DirectoryStore;
  /** Waits for a moment where another process wrote lately; for a long piece of work, between two large writes. */
  yieldToOtherWriters(): Promise<void>;
  /** Reads the clock that the database's own times are of, in milliseconds since 1970. */
  clock(): Promise<number>;
  /** Reports what is known of the database's disk, without writing to it. */
  disk(): DiskState;
  /** Reports the free space of that disk; null where it is another machine's. */
  freeBytes(): number | null;
  close(): Promise<void>;
}

/** Tells whether the database of an address is a SQLite file; else it is Postgres. */
export const isSqlite = (url: string): boolean => url.startsWith('file:');

/**
 * Opens the database of an address, `file:…` or `postgres://…`; only its driver is loaded. Creates what is missing and
 * migrates, unless `readOnly`; with `mustExist` it only migrates. Throws an `UnusableDatabase` when the address is
 * wrong or the database is of another version.
 *
 * @param now the clock that the callers' dates were made with, in milliseconds since 1970
 */
export async function openStore(
  url: string,
  now: () => number,
  { readOnly = false, mustExist = false } = {},
): Promise<Store> {
  const { openStore: open } = isSqlite(url) ? await import('./sqlite/store.ts') : await import('./postgres/store.ts');
  return open(url, now, { readOnly, mustExist });
}
