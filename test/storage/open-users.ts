import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeAccess } from '../../src/access/access.ts';
import { makeSqliteAccessStore } from '../../src/storage/sqlite/access.ts';
import { makeSqliteUserStore } from '../../src/storage/sqlite/users.ts';
import type { NewUser } from '../../src/users/ports.ts';
import { userSerial } from '../../src/users/serial.ts';
import { openTestSqlite } from '../support/sqlite.ts';

/** A new SQLite file with one company, its users, and the connection itself; deleted after the test. */
export async function openUsers() {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-store-'));
  const sqlite = await openTestSqlite(`file:${join(folder, 'gateway.db')}`);
  onTestFinished(() => {
    sqlite.close();
    rmSync(folder, { recursive: true });
  });
  const access = makeAccess({ store: makeSqliteAccessStore(sqlite, Date.now), now: Date.now });
  await access.createCompany({ code: 'RUKR', name: 'Ruangkerja' });
  const { id } = (await access.findCompany('RUKR'))!;
  return { sqlite, users: makeSqliteUserStore(sqlite), companyId: id };
}

/** A user ready for a store, reachable by an email of its own. */
export function newUser(companyId: string, employeeID: string, more: Partial<NewUser> = {}): NewUser {
  return {
    id: randomUUID(),
    companyId,
    serial: userSerial('John Doe'),
    employeeID,
    name: 'John Doe',
    username: null,
    email: `${employeeID}@example.com`,
    phone: null,
    passwordHash: '$argon2id$',
    isActive: true,
    tagSerials: [],
    organizationSerial: null,
    importKey: null,
    createdAt: new Date(0),
    ...more,
  };
}
