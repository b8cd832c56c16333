import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { makeSealer } from '../../src/mail/seal.ts';
import { openStore } from '../../src/storage/postgres/store.ts';
import { uuidv7 } from '../../src/uuid.ts';
import { makeCompany, startCluster, until } from '../process/cluster.ts';
import { makeFolder, type Program, production } from '../process/program.ts';
import { makeDatabase, openTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { startSmtp } from './kit.ts';

const mails = 1_000;
/** Mails that one process has in flight at most, and one more that it holds a lease on. */
const inFlight = 16;
const held = inFlight + 1;
/** Milliseconds that the mail server takes for each mail. */
const latency = 20;

let server: TestDatabase;
beforeAll(async () => void (server = await openTestDatabase()));
afterAll(() => server?.stop());

test('four gateways deliver 1,000 mails of one outbox, none twice', async () => {
  const { gateways, copies, database } = await deliver();
  await until(() => copies.size === mails);
  const sent = async () =>
    (
      await database.execute(
        `select count(*)::int as count from outbox where state = 'sent' and ciphertext is null and attempts = 1`,
      )
    )[0]!.count;
  await expect.poll(sent, { timeout: 10_000 }).toBe(mails);
  expect([...copies].filter(([, count]) => count !== 1)).toEqual([]);
  expect(gateways.map((gateway) => acceptedBy(gateway).length).filter((count) => count < mails / 20)).toEqual([]);
});

// As long as a lease, 30 s, and what it takes to use it up.
test('one of four gateways is killed: no mail is lost, and only what it had in flight is sent once more', async () => {
  const { gateways, copies, database } = await deliver();
  const victim = gateways[0]!;
  await until(() => copies.size >= mails / 4 && acceptedBy(victim).length > 0);
  await victim.kill();
  const outbox = () => database.execute('select id, state, attempts from outbox');
  await expect
    .poll(async () => (await outbox()).filter(({ state }) => state !== 'sent').length, {
      timeout: 50_000,
      interval: 250,
    })
    .toBe(0);

  const again = (await outbox()).filter(({ attempts }) => attempts > 1);
  // It was killed amid its mails, else nothing was tested.
  expect(again.length).toBeGreaterThan(0);
  expect(again.length).toBeLessThanOrEqual(held);
  expect(again.every(({ attempts }) => attempts === 2)).toBe(true);

  expect(copies.size).toBe(mails);
  const twice = [...copies].filter(([, count]) => count > 1);
  expect(twice.length).toBeLessThanOrEqual(inFlight);
  expect(twice.filter(([id, count]) => count > 2 || !again.some((mail) => mail.id === id))).toEqual([]);
}, 90_000);

const acceptedBy = (gateway: Program) => gateway.log().filter(({ msg }) => msg === 'a mail was accepted');

/** Four gateways at work on a full outbox, and how often each mail, by the id in its Message-ID, was accepted. */
async function deliver() {
  const database = await makeDatabase(server.url);
  onTestFinished(async () => void (await database.drop()));
  const copies = new Map<string, number>();
  const { url: smtpUrl } = await startSmtp({
    onData(stream, _session, done) {
      let source = '';
      stream.setEncoding('utf8').on('data', (text: string) => void (source += text));
      stream.on('end', async () => {
        await sleep(latency);
        const id = /^Message-ID: <(.+)@ruangkerja\.example>\r$/m.exec(source)?.[1] ?? source;
        copies.set(id, (copies.get(id) ?? 0) + 1);
        done();
      });
    },
  });
  const cluster = await startCluster({ size: 4, databaseUrl: database.url, smtpUrl, folder: makeFolder() });
  onTestFinished(cluster.stop);
  await fill(database.url);
  return { gateways: cluster.gateways, copies, database };
}

/** Writes 1,000 users and their mails in one transaction. The gateways look for mails every second. */
async function fill(databaseUrl: string): Promise<void> {
  const { id: companyId } = await makeCompany(databaseUrl);
  const sealer = makeSealer({ current: Buffer.from(production.SECRET_KEY, 'base64') });
  const createdAt = new Date();
  const entries = Array.from({ length: mails }, (_, n) => {
    const [id, mailId, serial] = [uuidv7(Date.now()), uuidv7(Date.now()), `USER${n}`];
    const user = {
      id,
      companyId,
      serial,
      employeeID: `e${n}`,
      name: 'Siti Rahayu',
      username: null,
      email: `user${n}@example.com`,
      phone: null,
      passwordHash: '-',
      isActive: true,
      tagSerials: [],
      organizationSerial: null,
      importKey: null,
      createdAt,
    };
    return { user, mail: { id: mailId, sealed: sealer.seal(mailId, serial, `password ${n}`) } };
  });
  const store = await openStore(databaseUrl, Date.now);
  await store.users.add(companyId, entries, { allOrNone: true });
  await store.close();
}
