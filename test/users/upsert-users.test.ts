import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { gatewayOn, stores } from '../support/both-stores.ts';
import { openGateway } from '../support/gateway.ts';
import { changeCases, other, present, type ShownUser, userAfter, userFields, wordsOf } from './change-cases.ts';

const upsertMutation = /* GraphQL */ `
  mutation UpsertUsers(
    $inputs: [CreateUserInput!]!
    $mode: UpsertMode! = CREATE_OR_UPDATE
    $onError: OnError! = SKIP
    $dryRun: Boolean
    $idempotencyKey: String
  ) {
    upsertUsers(inputs: $inputs, mode: $mode, onError: $onError, dryRun: $dryRun, idempotencyKey: $idempotencyKey) {
      createdCount
      updatedCount
      unchangedCount
      validCount
      errorCount
      replayed
      results {
        __typename
        ... on UserCreated {
          passwordDelivery
          user {
            ${userFields}
          }
        }
        ... on UserUpdated {
          changed
          passwordDelivery
          user {
            ${userFields}
          }
        }
        ... on UserUnchanged {
          user {
            ${userFields}
          }
        }
        ... on UserValid {
          action
          changed
          passwordDelivery
        }
        ... on UpsertUserError {
          errorCode
          problems {
            errorCode
            path
          }
        }
      }
    }
  }
`;

const updateMutation = /* GraphQL */ `
  mutation UpdateUser($by: UserKey!, $input: UpdateUserInput!) {
    updateUser(by: $by, input: $input) {
      __typename
      ... on UserUpdated {
        changed
        passwordDelivery
      }
      ... on UpdateUserError {
        problems {
          errorCode
          path
        }
      }
    }
  }
`;

interface Result {
  __typename: string;
  user?: ShownUser;
  changed?: string[];
  action?: string;
  passwordDelivery?: string;
  problems?: { errorCode: number; path: string[] }[];
}

/** In short: `created`, `updated name`, `unchanged`, `UPDATE name`, or numbers. */
function verdict({ __typename, changed = [], action, problems }: Result): string {
  const names: Record<string, string> = { UserCreated: 'created', UserUpdated: 'updated', UserUnchanged: 'unchanged' };
  if (problems) return problems.map(({ errorCode }) => errorCode).join(' ');
  return [action ?? names[__typename], ...changed].join(' ');
}

const allScopes = ['users:create', 'users:read', 'users:update'] as const;

type Input = Record<string, unknown>;

/** Few values, so that inputs meet the same users and take each other's values. */
const anyInput: fc.Arbitrary<Input> = fc.record(
  {
    employeeID: fc.constantFrom('A1', 'a1', 'B2', 'b2', 'C3', 'bad id'),
    name: fc.constantFrom('Budi', 'Ani', ' '),
    isActive: fc.boolean(),
    username: fc.constantFrom('u1', 'U1', 'u2', null),
    email: fc.constantFrom('a@x.com', 'b@x.com', 'B@x.com', 'c@x.com', null, 'wrong'),
    phone: fc.constantFrom('6281122334451', '6281122334452', '081122334453', null),
    password: fc.constantFrom(null, null, 'Kx7!mpq9-Zwt2', 'short'),
    tagSerials: fc.constantFrom(['TAG'], ['OTHER_TAG', 'TAG'], null, ['none']),
    organizationSerial: fc.constantFrom('ORGANIZATION', 'INACTIVE', null),
  },
  { requiredKeys: ['employeeID', 'name', 'isActive'] },
);
const anyCall = fc.record({
  mode: fc.constantFrom('CREATE_OR_UPDATE', 'CREATE_OR_UPDATE', 'UPDATE_ONLY'),
  inputs: fc.array(anyInput, { minLength: 1, maxLength: 12 }),
});

/** What a dry run says of an input that a real one answers so. */
function asDry(verdict: string): string {
  return verdict.replace('created', 'CREATE').replace('updated', 'UPDATE').replace('unchanged', 'NOTHING');
}

