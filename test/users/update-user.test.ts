import { describe, expect, test, vi } from 'vitest';
import type { Scope } from '../../src/access/ports.ts';
import { gatewayOn, stores } from '../support/both-stores.ts';
import { type Gateway, johnDoe, openGateway } from '../support/gateway.ts';
import {
  type ChangeCase,
  changeCases,
  other as taken,
  present,
  userAfter,
  userFields,
  wordsOf,
} from './change-cases.ts';

const scopes: Scope[] = ['users:create', 'users:read', 'users:update', 'users:erase'];
const mutation = /* GraphQL */ `
  mutation Update($by: UserKey!, $input: UpdateUserInput!, $ifVersion: Int, $dryRun: Boolean, $key: String) {
    updateUser(by: $by, input: $input, ifVersion: $ifVersion, dryRun: $dryRun, idempotencyKey: $key) {
      __typename
      ... on UserUpdated {
        changed
        passwordDelivery
        user {
          ...All
        }
      }
      ... on UserUnchanged {
        user {
          ...All
        }
      }
      ... on UserValid {
        action
        changed
        email
      }
      ... on UpdateUserError {
        errorCode
        problems {
          errorCode
          path
        }
      }
    }
  }
  fragment All on User {
    employeeID
    name
    username
    email
    phone
    isActive
    version
    createdAt
    updatedAt
    tags {
      serial
    }
    organization {
      serial
    }
  }
`;

