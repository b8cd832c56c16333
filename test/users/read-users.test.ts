import { expect, test } from 'vitest';
import { type Gateway, johnDoe, openGateway } from '../support/gateway.ts';

const users = '/ruangkerja/users';
const person = (n: number, more: object = {}) => ({
  ...johnDoe,
  employeeID: `E${n}`,
  name: `Person ${n}`,
  email: `e${n}@example.com`,
  phone: null,
  ...more,
});

async function createAll(gateway: Gateway, token: string, inputs: object[]): Promise<string[]> {
  const { body } = await gateway.postJson(`${users}/create-bulk`, token, { items: inputs });
  expect(body.data.failedItems).toEqual([]);
  return body.data.successItems.map(({ response }: { response: { serial: string } }) => response.serial);
}

test('REST answers one user to the documented letter, by employee id in any case', async () => {
  const gateway = await openGateway();
  const { token, tag, organization } = await gateway.company('RUKR');
  await createAll(gateway, token, [
    { ...johnDoe, username: 'johnd', tagSerials: [tag], organizationSerial: organization },
    person(2),
  ]);
  const full = {
    employeeID: 'EMPLY001',
    name: 'John Doe',
    username: 'johnd',
    email: 'john.doe@example.com',
    phone: '6281122334455',
    isActive: true,
    companyName: 'RUKR Company',
    companySerial: 'RUKR',
    organizationDisplayName: 'Head office',
    organizationLevelSerial: organization,
    tags: [{ serial: tag, name: 'Staff' }],
  };
  const bare = {
    ...full,
    employeeID: 'E2',
    name: 'Person 2',
    username: null,
    email: 'e2@example.com',
    phone: null,
    organizationDisplayName: null,
    organizationLevelSerial: null,
    tags: [],
  };
  for (const written of ['EMPLY001', 'emply001', 'EmPLY%30%301']) {
    const { status, body } = await gateway.get(`${users}/${written}`, token);
    expect([status, body]).toEqual([200, { status: 'success', message: 'Success', data: full }]);
  }
  const { status, body } = await gateway.get(`${users}?page=1&pageSize=10`, token);
  expect([status, body]).toEqual([
    200,
    {
      status: 'success',
      message: 'Success',
      data: { currentPage: 1, totalItems: 2, totalPage: 1, items: [full, bare] },
    },
  ]);
  const head = await gateway.json(
    gateway.send(`${users}/EMPLY001`, { method: 'HEAD', headers: { Authorization: token } }),
  );
  expect([head.status, head.text]).toEqual([200, '']);
});

test('an employee id that nobody has is 10105 with status 404, in another company too', async () => {
  const gateway = await openGateway();
  const [{ token }, stranger] = [await gateway.company('RUKR'), await gateway.company('OTHR')];
  await createAll(gateway, stranger.token, [person(1)]);
  for (const written of ['E1', 'nobody', '%00', '%E0%A4%A', 'a%2Fb', '%F0%9F%98%80']) {
    const { status, body } = await gateway.get(`${users}/${written}`, token);
    expect([written, status, body]).toEqual([
      written,
      404,
      { errorCode: 10105, message: 'USER_NOT_FOUND', detail: 'there is no user with this serial or employee id' },
    ]);
  }
});

test('pages are cut and counted; beyond the last there is an empty one', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const page = async (query: string) => {
    const { body } = await gateway.get(`${users}?${query}`, token);
    const { items, ...rest } = body.data;
    return [...Object.values(rest), items.map(({ employeeID }: { employeeID: string }) => employeeID).join(' ')];
  };
  expect(await page('page=1&pageSize=2')).toEqual([1, 0, 0, '']);
  await createAll(
    gateway,
    token,
    [1, 2, 3, 4, 5].map((n) => person(n, { isActive: n !== 2, phone: `62811223344${n}${n}` })),
  );
  expect(await page('page=1&pageSize=2')).toEqual([1, 5, 3, 'E1 E2']);
  expect(await page('page=3&pageSize=2')).toEqual([3, 5, 3, 'E5']);
  expect(await page('page=4&pageSize=2')).toEqual([4, 5, 3, '']);
  expect(await page('page=1&pageSize=5')).toEqual([1, 5, 1, 'E1 E2 E3 E4 E5']);
  expect(await page('page=999999999&pageSize=100')).toEqual([999_999_999, 5, 1, '']);
  expect(await page('page=2&pageSize=2&isActive=true')).toEqual([2, 4, 2, 'E4 E5']);
  expect(await page('page=1&pageSize=2&isActive=false')).toEqual([1, 1, 1, 'E2']);
  expect(await page('page=1&pageSize=9&employeeID=e3')).toEqual([1, 1, 1, 'E3']);
  expect(await page('page=1&pageSize=9&employeeID=E3&isActive=false')).toEqual([1, 0, 0, '']);
  expect(await page('page=1&pageSize=9&name=%20PERSON%204%20')).toEqual([1, 1, 1, 'E4']);
  expect(await page('page=1&pageSize=9&email=5@EXAMPLE')).toEqual([1, 1, 1, 'E5']);
  expect(await page('page=1&pageSize=9&phone=%2B62%20811-2233-441')).toEqual([1, 1, 1, 'E1']);
  expect(await page('page=1&pageSize=9&name=&email=%20&phone=&isActive=&employeeID=&unknown=x')).toEqual([
    1,
    5,
    1,
    'E1 E2 E3 E4 E5',
  ]);
  expect(await page('page=1&pageSize=9&name=%00')).toEqual([1, 0, 0, '']);
  expect(await page('page=1&pageSize=9&name=%25')).toEqual([1, 0, 0, '']);
});

