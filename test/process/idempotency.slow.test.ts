import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeAccess } from '../../src/access/access.ts';
import { openStore } from '../../src/storage/store.ts';
import { startSmtp } from '../mail/kit.ts';
import { openTestDatabase } from '../support/postgres.ts';
import { makeFolder, post, production, type Program, start, userOf } from './program.ts';

/** Two production processes on one database with a mail server, and a token of a client. */
async function openPair(engine: string) {
  const folder = makeFolder();
  const database = engine === 'Postgres' ? await openTestDatabase() : null;
  if (database) onTestFinished(() => database.stop());
  const DATABASE_URL = database?.url ?? `file:${join(folder, 'gateway.db')}`;
  const store = await openStore(DATABASE_URL, Date.now);
  const access = makeAccess({ store: store.access, now: Date.now });
  await access.createCompany({ code: 'RUKR', name: 'Ruangkerja' });
  const { clientID } = await access.createClient((await access.findCompany('RUKR'))!, {
    name: 'HR',
    scopes: ['users:create'],
  });
  const token = await access.issueToken(clientID, ['users:create']);
  const smtp = await startSmtp();
  const env = { ...production, DATABASE_URL, SMTP_URL: smtp.url };
  const programs = await Promise.all([start(folder, env), start(folder, env)]);
  onTestFinished(async () => {
    await Promise.all(programs.map((program) => program.kill()));
    await store.close();
  });
  return { store, token, programs, smtp, folder, env };
}

const create = (program: Program, token: string, employeeID: string, key: string) =>
  post(program.port(), token, userOf(employeeID), {
    headers: { Authorization: token, 'Content-Type': 'application/json', 'Idempotency-Key': key },
  }).then(
    async (answer) => ({ status: answer.status, body: await answer.json() }),
    () => ({ status: 0, body: null }),
  );

test.each(['SQLite', 'Postgres'])(
  'identical requests with one key at the same instant, on two processes on %s: one user, one mail',
  async (engine) => {
    const { token, programs, smtp, store } = await openPair(engine);
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all(
        [...programs, ...programs].map((program) =>
          create(program, token, `E${round}`, `"key ${round}"`.replace(' ', '-')),
        ),
      );
      const serials = new Set(answers.flatMap(({ status, body }) => (status === 200 ? [body.data.serial] : [])));
      expect(serials.size).toBe(1);
      for (const { status, body } of answers)
        expect(status === 200 ? status : body.errorCode).toBe(status === 200 ? 200 : 13102);
      const again = await create(programs[round % 2]!, token, `E${round}`, `key-${round}`);
      expect([again.status, serials.has(again.body.data?.serial)]).toEqual([200, true]);
    }
    await vi.waitFor(() => expect(smtp.received).toHaveLength(5), { timeout: 10_000 });
    await vi.waitFor(async () =>
      expect((await store.outbox.list({ limit: 10, state: 'sent' })).map(({ email }) => email).toSorted()).toEqual(
        [0, 1, 2, 3, 4].map((round) => `E${round}@example.com`),
      ),
    );
  },
);

test(
  'kill -9 amid requests with keys: repeated with their keys on the next process, each is one user with one mail row',
  { timeout: 60_000 },
  async () => {
    const { token, programs, store, folder, env } = await openPair('SQLite');
    const [first] = programs;
    const unanswered: number[] = [];
    let next = 0;
    let answered = 0;
    const stream = async (): Promise<void> => {
      for (;;) {
        const n = next++;
        const { status } = await create(first!, token, `E${n}`, `key-${n}`);
        if (status !== 200) return void unanswered.push(n);
        answered++;
      }
    };
    const streams = Array.from({ length: 8 }, stream);
    await vi.waitFor(() => expect(answered).toBeGreaterThan(100), { interval: 1, timeout: 10_000 });
    first!.child.kill('SIGKILL');
    await Promise.all(streams);
    const again = await start(folder, env);
    // A hold of the dead process lasts 30 s at most.
    await Promise.all(
      unanswered.map((n) =>
        vi.waitFor(async () => expect((await create(again, token, `E${n}`, `key-${n}`)).status).toBe(200), {
          timeout: 40_000,
          interval: 500,
        }),
      ),
    );
    const mails = (await store.outbox.list({ limit: 10_000 })).map(({ email }) => email).toSorted();
    expect(mails).toEqual(Array.from({ length: next }, (_, n) => `E${n}@example.com`).toSorted());
  },
);