describe.each(stores)('%s', (store) => {
  const shared = gatewayOn(store);

  async function newCompany() {
    const gateway = shared.gateway();
    const company = await shared.newCompany([...allScopes]);
    const { serials, own } = await wordsOf(gateway, company);
    async function upsert(inputs: object[], variables: object = {}) {
      const { status, body } = await gateway.graphql(company.token, upsertMutation, {
        inputs: own(inputs),
        ...variables,
      });
      expect([status, body.errors]).toEqual([200, undefined]);
      const { results, ...counts } = body.data.upsertUsers as { results: Result[]; [count: string]: unknown };
      return { results, counts, verdicts: results.map(verdict) };
    }
    async function find(employeeID: string) {
      const query = `query ($e: String) { user(employeeID: $e) { ${userFields} } }`;
      return (await gateway.graphql(company.token, query, { e: employeeID })).body.data.user as ShownUser | null;
    }
    /** What an upsert of one input is said to equal: a change, and for who is not there a creation. */
    async function updateOrCreate(given: Input, mode: string): Promise<Result> {
      const { password: _, ...input } = own(given);
      const by = { employeeID: input['employeeID'] };
      const { updateUser } = (await gateway.graphql(company.token, updateMutation, { by, input })).body.data;
      const codes = (updateUser as Result).problems?.map(({ errorCode }) => errorCode) ?? [];
      if (codes[0] !== 10105) return updateUser;
      if (mode === 'CREATE_OR_UPDATE')
        return (await gateway.createUser(company.token, own(given))).body.data.createUser;
      // Nobody can be looked for by a malformed employee ID.
      return codes.includes(10111) ? { ...updateUser, problems: updateUser.problems.slice(1) } : updateUser;
    }
    /** A user with the names of the serials, which differ between companies. */
    async function findNamed(employeeID: string): Promise<unknown> {
      const names = Object.entries(serials).map(([name, serial]) => [serial, name]);
      return JSON.parse(
        JSON.stringify(await find(employeeID)),
        (_, value) => Object.fromEntries(names)[value] ?? value,
      );
    }
    return { ...company, own, upsert, find, updateOrCreate, findNamed };
  }

  test('a user who is there is judged, changed and answered as the table says, in a dry run too', async () => {
    for (const one of changeCases.filter(({ isRename }) => !isRename)) {
      const { title, input, changed = [], problems, isMailed } = one;
      const { upsert, find, own } = await newCompany();
      expect((await upsert([present, other])).verdicts, title).toEqual(['created', 'created']);
      const before = (await find('ab1'))!;
      const expected = problems?.map((problem) => problem.split(' ')) ?? [];
      const shownProblems = ({ problems: shown = [] }: Result) =>
        shown.map(({ errorCode, path }) => [String(errorCode), path.join('/')]);

      const dry = await upsert([input], { dryRun: true });
      expect(shownProblems(dry.results[0]!), title).toEqual(expected);
      if (!problems) {
        const action = changed.length > 0 ? 'UPDATE' : 'NOTHING';
        expect(dry.results[0], title).toMatchObject({ action, changed, passwordDelivery: isMailed ? 'EMAIL' : 'NONE' });
        expect(dry.counts, title).toMatchObject({ validCount: 1, updatedCount: 0, unchangedCount: 0 });
      }
      expect(await find('ab1'), title).toEqual(before);

      const { results } = await upsert([input]);
      const [result] = results;
      expect(shownProblems(result!), title).toEqual(expected);
      const after = userAfter(before, one, own);
      expect(await find('ab1'), title).toEqual(after);
      if (problems) continue;
      expect(result!.user, title).toEqual(after);
      expect(verdict(result!), title).toBe(changed.length > 0 ? ['updated', ...changed].join(' ') : 'unchanged');
      if (changed.length > 0) expect(result!.passwordDelivery, title).toBe(isMailed ? 'EMAIL' : 'NONE');
    }
  });

  const user = (employeeID: string, more: object = {}) => ({ employeeID, name: 'Budi', isActive: true, ...more });

  test.each(['SKIP', 'ABORT'])('%s: inputs are written as if one after the other', async (onError) => {
    const { upsert, find } = await newCompany();
    const first = await upsert([user('E1', { email: 'a@x.com' }), user('E2', { email: 'b@x.com' })]);
    expect(first.verdicts).toEqual(['created', 'created']);
    const { verdicts, counts } = await upsert(
      [
        user('e1', { email: 'c@x.com' }),
        user('E2', { email: 'a@x.com' }),
        user('E3', { email: 'b@x.com' }),
        user('E3', { email: 'b@x.com', name: 'Ani' }),
        user('E3', { name: 'Ani' }),
        user('E1', { username: 'one' }),
        user('E2', { isActive: false }),
        user('E2', { email: 'a@x.com', isActive: true }),
      ],
      { onError },
    );
    expect(verdicts).toEqual([
      'updated employeeID email',
      'updated email',
      'created',
      'updated name',
      'unchanged',
      'updated employeeID username',
      'updated isActive',
      'updated isActive',
    ]);
    expect(counts).toMatchObject({ createdCount: 1, updatedCount: 6, unchangedCount: 1, errorCount: 0 });
    expect(await find('E1')).toMatchObject({ employeeID: 'E1', email: 'c@x.com', username: 'one', version: 3 });
    expect(await find('E3')).toMatchObject({ email: 'b@x.com', name: 'Ani', version: 2 });
  });

  test('ABORT writes nothing when one is refused; UPDATE_ONLY creates nobody', async () => {
    const { upsert, find } = await newCompany();
    await upsert([user('E1', { email: 'a@x.com' })]);
    const inputs = [
      user('E1', { name: 'Ani' }),
      user('E1', { name: 'Ani' }),
      user('E2', { email: 'b@x.com' }),
      user('E3', { email: 'A@x.com' }),
    ];
    const aborted = await upsert(inputs, { onError: 'ABORT' });
    expect(aborted.verdicts).toEqual(['UPDATE name', 'NOTHING', 'CREATE', '10102']);
    expect(aborted.counts).toMatchObject({ createdCount: 0, updatedCount: 0, validCount: 3, errorCount: 1 });
    expect(await find('E1')).toMatchObject({ name: 'Budi', version: 1 });
    const updated = await upsert([...inputs, user('E4'), user('no id')], { mode: 'UPDATE_ONLY' });
    expect(updated.verdicts).toEqual(['updated name', 'unchanged', '10105', '10105', '10105', '10111']);
    expect([await find('E2'), await find('E4')]).toEqual([null, null]);
  });

  test('a key is replayed, and names its request: absent is another one than null', async () => {
    const { upsert, find } = await newCompany();
    await upsert([user('E1', { phone: '0811-2233-4455' }), user('E2', { phone: '0811-2233-4456' })]);
    const inputs = [
      user('E1', { name: 'Ani', email: 'new@x.com' }),
      user('E2'),
      user('E3', { email: 'c@x.com' }),
      user('E4'),
    ];
    const first = await upsert(inputs, { idempotencyKey: 'sync-1' });
    expect(first.verdicts).toEqual(['updated name email', 'unchanged', 'created', '10115']);
    const again = await upsert(inputs, { idempotencyKey: 'sync-1' });
    expect([again.results, again.counts]).toEqual([first.results, { ...first.counts, replayed: true }]);
    expect((await find('E1'))!.version).toBe(2);
    const withNull = inputs.map((input) => ({ username: null, ...input }));
    expect((await upsert(withNull, { idempotencyKey: 'sync-1' })).verdicts[0]).toBe('13101');
  });

  test.each(['SKIP', 'ABORT'])(
    '%s: two syncs of the same 1,000 in other orders create each user once, and end as one after the other',
    async (onError) => {
      const { token } = await newCompany();
      const gateway = shared.gateway();
      // An answer may not hold a thousand users with everything.
      const query = /* GraphQL */ `
        mutation ($inputs: [CreateUserInput!]!, $onError: OnError!) {
          upsertUsers(inputs: $inputs, onError: $onError) {
            createdCount
            errorCount
          }
        }
      `;
      const upsert = async (inputs: object[]) =>
        (await gateway.graphql(token, query, { inputs, onError })).body.data.upsertUsers;
      const sync = (name: string) =>
        Array.from({ length: 1_000 }, (_, n) => user(`E${n}`, { name, email: `e${n}@${name}.com` }));
      const syncs = [sync('one'), sync('two').toReversed()];
      await upsert(syncs[0]!.slice(0, 300));
      const [one, two] = await Promise.all(syncs.map(upsert));
      expect([one.createdCount + two.createdCount, one.errorCount, two.errorCount]).toEqual([700, 0, 0]);
      const winners: string[] = [];
      for (let page = 1; page <= 10; page++) {
        const { body } = await gateway.get(`/ruangkerja/users?page=${page}&pageSize=100`, token);
        for (const { employeeID, name, email } of body.data.items) {
          expect(email).toBe(`${employeeID.toLowerCase()}@${name}.com`);
          winners.push(name);
        }
      }
      expect(winners).toHaveLength(1_000);
      expect(new Set(winners).size).toBe(1);
    },
  );

  test('any sequence equals creating and changing one by one', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyCall, { minLength: 1, maxLength: 3 }), async (calls) => {
        const [batch, single] = [await newCompany(), await newCompany()];
        for (const { mode, inputs } of calls) {
          const expected: Result[] = [];
          for (const input of inputs) expected.push(await single.updateOrCreate(input, mode));
          const verdicts = expected.map(verdict);
          const dry = await batch.upsert(inputs, { mode, dryRun: true });
          expect(dry.verdicts).toEqual(verdicts.map(asDry));
          // All or none is the same where nothing is refused.
          const onError = expected.every(({ problems }) => !problems) ? 'ABORT' : 'SKIP';
          const real = await batch.upsert(inputs, { mode, onError });
          expect(real.verdicts).toEqual(verdicts);
          const deliveries = (results: Result[]) => results.map(({ passwordDelivery }) => passwordDelivery);
          expect(deliveries(real.results)).toEqual(deliveries(expected));
          for (const employeeID of ['A1', 'B2', 'C3'])
            expect(await batch.findNamed(employeeID)).toEqual(await single.findNamed(employeeID));
        }
      }),
      { numRuns: 12, interruptAfterTimeLimit: 50_000 },
    );
  });
});

