import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { openSqlite } from '../../src/storage/sqlite/open.ts';
import { johnDoe, openGateway, help } from '../support/gateway.ts';
import { openUsers } from './open-users.ts';

/** Holds the write lock of a gateway's file, as another process would; answers what lets it go. */
function holdLock(folder: string): () => void {
  const other = new Database(join(folder, 'gateway.db'));
  onTestFinished(() => void other.close());
  other.exec('BEGIN IMMEDIATE');
  return () => void other.exec('COMMIT');
}

const user = (index: number) => ({ ...johnDoe, employeeID: `A${index}`, email: `a${index}@example.com`, phone: null });

test('while another process writes, 30 waiting creations leave the event loop free, and succeed when it ends within 2 s', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  await gateway.app.warmUp();
  const letGo = holdLock(gateway.folder);
  const creations = Array.from({ length: 30 }, (_, index) => gateway.rest(token, user(index)));
  let slowest = 0;
  for (let round = 0; round < 10; round++) {
    const begun = performance.now();
    await sleep(30);
    expect((await gateway.send('/health/live')).status).toBe(200);
    expect((await gateway.graphql(token, '{ user(serial: "X") { name } }')).body).toEqual({ data: { user: null } });
    slowest = Math.max(slowest, performance.now() - begun);
  }
  expect(slowest).toBeLessThan(1_000);
  letGo();
  expect((await Promise.all(creations)).map(({ status }) => status)).toEqual(Array(30).fill(200));
});

test('a database busy for more than 2 s: 503 with Retry-After on both transports, and the next creation succeeds', async () => {
  const gateway = await openGateway({ expectErrors: true });
  const { token } = await gateway.company('RUKR');
  const letGo = holdLock(gateway.folder);
  const [rest, graphql] = await Promise.all([gateway.rest(token, user(1)), gateway.createUser(token, user(2))]);
  expect([rest.status, rest.body.errorCode, rest.body.message]).toEqual([503, 503, 'SERVICE_UNAVAILABLE']);
  expect(Number(rest.headers.get('retry-after'))).toBeGreaterThan(0);
  expect([graphql.status, graphql.body.errors[0].extensions]).toEqual([
    503,
    { code: 'SERVICE_UNAVAILABLE', errorCode: 503, ...help(503) },
  ]);
  expect(Number(graphql.headers.get('retry-after'))).toBeGreaterThan(0);
  for (const { headers } of [rest, graphql])
    expect(gateway.lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({
        msg: 'request',
        requestId: headers.get('x-request-id'),
        reason: 'the database is busy',
      }),
    );
  letGo();
  expect((await gateway.rest(token, user(1))).status).toBe(200);
});

test('a long work gives way where another process wrote lately, and only there', async () => {
  const { folder } = await openGateway();
  const [long, other] = [
    await openSqlite(`file:${join(folder, 'gateway.db')}`),
    new Database(join(folder, 'gateway.db')),
  ];
  onTestFinished(() => [long, other].forEach((database) => void database.close()));
  const waits = () =>
    Promise.race([long.yieldToOtherWriters().then(() => false), new Promise((resolve) => setImmediate(resolve, true))]);
  await long.write(({ db }) => db.run('create table mine (a)'));
  expect(await waits()).toBe(false);
  other.exec('create table theirs (a)');
  expect([await waits(), await waits()]).toEqual([true, true]);
});

test('look-ups for the chunks of a batch that is refused, one right after the other, leave turns of the event loop to others', async () => {
  const { users, companyId } = await openUsers();
  const wanted = Array.from({ length: 200 }, (_, index) => ({
    employeeID: `e${index}`,
    tagSerials: ['NOTAG'],
    organizationSerial: null,
    importKey: null,
  }));
  let turns = 0;
  let others = setImmediate(function turn() {
    turns++;
    others = setImmediate(turn);
  });
  for (let chunk = 0; chunk < 5; chunk++) await users.lookUp(companyId, wanted);
  clearImmediate(others);
  expect(turns).toBeGreaterThanOrEqual(4);
});