test.each([
  '',
  'page=1',
  'pageSize=1',
  'page=0&pageSize=1',
  'page=1&pageSize=0',
  'page=1&pageSize=101',
  'page=-1&pageSize=1',
  'page=1.5&pageSize=1',
  'page=a&pageSize=1',
  'page=&pageSize=1',
  'page=1e1&pageSize=1',
  'page=9999999999&pageSize=1',
  'page=1&pageSize=1&isActive=1',
  'page=1&pageSize=1&isActive=TRUE',
])('the list with "%s" is 400', async (query) => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const { status, body } = await gateway.get(`${users}?${query}`, token);
  expect([status, body]).toEqual([
    400,
    { errorCode: 400, message: 'BAD_REQUEST', detail: expect.stringMatching(/^(page|pageSize|isActive) /) },
  ]);
});

test('reading checks in the order of the contract: 404, 405, 401, 403, 406, then parameters', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const { token: creator } = await gateway.company('CREA', ['users:create']);
  const verdict = async (path: string, method: string, headers: Record<string, string>) => {
    const { status, body } = await gateway.json(gateway.send(path, { method, headers }));
    return [status, body.errorCode];
  };
  const wrong = { Accept: 'text/csv' };
  expect(await verdict(`${users}/a/b`, 'GET', wrong)).toEqual([404, 404]);
  for (const path of [users, `${users}/E1`]) {
    expect(await verdict(path, 'PATCH', wrong)).toEqual([405, 405]);
    expect(await verdict(path, 'GET', wrong)).toEqual([401, 401]);
    expect(await verdict(path, 'GET', { ...wrong, Authorization: creator })).toEqual([403, 403]);
    expect(await verdict(path, 'GET', { ...wrong, Authorization: token })).toEqual([406, 406]);
  }
  // No body, so no content type.
  expect(await verdict(users, 'GET', { Authorization: token, 'Content-Type': 'text/plain' })).toEqual([400, 400]);
});

const usersQuery = /* GraphQL */ `
  query Users($first: Int! = 20, $after: String, $filter: UserFilter) {
    users(first: $first, after: $after, filter: $filter) {
      totalCount
      edges {
        cursor
        node {
          employeeID
          passwordMail
        }
      }
      pageInfo {
        hasNextPage
        hasPreviousPage
        startCursor
        endCursor
      }
    }
  }
`;

test('the connection is walked to its end by cursors, also while users are added', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  await createAll(
    gateway,
    token,
    Array.from({ length: 5 }, (_, n) => person(n)),
  );
  const seen: string[] = [];
  let after: string | null = null;
  for (let page = 0; ; page++) {
    const { body } = await gateway.graphql(token, usersQuery, { first: 2, after });
    const { edges, pageInfo, totalCount } = body.data.users;
    seen.push(...edges.map(({ node }: { node: { employeeID: string } }) => node.employeeID));
    expect([pageInfo.startCursor, pageInfo.endCursor, pageInfo.hasPreviousPage]).toEqual([
      edges[0].cursor,
      edges.at(-1).cursor,
      page > 0,
    ]);
    expect(totalCount).toBe(page === 0 ? 5 : 6);
    if (page === 0) await createAll(gateway, token, [person(9)]);
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  expect(seen).toEqual(['E0', 'E1', 'E2', 'E3', 'E4', 'E9']);
  const { body } = await gateway.graphql(token, usersQuery, { first: 0 });
  expect(body.data.users).toMatchObject({
    edges: [],
    pageInfo: { hasNextPage: true, startCursor: null, endCursor: null },
  });
});

