import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeSealer } from '../../src/mail/seal.ts';
import { openStore } from '../../src/storage/store.ts';
import type { NewEntry } from '../../src/users/ports.ts';
import { uuidv7 } from '../../src/uuid.ts';
import { makeDatabase } from '../support/postgres.ts';

export const engines = ['SQLite', 'Postgres'] as const;

/**
 * Opens two stores on a new database, as two processes have them, with users whose mails are due.
 * @param server the address of a Postgres server
 */
export async function openTwoStores(engine: (typeof engines)[number], server: () => string) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-outbox-'));
  const database = engine === 'Postgres' ? await makeDatabase(server()) : null;
  const url = database?.url ?? `file:${join(folder, 'gateway.db')}`;
  const store = await openStore(url, Date.now);
  const other = await openStore(url, Date.now);
  const closers: (() => Promise<unknown>)[] = [];
  onTestFinished(async () => {
    await Promise.all(closers.map((close) => close()));
    await Promise.all([store.close(), other.close()]);
    await database?.drop();
    rmSync(folder, { recursive: true });
  });
  const sealer = makeSealer({ current: Buffer.alloc(32, 7) });
  const company = { id: uuidv7(Date.now()), code: 'RUKR', name: 'PT Ruang & Kerja' };
  const createdAt = new Date();
  await store.access.addCompany({ ...company, mailLocale: null, signInUrl: null, replyTo: null, createdAt });
  let count = 0;

  function entry(email: string, at: number, turn: number | undefined): NewEntry & { mail: { id: string } } {
    const [userId, id, serial] = [uuidv7(Date.now(), at), uuidv7(Date.now(), at), `USR${++count}`];
    const user = {
      id: userId,
      companyId: company.id,
      serial,
      employeeID: serial,
      name: 'Siti Rahayu',
      username: null,
      email,
      phone: null,
      passwordHash: '-',
      isActive: true,
      tagSerials: [],
      organizationSerial: null,
      importKey: null,
      createdAt: new Date(),
    };
    return { user, mail: { id, sealed: sealer.seal(id, serial, 'Kunci-rahasia 9!'), ...(turn && { turn }) } };
  }

  return {
    store,
    other,
    sealer,
    keyIds: sealer.keyIds,
    /** Called before the stores are closed. */
    onClose: (close: () => Promise<unknown>) => void closers.push(close),
    /** Adds users whose mails are due, in one transaction. @returns the ids of the mails */
    async add(emails: readonly string[], turnOf: (at: number) => number | undefined = () => undefined) {
      const entries = emails.map((email, at) => entry(email, at, turnOf(at)));
      await store.users.add(company.id, entries, { allOrNone: true });
      return entries.map(({ mail }) => mail.id);
    },
  };
}

export type TwoStores = Awaited<ReturnType<typeof openTwoStores>>;

/** So many addresses, each in a domain of its own. */
export const addresses = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `user@company${from + i}.example`);
