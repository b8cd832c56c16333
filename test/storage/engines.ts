import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import type { Company } from '../../src/access/ports.ts';
import type { OutboxEntry } from '../../src/outbox/ports.ts';
import { openStore, type Store } from '../../src/storage/store.ts';
import type { NewUser } from '../../src/users/ports.ts';
import { foldKey } from '../../src/users/ports.ts';
import { uuidv7 } from '../../src/uuid.ts';
import { openTestDatabase } from '../support/postgres.ts';

/** An engine whose stores are those of processes on one database. */
export interface Engine {
  url: string;
  open(): Promise<Store>;
  /** Sends one statement of the SQL that both engines speak. */
  execute(statement: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export const engines = {
  SQLite: async (): Promise<Engine> => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-engine-'));
    const url = `file:${join(folder, 'gateway.db')}`;
    await (await openStore(url, Date.now)).close();
    const raw = new Database(join(folder, 'gateway.db'));
    return {
      url,
      open: () => openStore(url, Date.now),
      execute: async (statement) => {
        const prepared = raw.prepare<[], Record<string, unknown>>(statement);
        return prepared.reader ? prepared.all() : (prepared.run(), []);
      },
      stop: async () => {
        raw.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
  Postgres: async (): Promise<Engine> => {
    const database = await openTestDatabase();
    const client = new pg.Client(database.url);
    await client.connect();
    return {
      url: database.url,
      open: () => openStore(database.url, Date.now),
      execute: async (statement) => (await client.query(statement)).rows,
      stop: async () => {
        await client.end();
        await database.stop();
      },
    };
  },
};

let count = 0;
export const keyIds = ['key'];
export const makeMail = (): OutboxEntry => ({
  id: uuidv7(Date.now()),
  sealed: { keyId: keyIds[0]!, nonce: Buffer.alloc(12, 1), ciphertext: Buffer.from('sealed-password') },
});

/** A company of a store, and what a test adds to it. */
export async function addCompany(store: Store) {
  const code = [0, 1, 2, 3].map((i) => String.fromCharCode(65 + (Math.floor(++count / 26 ** i) % 26))).join('');
  const company: Company = {
    id: uuidv7(Date.now()),
    code,
    name: `PT ${code}`,
    mailLocale: null,
    signInUrl: null,
    replyTo: null,
    createdAt: new Date(),
  };
  await store.access.addCompany(company);
  const owned = () => ({ id: uuidv7(Date.now()), companyId: company.id, createdAt: new Date() });
  const makeUser = (over: Partial<NewUser> = {}): NewUser => {
    const n = ++count;
    return {
      ...owned(),
      serial: `SERI${String(n).padStart(12, '0')}`,
      employeeID: `Emp${n}`,
      name: 'Siti Rahayu',
      username: null,
      email: `siti.${n}@example.com`,
      phone: null,
      passwordHash: '$argon2id$secret-hash',
      isActive: true,
      tagSerials: [],
      organizationSerial: null,
      importKey: null,
      ...over,
    };
  };
  return {
    id: company.id,
    makeUser,
    addUser: async (over: Partial<NewUser> = {}, mail: OutboxEntry | null = makeMail()) => {
      const [outcome] = (await store.users.add(company.id, [{ user: makeUser(over), mail }], { allOrNone: true }))!;
      if (outcome?.kind !== 'added') throw new Error(`the user was ${outcome?.kind}`);
      return outcome.user;
    },
    addTag: async (name: string) => {
      const serial = `TAG-${++count}`;
      await store.directory.addTag({ ...owned(), serial, name, nameKey: foldKey(name) });
      return serial;
    },
    addOrganization: async (isActive = true) => {
      const serial = `COMP${++count}`;
      await store.directory.addOrganization({ ...owned(), parentSerial: null, serial, name: 'Kantor', isActive });
      return serial;
    },
  };
}
