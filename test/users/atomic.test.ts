import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { type CreateUsersNeeds, makeCreateUsers } from '../../src/users/create-users.ts';
import type { CreateUserInput } from '../../src/users/fields.ts';
import { makeIdempotency } from '../../src/users/idempotency.ts';
import type { AddOutcome, ConflictReport, NewUser } from '../../src/users/ports.ts';
import { johnDoe, openGateway } from '../support/gateway.ts';
import { noIdempotency } from '../support/store.ts';

test.each(['outbox', 'user_tags'])(
  'a user is created whole or not at all: when the insert into %s fails, nothing stays',
  async (table) => {
    const gateway = await openGateway({ expectErrors: true });
    const { token, tag, organization } = await gateway.company('RUKR');
    const input = { ...johnDoe, tagSerials: [tag], organizationSerial: organization };
    const file = new Database(join(gateway.folder, 'gateway.db'));
    onTestFinished(() => void file.close());
    const rows = () =>
      ['users', 'user_tags', 'outbox'].map((name) => file.prepare(`SELECT count(*) FROM ${name}`).pluck().get());
    file.exec(`CREATE TRIGGER broken BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'broken'); END`);
    expect((await gateway.rest(token, input)).status).toBe(500);
    expect((await gateway.createUser(token, input)).status).toBe(500);
    expect(rows()).toEqual([0, 0, 0]);
    file.exec('DROP TRIGGER broken');
    expect((await gateway.rest(token, input)).status).toBe(200);
    expect(rows()).toEqual([1, 1, 1]);
  },
);

const caller = { clientId: 'client', companyId: 'company' };
const nothing: ConflictReport = { taken: [], imported: false, unknownTags: [], organization: 'none' };

/** `createUser` on doubles: `findings` and `outcomes` are answered in turn, the last one for ever. */
function makeDoubles({
  findings = [nothing],
  outcomes = [added],
  crowds = [],
}: { findings?: ConflictReport[]; outcomes?: ((user: NewUser) => AddOutcome)[]; crowds?: string[] } = {}) {
  const calls = {
    moreFollow: [] as (boolean | undefined)[],
    hashed: 0,
    written: [] as NewUser[],
    sealed: [] as string[],
    woken: 0,
    lookedUp: 0,
  };
  const inTurn = <T>(list: T[], turn: number): T => list[Math.min(turn, list.length - 1)]!;
  const hash = async () => `hash ${++calls.hashed}`;
  const needs: CreateUsersNeeds = {
    store: {
      lookUp: async (_, users) => users.map(() => inTurn(findings, calls.lookedUp++)),
      add: async (_, entries, { moreFollow }) => {
        calls.moreFollow.push(moreFollow);
        return entries.map(({ user }) => inTurn(outcomes, calls.written.push(user) - 1)(user));
      },
      write: async () => {
        throw new Error('a creation changes nobody');
      },
      findAll: async () => [],
    },
    idempotency: makeIdempotency({ store: noIdempotency, secretKeys: [] }),
    hasher: { assertCapacity: () => undefined, hash, batchDepth: 1, isWaiting: ({ name }) => crowds.includes(name) },
    rules: async () => ({ defaultCountry: 'ID', passwordMinLength: 8, commonPasswords: new Set(['password1']) }),
    rateLimit: async () => {},
    sealMail: (userSerial) => {
      calls.sealed.push(userSerial);
      return {
        id: `mail ${calls.sealed.length}`,
        sealed: { keyId: 'k', nonce: Buffer.alloc(12), ciphertext: Buffer.alloc(16) },
      };
    },
    wakeDelivery: () => void calls.woken++,
    now: () => 0,
  };
  const createUsers = makeCreateUsers(needs);
  return {
    calls,
    createUsers,
    createUser: async (from: typeof caller, input: CreateUserInput) => {
      const outcome = await createUsers(from, [input]);
      return outcome.kind === 'results' ? outcome.results[0] : outcome;
    },
  };
}