function callsOf(gateway: Gateway, company: Awaited<ReturnType<Gateway['company']>>) {
  const { token } = company;
  const create = async (more: object = {}) => {
    const { body } = await gateway.rest(token, { ...johnDoe, ...more });
    return String(body.data.serial);
  };
  const update = async (by: object, input: object, more: object = {}) =>
    (await gateway.graphql(token, mutation, { by, input, ...more })).body.data.updateUser;
  const find = async (serial: string) =>
    (await gateway.graphql(token, `query ($s: ID) { user(serial: $s) { ${userFields} } }`, { s: serial })).body.data
      .user;
  const erase = (serial: string) =>
    gateway.graphql(token, 'mutation ($s: ID!) { eraseUser(by: { serial: $s }) { __typename } }', { s: serial });
  const put = (employeeID: string, body: object) =>
    gateway.json(
      gateway.send(`/ruangkerja/users/${employeeID}`, {
        method: 'PUT',
        headers: { Authorization: token, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );
  const bulk = async (path: string, items: object[]) =>
    (await gateway.postJson(`/ruangkerja/users/${path}`, token, { items })).body.data;
  const other = { employeeID: 'OTHER1', username: 'other', email: 'other@example.com', phone: '62811000111' };
  return { ...gateway, ...company, create, update, find, erase, put, bulk, other };
}

const problemsIn = (answer: { problems?: { errorCode: number; path: string[] }[] }) =>
  answer.problems?.map(({ errorCode, path }) => `${errorCode} ${path.join('/')}`);

/** REST changes no email here, and clears nothing by null. */
function isInRest({ input }: ChangeCase): boolean {
  return !('email' in input) && !Object.values(input).includes(null);
}

describe.each(stores)('%s', (store) => {
  const shared = gatewayOn(store);
  const openCompany = () => shared.newCompany(scopes);
  const opened = async () => callsOf(shared.gateway(), await openCompany());

  test('a change is judged, stored and answered as the table says, on GraphQL, REST and bulk alike', async () => {
    const company = await openCompany();
    const { own } = await wordsOf(shared.gateway(), company);
    const { create, update, put, bulk, find, erase } = callsOf(shared.gateway(), company);
    await create(own(taken));
    for (const one of changeCases) {
      const { title, input, changed, problems, isMailed } = one;
      /** Changes a new user, whose present employee ID is `ab1` to the caller. */
      const change = async (answer: () => Promise<unknown>, expected: unknown) => {
        const serial = await create(own(present));
        const before = await find(serial);
        expect(await answer(), title).toEqual(expected);
        expect(await find(serial), title).toEqual(userAfter(before, one, own));
        await erase(serial);
      };
      const { password: _, ...given } = own(input);
      await change(
        async () => {
          const answer = await update({ employeeID: 'ab1' }, given);
          const { changed, passwordDelivery } = answer;
          return problemsIn(answer) ?? { changed, passwordDelivery };
        },
        problems ?? (changed ? { changed, passwordDelivery: isMailed ? 'EMAIL' : 'NONE' } : {}),
      );
      if (!isInRest(one)) continue;
      const { employeeID, ...rest } = own(input);
      const body = { ...rest, employeeID: 'ab1', newEmployeeID: employeeID };
      const first = problems && Number(problems[0]!.split(' ')[0]);
      await change(async () => (await put('AB1', body)).body.errorCode, first);
      await change(async () => (await bulk('update-bulk', [body])).failedItems[0]?.error.errorCode, first);
    }
  });

  test('null for a required field, and a user whom nothing reaches', async () => {
    const { create, update } = await opened();
    await create();
    const by = { employeeID: 'EMPLY001' };
    expect(problemsIn(await update(by, { employeeID: null, name: null, isActive: null }))).toEqual([
      '10110 employeeID',
      '10112 name',
      '10120 isActive',
    ]);
    expect(problemsIn(await update(by, { name: null, email: null, phone: null, isActive: null }))).toEqual([
      '10112 name',
      '10115 email',
      '10120 isActive',
    ]);
    expect((await update(by, { email: null })).changed).toEqual(['email']);
    expect(problemsIn(await update(by, { phone: null }))).toEqual(['10115 email']);
  });

  test('nobody is 10105, and another version is 10107, first of the problems', async () => {
    const { create, update, put } = await opened();
    const serial = await create();
    expect(problemsIn(await update({ serial: 'NOBODY' }, {}))).toEqual(['10105 serial']);
    const wrong = { name: '', phone: 'abc', tagSerials: ['RUKRTAG-00000000'] };
    expect(problemsIn(await update({ employeeID: 'E404' }, wrong))).toEqual([
      '10105 employeeID',
      '10112 name',
      '10117 phone',
    ]);
    const missing = await put('E404', { employeeID: 'E404', name: 'A', isActive: true });
    expect([missing.status, missing.body.errorCode]).toEqual([404, 10105]);
    expect(problemsIn(await update({ serial }, { name: '' }, { ifVersion: 2 }))).toEqual([
      '10107 ifVersion',
      '10112 name',
    ]);
    expect((await update({ serial }, { name: 'Jane' }, { ifVersion: 1 })).user.version).toBe(2);
    expect(problemsIn(await update({ serial }, { name: 'Joan' }, { ifVersion: 1, dryRun: true }))).toEqual([
      '10107 ifVersion',
    ]);
  });

  test('absent stays, null clears, and the answer is what is stored', async () => {
    const { create, update, tag, organization } = await opened();
    const serial = await create({ username: 'john', tagSerials: [tag], organizationSerial: organization });
    const { changed, user } = await update(
      { serial },
      { employeeID: 'Emply001', name: ' Jane\u0301 ', username: null, phone: '0812 3344 556', isActive: false },
    );
    expect(changed).toEqual(['employeeID', 'name', 'username', 'phone', 'isActive']);
    expect(user).toMatchObject({
      employeeID: 'Emply001',
      name: 'Jané',
      username: null,
      email: 'john.doe@example.com',
      phone: '628123344556',
      isActive: false,
      version: 2,
      tags: [{ serial: tag }],
      organization: { serial: organization },
    });
    const cleared = await update({ serial }, { tagSerials: null, organizationSerial: null });
    expect(cleared).toMatchObject({ changed: ['tagSerials', 'organizationSerial'], passwordDelivery: 'NONE' });
    expect(cleared.user).toMatchObject({ tags: [], organization: null, version: 3 });
  });

  test('an equal input is UserUnchanged and keeps version and moment; a dry run says so and writes nothing', async () => {
    const { create, update, inactive } = await opened();
    const serial = await create();
    const same = { name: 'John Doe', phone: '+62 811-2233-4455', tagSerials: [] };
    const answer = await update({ serial }, same);
    expect(answer).toMatchObject({ __typename: 'UserUnchanged', user: { version: 1 } });
    expect(answer.user.updatedAt).toBe(answer.user.createdAt);
    expect(await update({ serial }, same, { dryRun: true })).toMatchObject({ action: 'NOTHING', changed: [] });
    expect(await update({ serial }, { email: 'new@example.com' }, { dryRun: true })).toEqual({
      __typename: 'UserValid',
      action: 'UPDATE',
      changed: ['email'],
      email: 'new@example.com',
    });
    expect((await update({ serial }, {})).user.email).toBe('john.doe@example.com');
    expect(problemsIn(await update({ serial }, { organizationSerial: inactive }))).toEqual([
      '12102 organizationSerial',
    ]);
  });

  test('PUT leaves what is absent, null or empty, and names email and password as ignored', async () => {
    const { create, put, get, token, tag } = await opened();
    const serial = await create({ username: 'john', tagSerials: [tag] });
    const { status, body, headers } = await put('emply001', {
      employeeID: 'EMPLY001',
      name: 'Jane',
      isActive: false,
      newEmployeeID: null,
      username: null,
      phone: ' ',
      organizationSerial: '',
      email: 'x@example.com',
      password: 'secret-secret',
    });
    expect([status, body]).toEqual([200, { status: 'success', message: 'Success', data: { serial } }]);
    expect(headers.get('ignored-fields')).toBe('email, password');
    const stored = (await get('/ruangkerja/users/EMPLY001', token)).body.data;
    expect(stored).toMatchObject({ name: 'Jane', isActive: false, username: 'john', phone: '6281122334455' });
    expect(stored).toMatchObject({ email: 'john.doe@example.com', tags: [{ serial: tag }] });
    const renamed = { employeeID: 'EMPLY001', name: 'Jane', isActive: true, newEmployeeID: 'NEU1', tagSerials: [] };
    expect((await put('EMPLY001', renamed)).status).toBe(200);
    expect((await get('/ruangkerja/users/neu1', token)).body.data).toMatchObject({ employeeID: 'NEU1', tags: [] });
  });

  test.each([
    ['absent', {}, 10110],
    ['a number', { employeeID: 5 }, 10111],
    ['of another user', { employeeID: 'OTHER1' }, 400],
  ])('PUT with an employee id %s is refused', async (_, id, code) => {
    const { create, put } = await opened();
    await create();
    expect((await put('EMPLY001', { ...id, name: 'A', isActive: true })).body.errorCode).toBe(code);
  });

  test('PUT needs name and isActive', async () => {
    const { create, put } = await opened();
    await create();
    expect((await put('EMPLY001', { employeeID: 'EMPLY001', isActive: true })).body.errorCode).toBe(10112);
    expect((await put('EMPLY001', { employeeID: 'EMPLY001', name: 'A' })).body.errorCode).toBe(10120);
  });

  test('a bulk call updates as if one after the other, and one bad item never stops the others', async () => {
    const { create, bulk, other, get, token } = await opened();
    const [first, second] = [await create(), await create(other)];
    const item = (employeeID: string, more: object) => ({ employeeID, name: 'N', isActive: true, ...more });
    const { successItems, failedItems } = await bulk('update-bulk', [
      item('EMPLY001', { newEmployeeID: 'MOVED1', username: 'one' }),
      item('OTHER1', { newEmployeeID: 'EMPLY001', username: 'two' }),
      item('OTHER1', { name: 'gone' }),
      item('moved1', { phone: '62811999888', username: 'two' }),
      item('moved1', { phone: '62811999888' }),
      { name: 'nobody' },
    ]);
    expect(successItems.map((one: { response: object }) => one.response)).toEqual([
      { serial: first },
      { serial: second },
      { serial: first },
    ]);
    expect(failedItems.map((one: { error: { errorCode: number } }) => one.error.errorCode)).toEqual([
      10105, 10104, 10110,
    ]);
    expect((await get('/ruangkerja/users/MOVED1', token)).body.data).toMatchObject({ phone: '62811999888' });
  });

  test.each(['update-email-bulk', 'update-bulk-email'])('%s gives a new password each time', async (path) => {
    const { create, bulk, mails, get, token, lines } = await opened();
    const serial = await create();
    await create({ employeeID: 'PHONE1', email: null, phone: '62811000222' });
    await create({ employeeID: 'OTHER1', email: 'other@example.com', phone: null });
    const password = `Kx7!${path}`;
    const { successItems, failedItems } = await bulk(path, [
      { employeeID: 'emply001', email: 'john.doe@example.com' },
      { employeeID: 'PHONE1', email: 'neu@example.com', password },
      { employeeID: 'OTHER1', email: 'john.doe@example.com' },
      { employeeID: 'OTHER1', email: '' },
      { employeeID: 'OTHER1', email: 'o@example.com', password: 'OTHER1OTHER1' },
      { employeeID: 'NOBODY', email: 'n@example.com' },
    ]);
    expect(successItems.map(({ response }: { response: { serial: string } }) => response.serial)[0]).toBe(serial);
    expect(successItems).toHaveLength(2);
    expect(JSON.stringify(successItems)).not.toContain(password);
    expect(failedItems.map((one: { error: { errorCode: number } }) => one.error.errorCode)).toEqual([
      10102, 10116, 10119, 10105,
    ]);
    expect((await get('/ruangkerja/users/PHONE1', token)).body.data.email).toBe('neu@example.com');
    await vi.waitFor(() => expect(mails.filter((mail) => JSON.stringify(mail).includes(password))).toHaveLength(1));
    expect(lines.join('')).not.toContain(password);
  });

  test('of fifty changes at once with a version one wins; twenty without are all written; nobody gets a 500', async () => {
    const { create, update } = await opened();
    const serial = await create();
    const race = (prefix: string, length: number, more: object) =>
      Promise.all(Array.from({ length }, (_, n) => update({ serial }, { username: `${prefix}${n}` }, more)));
    const typesOf = (answers: { __typename: string }[]) => answers.map((one) => one.__typename).toSorted();
    const versioned = await race('a', 50, { ifVersion: 1 });
    expect(typesOf(versioned).filter((type) => type === 'UserUpdated')).toHaveLength(1);
    expect(versioned.filter((one) => one.errorCode === 10107)).toHaveLength(49);
    expect(typesOf(await race('b', 20, {})).filter((type) => type !== 'UserUpdated')).toEqual([]);
  });

  test('of fifty changes of two users to one value one user wins', async () => {
    const { create, update, other } = await opened();
    const serials = [await create(), await create(other)];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => update({ serial: serials[n % 2] }, { username: 'same' })),
    );
    const kinds = (one: number) => answers.filter((_, n) => n % 2 === one).map((answer) => answer.errorCode ?? 0);
    expect([kinds(0), kinds(1)].map((codes) => [...new Set(codes)]).toSorted()).toEqual([[0], [10104]]);
    expect(answers.filter((answer) => answer.__typename === 'UserUpdated')).toHaveLength(1);
  });

  test('a change is repeated with its key: the first result; another change with it is 13101', async () => {
    const { create, update, graphql, token } = await opened();
    const serial = await create();
    const first = await update({ serial }, { name: 'Jane' }, { key: 'k' });
    expect(await update({ serial }, { name: 'Jane' }, { key: 'k' })).toEqual(first);
    expect(await update({ serial }, { name: 'Jane', username: null }, { key: 'k' })).toMatchObject({
      errorCode: 13101,
    });
    await graphql(token, `mutation { eraseUser(by: { serial: "${serial}" }) { __typename } }`);
    expect(await update({ serial }, { name: 'Jane' }, { key: 'k' })).toMatchObject({ errorCode: 10105 });
  });
});

test('a new email is a new password, mailed to the new address alone; another spelling is not', async () => {
  let isOpen = false;
  const gateway = await openGateway({
    transport: async (message) => {
      if (!isOpen) throw new Error('away');
      gateway.mails.push(message);
    },
  });
  const { mails } = gateway;
  const { create, update } = callsOf(gateway, await gateway.company('RUKR', scopes));
  const serial = await create();
  expect(await update({ serial }, { email: 'John.Doe@Example.com' })).toMatchObject({ passwordDelivery: 'NONE' });
  isOpen = true;
  expect(await update({ serial }, { email: 'neu@example.com' })).toMatchObject({ passwordDelivery: 'EMAIL' });
  await vi.waitFor(() => expect(mails).toHaveLength(1), { timeout: 10_000 });
  expect(JSON.stringify(mails[0])).toContain('neu@example.com');
});

test('it needs users:update and counts in the rate limit', async () => {
  const gateway = await openGateway({ env: { RATE_LIMIT: '1' } });
  const { token, clientID } = await gateway.company('RUKR', scopes);
  const input = { by: { serial: 'A' }, input: {} };
  const codeOf = async (one: string) =>
    (await gateway.graphql(one, mutation, input)).body.errors?.[0].extensions.errorCode;
  expect(await codeOf(await gateway.app.access.issueToken(clientID, ['users:create']))).toBe(403);
  expect([await codeOf(token), await codeOf(token)]).toEqual([undefined, 429]);
});
