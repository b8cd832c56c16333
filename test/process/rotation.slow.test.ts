import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeAccess } from '../../src/access/access.ts';
import { openStore } from '../../src/storage/store.ts';
import { startSmtp } from '../mail/kit.ts';
import { openTestDatabase } from '../support/postgres.ts';
import { makeFolder, post, production, type Program, start, userOf } from './program.ts';

const [old, fresh] = [7, 8].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [string, string];

/** A database with a client, and gateways on it, each with keys of its own. */
async function openDatabase(engine: string) {
  const folder = makeFolder();
  const database = engine === 'Postgres' ? await openTestDatabase() : null;
  if (database) onTestFinished(() => database.stop());
  const DATABASE_URL = database?.url ?? `file:${join(folder, 'gateway.db')}`;
  const store = await openStore(DATABASE_URL, Date.now);
  onTestFinished(() => store.close());
  const access = makeAccess({ store: store.access, now: Date.now });
  await access.createCompany({ code: 'RUKR', name: 'Ruangkerja' });
  const company = (await access.findCompany('RUKR'))!;
  const { clientID } = await access.createClient(company, { name: 'HR', scopes: ['users:create'] });
  const token = await access.issueToken(clientID, ['users:create']);
  const begin = (keys: Record<string, string>, SMTP_URL: string) =>
    start(folder, { ...production, DATABASE_URL, SMTP_URL, RATE_LIMIT: '0', ...keys });
  const create = async (program: Program, employeeID: string) =>
    expect((await post(program.port(), token, userOf(employeeID))).status).toBe(200);
  return { store, begin, create };
}

const stop = async (program: Program) => {
  program.child.kill('SIGTERM');
  await program.ended;
};
const ready = async (program: Program) => {
  const answer = await fetch(`http://127.0.0.1:${program.port()}/health/ready`);
  return [answer.status, ((await answer.json()) as { mailsWaitingForKey?: number }).mailsWaitingForKey];
};
const waitingTold = (program: Program) =>
  program.log().flatMap(({ msg, mails }) => (String(msg).startsWith('mails wait for the key') ? [mails] : []));

test.each(['SQLite', 'Postgres'])(
  'on %s mails whose key is not there wait, are reported, hold up no others, and go out when it is back',
  async (engine) => {
    const { store, begin, create } = await openDatabase(engine);
    const { received, url } = await startSmtp();
    const first = await begin({ SECRET_KEY: old }, 'smtp://127.0.0.1:1');
    for (let n = 0; n < 20; n++) await create(first, `E${n}`);
    await stop(first);

    const wrong = await begin({ SECRET_KEY: fresh }, url);
    expect(waitingTold(wrong)).toEqual([20]);
    expect(await ready(wrong)).toEqual([200, 20]);
    await create(wrong, 'NEW');
    await vi.waitFor(() => expect(received.map(({ to }) => to[0])).toEqual(['NEW@example.com']), { timeout: 20_000 });
    const states = async () =>
      (await store.outbox.list({ limit: 100 })).map(({ state, attempts }) => `${state} ${attempts}`).toSorted();
    await vi.waitFor(async () => expect(await states()).toEqual([...Array(20).fill('queued 0'), 'sent 1']), {
      timeout: 20_000,
    });
    await stop(wrong);

    const right = await begin({ SECRET_KEY: fresh, SECRET_KEY_PREVIOUS: old }, url);
    expect(waitingTold(right)).toEqual([]);
    await vi.waitFor(() => expect(received).toHaveLength(21), { timeout: 20_000 });
    expect(await ready(right)).toEqual([200, undefined]);
  },
  120_000,
);

test('the two steps of a rotation, each a rolling restart of two processes: every mail goes out once and none waits', async () => {
  const { store, begin, create } = await openDatabase('SQLite');
  const { received, url } = await startSmtp();
  const programs = [await begin({ SECRET_KEY: old }, url), await begin({ SECRET_KEY: old }, url)];
  onTestFinished(async () => void (await Promise.all(programs.map((program) => program.kill()))));
  let users = 0;
  const use = async () => {
    for (const program of programs) for (let n = 0; n < 5; n++) await create(program, `E${users++}`);
    for (const program of programs) expect(await ready(program)).toEqual([200, undefined]);
  };
  await use();
  const steps: Record<string, string>[] = [
    { SECRET_KEY: old, SECRET_KEY_PREVIOUS: fresh },
    { SECRET_KEY: fresh, SECRET_KEY_PREVIOUS: old },
    { SECRET_KEY: fresh },
  ];
  for (const keys of steps) {
    for (const at of programs.keys()) {
      await stop(programs[at]!);
      programs[at] = await begin(keys, url);
      expect(waitingTold(programs[at]!)).toEqual([]);
      await use();
    }
    // What the old key sealed is sent before that key goes.
    await vi.waitFor(async () => expect(await store.outbox.list({ state: 'queued', limit: 100 })).toEqual([]), {
      timeout: 20_000,
    });
  }
  const addressees = received.map(({ to }) => to[0]).toSorted();
  expect(addressees).toEqual(Array.from({ length: users }, (_, n) => `E${n}@example.com`).toSorted());
}, 180_000);