test('the store learns that others of the client follow, but only from a single creation', async () => {
  const { calls, createUser, createUsers } = makeDoubles({ crowds: ['client', 'client batch'] });
  await createUser(caller, johnDoe);
  await createUser({ ...caller, clientId: 'another' }, johnDoe);
  await createUsers(caller, [johnDoe, { ...johnDoe, employeeID: 'E2', email: 'two@example.com', phone: undefined }]);
  expect(calls.moreFollow).toEqual([true, false, false]);
});

function added(user: NewUser): AddOutcome {
  return { kind: 'added', user: { ...user, tags: [], organization: null, version: 1, updatedAt: user.createdAt } };
}

test('a serial that is taken is tried again, its mail sealed anew for the new one, and never answered', async () => {
  const taken = (): AddOutcome => ({ kind: 'taken', field: 'serial' });
  const { calls, createUser } = makeDoubles({ outcomes: [taken, taken, added] });
  const outcome = await createUser(caller, johnDoe);
  const serials = calls.written.map(({ serial }) => serial);
  expect(new Set(serials).size).toBe(3);
  expect(calls.sealed).toEqual(serials);
  expect(outcome).toMatchObject({ user: { serial: serials[2] }, passwordDelivery: 'EMAIL' });
  expect([calls.hashed, calls.woken]).toEqual([1, 1]);
});

test.each([
  ['employeeID', 'USER_EMPLOYEE_ID_EXISTS'],
  ['email', 'USER_EMAIL_EXISTS'],
  ['phone', 'USER_PHONE_EXISTS'],
  ['username', 'USER_USERNAME_EXISTS'],
] as const)(
  'a violation of %s whose look-up finds nobody any more is told by its own code, and no delivery is woken',
  async (field, name) => {
    const { calls, createUser } = makeDoubles({ outcomes: [() => ({ kind: 'taken', field })] });
    expect(await createUser(caller, { ...johnDoe, username: 'john' })).toEqual({
      kind: 'refused',
      problems: [{ name, detail: expect.any(String), path: [field] }],
    });
    expect(calls.woken).toBe(0);
  },
);

test('after a violation everything that is taken by now is told, not only what the database named', async () => {
  const { createUser } = makeDoubles({
    findings: [
      nothing,
      { taken: ['employeeID', 'email', 'phone'], imported: false, unknownTags: [], organization: 'none' },
    ],
    outcomes: [() => ({ kind: 'taken', field: 'phone' })],
  });
  expect(await createUser(caller, johnDoe)).toMatchObject({
    problems: [{ name: 'USER_EMPLOYEE_ID_EXISTS' }, { name: 'USER_EMAIL_EXISTS' }, { name: 'USER_PHONE_EXISTS' }],
  });
});

test('an organization that became inactive since the look-up is told as one that was', async () => {
  const { calls, createUser } = makeDoubles({
    findings: [
      { ...nothing, organization: 'active' },
      { ...nothing, organization: 'inactive' },
    ],
    outcomes: [() => ({ kind: 'reference-gone' })],
  });
  expect(await createUser(caller, { ...johnDoe, organizationSerial: 'COMPAAAAAAAA' })).toMatchObject({
    problems: [{ name: 'ORGANIZATION_INACTIVE', path: ['organizationSerial'] }],
  });
  expect(calls.woken).toBe(0);
});

test('no hash is made and nothing is written for bad input or for a conflict', async () => {
  const bad = makeDoubles();
  for (const input of [
    {},
    { ...johnDoe, email: 'no address' },
    { ...johnDoe, password: 'password1' },
    { ...johnDoe, tagSerials: 'TAG' },
  ]) {
    expect(await bad.createUser(caller, input)).toHaveProperty('problems');
  }
  const conflict = makeDoubles({ findings: [{ ...nothing, taken: ['email'] }] });
  expect(await conflict.createUser(caller, { ...johnDoe, password: 'Xk9#mQ2v-long' })).toHaveProperty('problems');
  for (const { calls } of [bad, conflict]) expect(calls).toMatchObject({ hashed: 0, written: [], sealed: [] });
});

test('the password itself never reaches the store', async () => {
  const { calls, createUser } = makeDoubles();
  await createUser(caller, { ...johnDoe, password: 'Xk9#mQ2v-long' });
  expect(calls.written).toHaveLength(1);
  expect(JSON.stringify(calls.written)).not.toContain('Xk9#mQ2v-long');
});