test('a wrong cursor, or a first that is negative or above 100, is BAD_USER_INPUT', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  for (const variables of [
    { after: '' },
    { after: 'x' },
    { after: 'AZpAAAAAcACAAAAAAAAAAA==' },
    { after: 'é'.repeat(22) },
    { after: "' or 1=1 --" },
    { first: 101 },
    { first: -1 },
  ]) {
    const { body } = await gateway.graphql(token, usersQuery, variables);
    expect([variables, body.errors?.[0].extensions.code]).toEqual([variables, 'BAD_USER_INPUT']);
  }
});

test('a filter narrows by every field; what is empty narrows nothing, what no user can have takes none', async () => {
  const gateway = await openGateway();
  const { token, tag, organization } = await gateway.company('RUKR');
  await createAll(gateway, token, [
    person(1, { tagSerials: [tag], name: 'Ēva' }),
    person(2, { organizationSerial: organization, phone: '0811-2233-4455', isActive: false }),
  ]);
  const found = async (filter: object) =>
    (await gateway.graphql(token, usersQuery, { filter })).body.data.users.edges.map(
      ({ node }: { node: { employeeID: string } }) => node.employeeID,
    );
  expect(await found({ tagSerial: tag })).toEqual(['E1']);
  expect(await found({ organizationSerial: organization })).toEqual(['E2']);
  expect(await found({ isActive: false, phone: '811 2233' })).toEqual(['E2']);
  for (const phone of [
    '0811',
    '0811-2233-4455',
    '(0811) 22',
    '+62 811',
    '0062811',
    '\u202A+62\u2011811\u202C',
    '4455',
    '62811',
  ])
    expect(await found({ phone }), phone).toEqual(['E2']);
  for (const phone of ['0812', '+812', '0811 2233 4456', '-', '+']) expect(await found({ phone }), phone).toEqual([]);
  expect(await found({ name: 'ē', tagSerial: tag, isActive: true })).toEqual(['E1']);
  expect(await found({ name: 'E\u0304' })).toEqual(['E1']);
  for (const filter of [{}, { name: null, email: '', phone: '  ', isActive: null, tagSerial: '' }])
    expect(await found(filter)).toEqual(['E1', 'E2']);
  for (const filter of [
    { name: '\0' },
    { name: '\ud800' },
    { employeeID: 'E1\0' },
    { tagSerial: 'none' },
    { phone: 'x' },
    ...['name', 'email', 'phone'].map((field) => ({ [field]: `a${'\u0301'.repeat(31)}` })),
    ...['name', 'email', 'phone', 'employeeID', 'tagSerial'].map((field) => ({ [field]: 'a'.repeat(100_000) })),
  ])
    expect(await found(filter)).toEqual([]);
});

test('users needs its scope; its items and those of other queries show the fate of the mail', async () => {
  let accept = true;
  const gateway = await openGateway({
    transport: async () => {
      if (!accept) throw new Error('busy');
    },
  });
  const { token } = await gateway.company('RUKR');
  const { token: creator } = await gateway.company('CREA', ['users:create']);
  expect((await gateway.graphql(null, usersQuery)).status).toBe(401);
  expect((await gateway.graphql(creator, usersQuery)).status).toBe(403);
  const fates = async () =>
    (await gateway.graphql(token, usersQuery)).body.data.users.edges.map(
      ({ node }: { node: { passwordMail: string } }) => node.passwordMail,
    );
  await createAll(gateway, token, [person(1)]);
  await expect.poll(fates).toEqual(['SENT']);
  accept = false;
  await createAll(gateway, token, [person(2), person(3, { email: null, phone: '6281122334455' })]);
  expect(await fates()).toEqual(['SENT', 'QUEUED', 'NONE']);
  const one = await gateway.graphql(token, '{ user(employeeID: "E1") { passwordMail } }');
  expect(one.body.data.user.passwordMail).toBe('SENT');
  // What UserCreated holds needs users:create only.
  const created = await gateway.graphql(
    creator,
    'mutation { createUser(input: { employeeID: "A", name: "A", phone: "6281122334455", isActive: true }) { ... on UserCreated { user { passwordMail } } } }',
  );
  expect(created.body.data.createUser.user.passwordMail).toBe('NONE');
});