test('an unchanged user writes nothing, counts in no limit of creations, and others count as creations do', async () => {
  const gateway = await openGateway({ env: { RATE_LIMIT: '4' } });
  const { token } = await gateway.company('RUKR', [...allScopes]);
  const upsert = async (inputs: object[], variables: object = {}) => {
    const { status, body } = await gateway.graphql(token, upsertMutation, { inputs, ...variables });
    return status === 200 ? body.data.upsertUsers.results.map(verdict).join() : status;
  };
  const user = (n: number, name = 'Budi') => ({ employeeID: `E${n}`, name, phone: `628112233445${n}`, isActive: true });
  expect(await upsert([user(1), user(2), user(3)])).toBe('created,created,created');
  const file = new Database(join(gateway.folder, 'gateway.db'), { readonly: true });
  onTestFinished(() => void file.close());
  const version = () => file.pragma('data_version', { simple: true });
  const before = version();
  for (let n = 0; n < 5; n++) expect(await upsert([user(1), user(2), user(3)])).toBe('unchanged,unchanged,unchanged');
  expect(await upsert([user(1, 'Ani'), user(4)], { dryRun: true })).toBe('UPDATE name,CREATE');
  expect(version()).toBe(before);
  // One of the four is left: two changes do not pass, one does.
  expect(await upsert([user(1, 'Ani'), user(2, 'Ani')])).toBe(429);
  expect(await upsert([user(1, 'Ani'), user(2), user(3)])).toBe('updated name,unchanged,unchanged');
  expect(await upsert([user(2, 'Ani')])).toBe(429);
});

