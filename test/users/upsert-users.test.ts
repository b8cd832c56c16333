import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Gateway, openGateway } from '../support/gateway.ts';
import { openTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { other, present, upsertCases } from './upsert-cases.ts';

const userFields = /* GraphQL */ `
  employeeID
  name
  username
  email
  phone
  isActive
  version
  tags {
    serial
  }
  organization {
    serial
  }
`;
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

interface Result {
  __typename: string;
  user?: { employeeID: string; version: number; [field: string]: unknown };
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

describe.each(['SQLite', 'Postgres'])('%s', (engine) => {
  let gateway: Gateway;
  let companies = 0;
  beforeAll(async () => {
    const cleanUps: (() => Promise<void>)[] = [];
    const database: TestDatabase | null = engine === 'Postgres' ? await openTestDatabase() : null;
    gateway = await openGateway({
      whenDone: (f) => cleanUps.push(f),
      ...(database && { env: { DATABASE_URL: database.url } }),
    });
    return async () => {
      for (const cleanUp of cleanUps) await cleanUp();
      await database?.stop();
    };
  });

  async function newCompany() {
    const code = [...String(1000 + companies++)].map((digit) => 'ABCDEFGHIJ'[Number(digit)]).join('');
    const company = await gateway.company(code, [...allScopes]);
    const owner = (await gateway.app.access.findCompany(code))!;
    const added = await gateway.app.directory.createTag(owner, { name: 'Other' });
    const serials: Record<string, string> = {
      TAG: company.tag,
      OTHER_TAG: 'serial' in added ? String(added.serial) : '',
      ORGANIZATION: company.organization,
      INACTIVE: company.inactive,
    };
    /** With the company's own serials. */
    const own = (value: unknown): unknown =>
      Array.isArray(value) ? value.map(own) : typeof value === 'string' ? (serials[value] ?? value) : value;
    const inputOf = (input: object) =>
      Object.fromEntries(Object.entries(input).map(([name, value]) => [name, own(value)]));
    async function upsert(inputs: object[], variables: object = {}) {
      const { status, body } = await gateway.graphql(company.token, upsertMutation, {
        inputs: inputs.map(inputOf),
        ...variables,
      });
      expect([status, body.errors]).toEqual([200, undefined]);
      const { results, ...counts } = body.data.upsertUsers as { results: Result[]; [count: string]: unknown };
      return { results, counts, verdicts: results.map(verdict) };
    }
    async function find(employeeID: string) {
      const query = `query ($e: String) { user(employeeID: $e) { ${userFields} } }`;
      return (await gateway.graphql(company.token, query, { e: employeeID })).body.data.user as Result['user'] | null;
    }
    return { ...company, owner, own, upsert, find };
  }

  test('a user who is there is judged, changed and answered as the table says, in a dry run too', async () => {
    for (const { title, input, changed = [], problems, stored, isMailed } of upsertCases) {
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
      const { tags, organization, ...columns } = { ...stored } as Record<string, unknown>;
      const after = {
        ...before,
        ...columns,
        ...(tags ? { tags: (own(tags) as string[]).map((serial) => ({ serial })) } : {}),
        ...(organization !== undefined && { organization }),
        version: changed.length > 0 ? 2 : 1,
      };
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

  test('two syncs of the same users in other orders: each user ends as one of them says, created once', async () => {
    const { upsert, find } = await newCompany();
    const all = Array.from({ length: 450 }, (_, n) => n);
    const sync = (name: string) => all.map((n) => user(`E${n}`, { name, email: `e${n}@${name}.com` }));
    const syncs = [sync('one'), sync('two').toReversed()];
    await upsert(syncs[0]!.slice(0, 100));
    const answers = await Promise.all(syncs.map((inputs) => upsert(inputs)));
    const created = answers.reduce((sum, { counts }) => sum + Number(counts['createdCount']), 0);
    expect([created, answers.map(({ counts }) => counts['errorCount'])]).toEqual([350, [0, 0]]);
    for (const n of [0, 50, 99, 100, 224, 225, 449]) {
      const { name, email } = (await find(`E${n}`))!;
      expect(email).toBe(`e${n}@${String(name)}.com`);
    }
  });

  test('any sequence equals creating and changing one by one', { timeout: 30_000 }, async () => {
    const seed = Number(process.env['UPSERT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    const random = makeRandom(seed);
    const pick = <T>(values: readonly T[]): T => values[random(values.length)]!;
    const maybe = (name: string, values: readonly unknown[]) => (random(3) === 0 ? {} : { [name]: pick(values) });
    const input = () => ({
      employeeID: pick(['A1', 'a1', 'B2', 'b2', 'C3', 'D4', 'bad id']),
      name: pick(['Budi', 'Ani']),
      isActive: pick([true, true, false]),
      ...maybe('username', ['u1', 'U1', 'u2', null]),
      ...maybe('email', ['a@x.com', 'b@x.com', 'B@x.com', 'c@x.com', null, 'wrong']),
      ...maybe('phone', ['6281122334451', '6281122334452', '081122334453', null]),
      ...maybe('tagSerials', [['TAG'], ['OTHER_TAG', 'TAG'], null, ['none']]),
      ...maybe('organizationSerial', ['ORGANIZATION', 'INACTIVE', null]),
    });
    for (let round = 0; round < 6; round++) {
      const [batch, single] = [await newCompany(), await newCompany()];
      for (let call = 0; call < 3; call++) {
        const inputs = Array.from({ length: 1 + random(12) }, input);
        const mode = pick(['CREATE_OR_UPDATE', 'CREATE_OR_UPDATE', 'UPDATE_ONLY']);
        const expected: string[] = [];
        for (const one of inputs) expected.push(...(await single.upsert([one], { mode })).verdicts);
        const where = `UPSERT_SEED=${seed}, round ${round}, call ${call}: ${JSON.stringify(inputs)}`;
        const dry = await batch.upsert(inputs, { mode, dryRun: true });
        expect(dry.verdicts, where).toEqual(expected.map(asDry));
        // All or none is the same where nothing is refused.
        const onError = expected.every((one) => !/^\d/.test(one)) ? pick(['SKIP', 'ABORT']) : 'SKIP';
        expect((await batch.upsert(inputs, { mode, onError })).verdicts, where).toEqual(expected);
        for (const employeeID of ['A1', 'B2', 'C3', 'D4'])
          expect(shapeOf(await batch.find(employeeID)), where).toEqual(shapeOf(await single.find(employeeID)));
      }
    }
  });
});

/** A small random generator (mulberry32), the same for the same seed. Answers integers below a bound. */
function makeRandom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

/** What a dry run says of an input that a real one answers so. */
function asDry(verdict: string): string {
  return verdict.replace('created', 'CREATE').replace('updated', 'UPDATE').replace('unchanged', 'NOTHING');
}

/** A user without the serials, which differ between companies. */
function shapeOf(user: Result['user'] | null) {
  return user && { ...user, tags: (user['tags'] as object[]).length, organization: user['organization'] !== null };
}

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
