import { beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, johnDoe, openGateway } from '../support/gateway.ts';
import { openTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { cases } from './create-user-cases.ts';

const createUsersMutation = /* GraphQL */ `
  mutation CreateUsers(
    $inputs: [CreateUserInput!]!
    $onError: OnError! = SKIP
    $dryRun: Boolean
    $idempotencyKey: String
  ) {
    createUsers(inputs: $inputs, onError: $onError, dryRun: $dryRun, idempotencyKey: $idempotencyKey) {
      createdCount
      validCount
      errorCount
      replayed
      results {
        __typename
        ... on UserCreated {
          passwordDelivery
          user {
            serial
            employeeID
          }
        }
        ... on UserValid {
          employeeID
          name
          username
          email
          phone
          passwordDelivery
        }
        ... on CreateUserError {
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
const createUserMutation = /* GraphQL */ `
  mutation CreateUser($input: CreateUserInput!, $dryRun: Boolean, $idempotencyKey: String) {
    createUser(input: $input, dryRun: $dryRun, idempotencyKey: $idempotencyKey) {
      __typename
      ... on UserCreated {
        passwordDelivery
        user {
          serial
        }
      }
      ... on UserValid {
        employeeID
        phone
        passwordDelivery
      }
      ... on CreateUserError {
        errorCode
        problems {
          errorCode
          path
        }
      }
    }
  }
`;

type Result = { __typename: string; errorCode?: number; user?: { serial: string } };

/** `created`, `valid` or the first number. */
const verdict = (result: Result): string | number =>
  result.__typename === 'UserCreated' ? 'created' : result.__typename === 'UserValid' ? 'valid' : result.errorCode!;
const user = (n: number | string, more: object = {}) => ({
  ...johnDoe,
  employeeID: `E${n}`,
  email: `e${n}@example.com`,
  phone: null,
  ...more,
});

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
  const newCompany = () =>
    gateway.company([...String(1000 + companies++)].map((digit) => 'ABCDEFGHIJ'[Number(digit)]).join(''));
  async function many(token: string, inputs: object[], variables: object = {}) {
    const { status, body } = await gateway.graphql(token, createUsersMutation, { inputs, ...variables });
    expect([status, body.errors]).toEqual([200, undefined]);
    return { ...body.data.createUsers, verdicts: body.data.createUsers.results.map(verdict) };
  }
  async function one(token: string, input: object, variables: object = {}) {
    const { body } = await gateway.graphql(token, createUserMutation, { input, ...variables });
    expect(body.errors).toBeUndefined();
    return body.data.createUser;
  }
  const isThere = async (token: string, employeeID: string): Promise<boolean> =>
    (await gateway.graphql(token, 'query ($e: String) { user(employeeID: $e) { serial } }', { e: employeeID })).body
      .data.user !== null;
  const mailsTo = (address: string) => gateway.mails.filter(({ to }) => to.address === address).length;

  test('a batch answers for each input in order what its single call would', async () => {
    const table = cases.filter(({ restOnly }) => !restOnly);
    const [batch, singles] = [await newCompany(), await newCompany()];
    const inputs = (company: typeof batch) =>
      table.map(({ input }, n) => {
        const given: Record<string, unknown> = {
          ...johnDoe,
          employeeID: `E${n}`,
          email: `e${n}@example.com`,
          phone: `62811${String(n).padStart(6, '0')}`,
          tagSerials: [company.tag],
          ...input,
        };
        const own = (value: unknown): unknown =>
          value === 'TAG' ? company.tag : value === 'INACTIVE' ? company.inactive : value;
        return {
          ...given,
          tagSerials: Array.isArray(given['tagSerials']) ? given['tagSerials'].map(own) : given['tagSerials'],
          organizationSerial: own(given['organizationSerial']),
        };
      });
    const { results, createdCount, errorCount } = await many(batch.token, inputs(batch));
    const expected = [];
    for (const input of inputs(singles)) expected.push(await one(singles.token, input));
    const shape = (result: Result & { problems?: object }) => ({ verdict: verdict(result), problems: result.problems });
    expect(results.map(shape)).toEqual(expected.map(shape));
    expect(createdCount).toBeGreaterThan(10);
    expect(createdCount + errorCount).toBe(table.length);
  });

  test('of duplicates inside a batch the first that can be created wins, the others get its number', async () => {
    const { token } = await newCompany();
    const inputs = [
      user(1, { email: 'wrong' }),
      user(1),
      user('1', { email: 'other@example.com' }),
      user(2, { email: 'E1@EXAMPLE.com' }),
      user(3, { phone: '0811-2233-4455' }),
      user(4, { phone: '+62 811 2233 4455' }),
      user(5, { username: 'Budi' }),
      user(6, { username: 'bUDI' }),
    ];
    expect((await many(token, inputs)).verdicts).toEqual([
      10116,
      'created',
      10101,
      10102,
      'created',
      10103,
      'created',
      10104,
    ]);
  });

  test('SKIP creates the good ones, also of several hundred; ABORT creates all or none', async () => {
    const { token } = await newCompany();
    const inputs = Array.from({ length: 450 }, (_, n) => user(n, n % 100 === 50 ? { email: 'wrong' } : {}));
    const aborted = await many(token, inputs, { onError: 'ABORT' });
    expect([aborted.createdCount, aborted.validCount, aborted.errorCount]).toEqual([0, 446, 4]);
    expect(await isThere(token, 'E0')).toBe(false);
    const skipped = await many(token, inputs);
    expect([skipped.createdCount, skipped.validCount, skipped.errorCount]).toEqual([446, 0, 4]);
    expect(
      skipped.verdicts.map((one: unknown, n: number) => (one === 'created') === (n % 100 !== 50)).every(Boolean),
    ).toBe(true);
    const again = await many(token, inputs.slice(0, 3));
    expect(again.verdicts).toEqual([10101, 10101, 10101]);
    expect((await many(token, [user('x'), user('y')], { onError: 'ABORT' })).createdCount).toBe(2);
  });

  test('two batches with the same users at once: each user is created once, in one of them', async () => {
    const { token } = await newCompany();
    const inputs = Array.from({ length: 250 }, (_, n) => user(n));
    const answers = await Promise.all([
      many(token, inputs),
      many(token, inputs.toReversed()),
      many(token, inputs, { onError: 'ABORT' }),
    ]);
    expect(answers.reduce((sum, { createdCount }) => sum + createdCount, 0)).toBe(250);
    for (const { verdicts } of answers) for (const one of verdicts) expect(['created', 'valid', 10101]).toContain(one);
  });

  test('a dry run makes every check and neither writes nor mails', async () => {
    const { token, tag, inactive } = await newCompany();
    await one(token, user(1));
    const email = `dry.${companies}@example.com`;
    expect(await one(token, user(2, { email, phone: '0811 2233 4455', tagSerials: [tag] }), { dryRun: true })).toEqual({
      __typename: 'UserValid',
      employeeID: 'E2',
      phone: '6281122334455',
      passwordDelivery: 'EMAIL',
    });
    const { verdicts } = await many(
      token,
      [
        user(1),
        user(2, { tagSerials: ['NOTAG'] }),
        user(2, { organizationSerial: inactive }),
        user(2, { email }),
        user(2),
        user(3, { password: 'password1' }),
      ],
      { dryRun: true },
    );
    expect(verdicts).toEqual([10101, 11102, 12102, 'valid', 10101, 10119]);
    expect(await isThere(token, 'E2')).toBe(false);
    expect(mailsTo(email)).toBe(0);
  });

  test('the same request with the same key gets the first result, by either transport, and makes one user and one mail', async () => {
    const { token } = await newCompany();
    const input = user('idem', { email: `idem.${companies}@example.com` });
    const first = await one(token, input, { idempotencyKey: 'key-1' });
    expect(first.__typename).toBe('UserCreated');
    expect(await one(token, { ...input, name: ` ${input.name} ` }, { idempotencyKey: 'key-1' })).toEqual(first);
    for (const key of ['key-1', '"key-1"']) {
      const again = await gateway.rest(token, input, { 'Idempotency-Key': key });
      expect([again.status, again.body.data, again.headers.get('idempotent-replayed')]).toEqual([
        200,
        { serial: first.user.serial },
        'true',
      ]);
    }
    expect(await many(token, [input], { idempotencyKey: 'key-1' })).toMatchObject({
      createdCount: 1,
      replayed: true,
      results: [{ user: { serial: first.user.serial } }],
    });
    expect(await many(token, [user('fresh')], { idempotencyKey: 'key-3' })).toMatchObject({
      createdCount: 1,
      replayed: false,
    });
    await expect.poll(() => mailsTo(input.email)).toBe(1);
    const fresh = await gateway.rest(token, user('other'), { 'Idempotency-Key': 'key-2' });
    expect(fresh.headers.get('idempotent-replayed')).toBeNull();
  });

  test('the key of another request is 13101, in REST 422; other clients have keys of their own', async () => {
    const [{ token }, stranger] = [await newCompany(), await newCompany()];
    await one(token, user(1), { idempotencyKey: 'k' });
    expect(await one(token, user(2), { idempotencyKey: 'k' })).toMatchObject({
      errorCode: 13101,
      problems: [{ errorCode: 13101, path: ['idempotencyKey'] }],
    });
    expect(await one(token, user(1, { password: 'correct horse battery' }), { idempotencyKey: 'k' })).toMatchObject({
      errorCode: 13101,
    });
    const { status, body } = await gateway.rest(token, user(2), { 'Idempotency-Key': 'k' });
    expect([status, body.errorCode]).toEqual([422, 13101]);
    const bulk = await gateway.postJson(
      '/ruangkerja/users/create-bulk',
      token,
      { items: [user(1), user(2)] },
      { 'Idempotency-Key': 'k' },
    );
    expect([bulk.status, bulk.body.errorCode]).toEqual([422, 13101]);
    expect((await one(stranger.token, user(1), { idempotencyKey: 'k' })).__typename).toBe('UserCreated');
  });

  test('refused requests are not remembered: mended, the same key creates', async () => {
    const { token } = await newCompany();
    expect(await one(token, user(1, { email: 'wrong' }), { idempotencyKey: 'k' })).toMatchObject({ errorCode: 10116 });
    expect((await one(token, user(1), { idempotencyKey: 'k' })).__typename).toBe('UserCreated');
    expect((await many(token, [user(1), user(2)], { onError: 'ABORT', idempotencyKey: 'l' })).createdCount).toBe(0);
    expect((await many(token, [user(2), user(3)], { onError: 'ABORT', idempotencyKey: 'l' })).createdCount).toBe(2);
  });

  test('a batch with a key is replayed whole, what was refused in it included', async () => {
    const { token } = await newCompany();
    const inputs = [user(1), user(2, { email: 'wrong' }), user(3), user(3)];
    const first = await many(token, inputs, { idempotencyKey: 'batch' });
    expect(first.verdicts).toEqual(['created', 10116, 'created', 10101]);
    expect(await many(token, inputs, { idempotencyKey: 'batch' })).toEqual({ ...first, replayed: true });
    const rest = await gateway.postJson(
      '/ruangkerja/users/create-bulk',
      token,
      { items: inputs },
      { 'Idempotency-Key': '"batch"' },
    );
    expect(rest.headers.get('idempotent-replayed')).toBe('true');
    expect(
      rest.body.data.successItems.map(({ response }: { response: { serial: string } }) => response.serial),
    ).toEqual([first.results[0].user.serial, first.results[2].user.serial]);
  });

  test('20 equal requests with one key at once: one user; each answer is that user or 13102, and later all get it', async () => {
    const { token } = await newCompany();
    const answers = await Promise.all(Array.from({ length: 20 }, () => one(token, user(1), { idempotencyKey: 'k' })));
    const [first] = answers.filter(({ __typename }) => __typename === 'UserCreated');
    for (const answer of answers)
      expect(answer.__typename === 'UserCreated' ? answer.user.serial : answer.errorCode).toBe(
        answer.__typename === 'UserCreated' ? first.user.serial : 13102,
      );
    expect((await one(token, user(1), { idempotencyKey: 'k' })).user.serial).toBe(first.user.serial);
  });

  test.each(['', ' ', 'a b', 'k\u00e9y', 'k'.repeat(256)])('the idempotency key %j is 400', async (key) => {
    const { token } = await newCompany();
    const { status, body } = await gateway.graphql(token, createUserMutation, { input: user(1), idempotencyKey: key });
    expect([status, body.errors[0].extensions.errorCode]).toEqual([400, 400]);
    if (/^[ -~]*$/.test(key)) expect((await gateway.rest(token, user(1), { 'Idempotency-Key': key })).status).toBe(400);
    expect(await isThere(token, 'E1')).toBe(false);
  });

  test('create-bulk answers the documented envelope, payloads as they came but without the password', async () => {
    const { token } = await newCompany();
    const without = (item: object) =>
      Object.fromEntries(Object.entries(item).filter(([field]) => field !== 'password'));
    const items = [user(1, { password: 'correct horse battery', extra: 1 }), user(2, { email: 7 }), user(1)];
    const { status, body } = await gateway.postJson('/ruangkerja/users/create-bulk', token, {
      items: [...items, 'no object'],
    });
    const error = (errorCode: number) => ({
      errorCode,
      message: expect.stringMatching(/^USER_/),
      detail: expect.any(String),
    });
    expect([status, body]).toEqual([
      200,
      {
        data: {
          failedItems: [
            { error: error(10116), payload: without(items[1]!) },
            { error: error(10101), payload: without(items[2]!) },
            { error: error(10110), payload: 'no object' },
          ],
          successItems: [{ payload: without(items[0]!), response: { serial: expect.stringMatching(/^JOHN/) } }],
        },
        status: 'success',
        message: 'success',
      },
    ]);
  });

  test.each([{}, { items: [] }, { items: {} }, { items: Array.from({ length: 1_001 }, () => ({})) }, []])(
    'create-bulk of no list, no item or more than 1,000 is 400: %#',
    async (sent) => {
      const { token } = await newCompany();
      const { status, body } = await gateway.postJson('/ruangkerja/users/create-bulk', token, sent);
      expect([status, body.errorCode, body.message]).toEqual([400, 400, 'BAD_REQUEST']);
    },
  );
});

test('each user of a batch counts one in the rate limit, a batch larger than what is left is 429 as a whole, dry runs take nothing of it', async () => {
  const gateway = await openGateway({ env: { RATE_LIMIT: '10' } });
  const { token } = await gateway.company('RUKR');
  const call = async (from: number, count: number, variables: object = {}) => {
    const inputs = Array.from({ length: count }, (_, n) => user(from + n));
    const { status, body } = await gateway.graphql(token, createUsersMutation, { inputs, ...variables });
    return status === 200 ? body.data.createUsers.createdCount + body.data.createUsers.validCount : status;
  };
  expect(await call(0, 100, { dryRun: true })).toBe(100);
  expect(await call(0, 6)).toBe(6);
  expect(await call(10, 5)).toBe(429);
  expect(await call(20, 4)).toBe(4);
  expect(await call(30, 1)).toBe(429);
});

test('when the gateway stops, a batch that would take longer is answered at once: what was created, and 503 for the others', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const items = Array.from({ length: 1_000 }, (_, n) => user(n, n < 200 ? {} : { password: `k7Qz-wPx9vT-${n}` }));
  const asked = gateway.postJson('/ruangkerja/users/create-bulk', token, { items }, { 'Idempotency-Key': 'k' });
  await expect
    .poll(async () => (await gateway.graphql(token, '{ user(employeeID: "E0") { serial } }')).body.data.user)
    .not.toBeNull();
  const begun = performance.now();
  gateway.app.beginStopping();
  const { status, body } = await asked;
  expect(performance.now() - begun).toBeLessThan(1_500);
  expect([status, body.data.successItems.length]).toEqual([200, 200]);
  expect(new Set(body.data.failedItems.map(({ error }: { error: { errorCode: number } }) => error.errorCode))).toEqual(
    new Set([503]),
  );
});
