import '../src/preload.ts';
import { availableParallelism } from 'node:os';
import { hash } from '@node-rs/argon2';
import Database from 'better-sqlite3';
import { pathOf } from '../src/storage/address.ts';
import { openSqlite } from '../src/storage/sqlite/open.ts';
import { uuidv7 } from '../src/uuid.ts';

/**
 * The two ceilings, each in a process of its own. `hashes`: argon2id as OWASP has it, as many at once as there are
 * cores.
 * `inserts`: users by a prepared statement into the SQLite file of DATABASE_URL, `groupSize` in each transaction,
 * `synchronous=FULL`. Answers a message of seconds with runs a second.
 */
const [mode = ''] = process.argv.slice(2);
/** As many as there are connections: more can never wait for one commit. */
const groupSize = 32;
const companyId = '00000000-0000-7000-8000-000000000001';

process.on('message', async (seconds: number) => process.send!(await measure(seconds)));
const measure = mode === 'hashes' ? hashes : await inserts();
process.send!('ready');

async function hashes(seconds: number): Promise<number> {
  const begun = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      while (performance.now() - begun < seconds * 1_000) {
        await hash('correct horse battery staple', { memoryCost: 19_456, timeCost: 2 });
        done++;
      }
    }),
  );
  return (done * 1_000) / (performance.now() - begun);
}

async function inserts() {
  const path = process.env['DATABASE_URL']!;
  (await openSqlite(path)).close();
  const db = new Database(pathOf(path));
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'wal_autocheckpoint = 4000', 'foreign_keys = ON'])
    db.pragma(pragma);
  db.prepare(`insert into companies (id, code, name, created_at) values (?, 'RUKR', 'Ruangkerja', 0)`).run(companyId);
  const insert = db.prepare(`
    insert into users (id, company_id, serial, employee_id, employee_id_key, name, name_key, phone, password_hash, is_active, created_at)
    values (?, '${companyId}', ?, ?, ?, 'John Doe', 'john doe', ?, ?, 1, ?)`);
  const passwordHash = await hash('correct horse battery staple', { memoryCost: 8, timeCost: 1 });
  let count = 0;
  const group = db.transaction(() => {
    for (let n = 0; n < groupSize; n++) {
      const number = String(++count).padStart(8, '0');
      insert.run(
        uuidv7(Date.now(), n),
        `JOHN${Math.random().toString(36).slice(2, 8)}${number}`,
        `E${number}`,
        `e${number}`,
        `62811${number}`,
        passwordHash,
        Date.now(),
      );
    }
  });

  return async (seconds: number): Promise<number> => {
    const before = count;
    const begun = performance.now();
    while (performance.now() - begun < seconds * 1_000) group.immediate();
    return ((count - before) * 1_000) / (performance.now() - begun);
  };
}