test('it needs both scopes', async () => {
  const gateway = await openGateway();
  for (const [code, scope] of [
    ['AAAA', 'users:create'],
    ['BBBB', 'users:update'],
  ] as const) {
    const { token } = await gateway.company(code, [scope]);
    const inputs = [{ employeeID: 'E1', name: 'Budi', phone: '6281122334455', isActive: true }];
    const { status, body } = await gateway.graphql(token, upsertMutation, { inputs });
    expect([status, body.errors[0].extensions.errorCode]).toEqual([403, 403]);
    expect(body.errors[0].message).toContain(scope === 'users:create' ? 'users:update' : 'users:create');
  }
});

test('a new email ends the queued mail to the old one, and gets a new password; a cleared one ends it too', async () => {
  const gateway = await openGateway({
    transport: async () => {
      throw Object.assign(new Error('away'), { responseCode: 421 });
    },
  });
  const { token } = await gateway.company('RUKR', [...allScopes]);
  const file = new Database(join(gateway.folder, 'gateway.db'), { readonly: true });
  onTestFinished(() => void file.close());
  const rows = () =>
    file
      .prepare('select email, password_hash, outbox.id from users left join outbox on user_id = users.id')
      .raw()
      .all();
  const upsert = (more: object) =>
    gateway.graphql(token, upsertMutation, {
      inputs: [{ employeeID: 'E1', name: 'Budi', phone: '6281122334455', isActive: true, ...more }],
    });
  await upsert({ email: 'a@x.com' });
  const [[, hash, mail]] = rows() as [string, string, string][] as [[string, string, string]];
  await upsert({ email: 'b@x.com' });
  const [[email, newHash, newMail], ...others] = rows() as [string, string, string][] as [[string, string, string]];
  expect([email, others]).toEqual(['b@x.com', []]);
  expect(newHash).not.toBe(hash);
  expect([newMail, newMail === mail]).toEqual([expect.any(String), false]);
  await upsert({ email: null });
  expect(rows()).toEqual([[null, newHash, null]]);
});
