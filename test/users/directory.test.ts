import { expect, test } from 'vitest';
import { type Scope, scopes } from '../../src/access/ports.ts';
import { type Gateway, openGateway } from '../support/gateway.ts';

const tags = '/ruangkerja/tags';
const all: Scope[] = [...scopes];
/** A clock in which no two things happen in one millisecond. */
const ticking =
  (from = Date.now()) =>
  () =>
    from++;
const createTag = /* GraphQL */ `
  mutation CreateTag($name: String!) {
    createTag(name: $name) {
      __typename
      ... on TagCreated {
        tag {
          serial
          name
        }
      }
      ... on CreateTagError {
        errorCode
        message
        detail
        problems {
          errorCode
          path
        }
      }
    }
  }
`;
/** Both transports: the number that refuses the name, or the serial that was made. */
const transports: Record<string, (gateway: Gateway, token: string, name: string) => Promise<number | string>> = {
  GraphQL: async (gateway, token, name) => {
    const { createTag: result } = (await gateway.graphql(token, createTag, { name })).body.data;
    return result.errorCode ?? result.tag.serial;
  },
  REST: async (gateway, token, name) => {
    const { body } = await gateway.postJson(tags, token, { name });
    return body.errorCode ?? body.data.serial;
  },
};

test.each(Object.entries(transports))(
  '%s creates a tag; a taken name is 11101 in any case, a wrong one 11110; companies are strangers',
  async (_, create) => {
    const gateway = await openGateway();
    const [{ token }, stranger] = [await gateway.company('RUKR', all), await gateway.company('OTHR', all)];
    const serial = await create(gateway, token, ' Night shift ');
    expect(serial).toMatch(/^RUKRTAG-[A-Z0-9]{8}$/);
    expect((await gateway.get(`${tags}/${serial}`, token)).body).toEqual({
      status: 'success',
      message: 'Success',
      data: { serial, name: 'Night shift' },
    });
    expect(await create(gateway, token, 'NIGHT SHIFT')).toBe(11101);
    expect(await create(gateway, stranger.token, 'Night shift')).toMatch(/^OTHRTAG-/);
    for (const name of ['', ' ', 'x'.repeat(101), 'a\nb', '\0', '\u202e', '\ud800'])
      expect([name, await create(gateway, token, name)]).toEqual([name, 11110]);
  },
);

test('REST answers the documented failure, and 11110 for a name of the wrong type', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR', all);
  const taken = await gateway.postJson(tags, token, { name: 'staff' });
  expect([taken.status, taken.body]).toEqual([
    409,
    { errorCode: 11101, message: 'TAG_NAME_EXISTS', detail: 'tag name already been taken' },
  ]);
  for (const body of [{}, { name: null }, { name: 7 }, { name: ['a'] }]) {
    const answer = await gateway.postJson(tags, token, body);
    expect([answer.status, answer.body.errorCode]).toEqual([400, 11110]);
  }
  expect((await gateway.postJson(tags, token, [])).body.errorCode).toBe(400);
});

test('a tag that is not there is 11102 with status 404, one of another company too', async () => {
  const gateway = await openGateway();
  const [{ token }, stranger] = [await gateway.company('RUKR', all), await gateway.company('OTHR', all)];
  for (const serial of ['RUKRTAG-00000000', stranger.tag, '%00', 'a%2Fb']) {
    const { status, body } = await gateway.get(`${tags}/${serial}`, token);
    expect([serial, status, body]).toEqual([
      serial,
      404,
      { errorCode: 11102, message: 'TAG_NOT_FOUND', detail: 'there is no tag with this serial' },
    ]);
  }
  expect(gateway.lines.filter((line) => line.includes('"errorCode":11102'))).toHaveLength(4);
});

test('tags are listed in pages and in a connection, and searched by name', async () => {
  const gateway = await openGateway({ now: ticking() });
  const { token, tag } = await gateway.company('RUKR', all);
  const made = [tag];
  for (const name of ['Night staff', 'Émigré', '100%'])
    made.push(String(await transports['REST']!(gateway, token, name)));
  const page = async (query: string) => (await gateway.get(`${tags}?${query}`, token)).body.data;
  expect(await page('page=2&pageSize=3')).toEqual({
    currentPage: 2,
    totalItems: 4,
    totalPage: 2,
    items: [{ serial: made[3], name: '100%' }],
  });
  const serials = async (query: string) =>
    (await page(`page=1&pageSize=9&${query}`)).items.map(({ serial }: { serial: string }) => serial);
  expect(await serials('name=STAFF')).toEqual(made.slice(0, 2));
  expect(await serials('name=%C3%A9m')).toEqual([made[2]]);
  expect(await serials('name=%25')).toEqual([made[3]]);
  expect(await serials('name=%00')).toEqual([]);
  expect(await serials(`name=${'%CC%81'.repeat(31)}`)).toEqual([]);
  expect((await gateway.get(`${tags}?name=a`, token)).status).toBe(400);
  const query =
    'query ($first: Int! = 20, $after: String, $name: String) { tags(first: $first, after: $after, name: $name) { totalCount edges { node { serial name } } pageInfo { hasNextPage endCursor } } }';
  const { edges, pageInfo, totalCount } = (await gateway.graphql(token, query, { first: 3 })).body.data.tags;
  expect([
    edges.map(({ node }: { node: { serial: string } }) => node.serial),
    pageInfo.hasNextPage,
    totalCount,
  ]).toEqual([made.slice(0, 3), true, 4]);
  const rest = (await gateway.graphql(token, query, { after: pageInfo.endCursor })).body.data.tags;
  expect([rest.edges, rest.pageInfo.hasNextPage]).toEqual([[{ node: { serial: made[3], name: '100%' } }], false]);
  for (const [name, count] of [
    ['staff', 2],
    [`staff${'\u0301'.repeat(31)}`, 0],
    ['s'.repeat(100_000), 0],
  ] as const)
    expect((await gateway.graphql(token, query, { name })).body.data.tags.totalCount).toBe(count);
  expect((await gateway.graphql(token, query, { after: 'x' })).body.errors[0].extensions.code).toBe('BAD_USER_INPUT');
});

test('create-bulk of tags answers the documented envelope in order; of two with one name the first wins', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR', all);
  const items = [
    { name: 'A', extra: 1 },
    { name: 'a' },
    { name: '' },
    { name: 'STAFF' },
    'no object',
    null,
    { name: 'B' },
  ];
  const { status, body } = await gateway.postJson(`${tags}/create-bulk`, token, { items });
  const error = (errorCode: number) => ({
    errorCode,
    message: expect.stringMatching(/^TAG_NAME_/),
    detail: expect.any(String),
  });
  const response = { serial: expect.stringMatching(/^RUKRTAG-/) };
  expect([status, body]).toEqual([
    200,
    {
      data: {
        failedItems: [
          { error: error(11101), payload: { name: 'a' } },
          { error: error(11110), payload: { name: '' } },
          { error: error(11101), payload: { name: 'STAFF' } },
          { error: error(11110), payload: 'no object' },
          { error: error(11110), payload: null },
        ],
        successItems: [
          { payload: items[0], response },
          { payload: items[6], response },
        ],
      },
      status: 'success',
      message: 'success',
    },
  ]);
  const many = Array.from({ length: 1_000 }, (_, n) => ({ name: `T${n}` }));
  expect((await gateway.postJson(`${tags}/create-bulk`, token, { items: many })).body.data.successItems).toHaveLength(
    1_000,
  );
  const last = (await gateway.get(`${tags}?page=11&pageSize=100`, token)).body.data;
  expect([last.totalItems, last.items.map(({ name }: { name: string }) => name)]).toEqual([
    1_003,
    ['T997', 'T998', 'T999'],
  ]);
  for (const wrong of [{}, { items: [] }, { items: {} }, { items: [...many, {}] }])
    expect((await gateway.postJson(`${tags}/create-bulk`, token, wrong)).body.errorCode).toBe(400);
});

test('the structure of the company is a tree in REST, a list with parents in GraphQL', async () => {
  const gateway = await openGateway({ now: ticking() });
  const [{ token, organization: head, inactive }, stranger] = [
    await gateway.company('RUKR', all),
    await gateway.company('OTHR', all),
  ];
  const owner = (await gateway.app.access.findCompany('RUKR'))!;
  const add = async (name: string, parent: string) =>
    ((await gateway.app.directory.createOrganization(owner, { name, parent, isActive: true })) as { serial: string })
      .serial;
  const finance = await add('Finance', head);
  const payroll = await add('Payroll', finance);
  const people = await add('People', head);
  const branch = (serial: string, name: string, childOrganizations: object[] = [], isActive = true) => ({
    serial,
    name,
    isActive,
    childOrganizations,
  });
  const { status, body } = await gateway.get('/ruangkerja/company-structure', token);
  expect([status, body]).toEqual([
    200,
    {
      status: 'success',
      message: 'Success',
      data: {
        organizations: [
          branch(head, 'Head office', [
            branch(finance, 'Finance', [branch(payroll, 'Payroll')]),
            branch(people, 'People'),
          ]),
          branch(inactive, 'Closed', [], false),
        ],
      },
    },
  ]);
  const list = (await gateway.graphql(token, '{ organizations { serial isActive parentSerial } }')).body.data
    .organizations;
  expect(
    list.map(({ serial, parentSerial }: { serial: string; parentSerial: string | null }) => [serial, parentSerial]),
  ).toEqual([
    [head, null],
    [inactive, null],
    [finance, head],
    [payroll, finance],
    [people, head],
  ]);
  await gateway.rest(token, {
    employeeID: 'E1',
    name: 'A',
    phone: '6281122334455',
    isActive: true,
    organizationSerial: finance,
  });
  expect(
    (await gateway.graphql(token, '{ user(employeeID: "E1") { organization { parentSerial } } }')).body.data.user
      .organization.parentSerial,
  ).toBe(head);
  expect((await gateway.get('/ruangkerja/company-structure', stranger.token)).body.data.organizations).toHaveLength(2);
});

test('each call needs its own scope', async () => {
  const gateway = await openGateway();
  const calls: [Scope, (token: string) => Promise<{ status: number }>][] = [
    ['tags:write', (token) => gateway.postJson(tags, token, { name: `T${Math.random()}` })],
    ['tags:write', (token) => gateway.postJson(`${tags}/create-bulk`, token, { items: [{ name: 'a' }] })],
    ['tags:write', (token) => gateway.graphql(token, createTag, { name: `T${Math.random()}` })],
    ['tags:read', (token) => gateway.get(`${tags}?page=1&pageSize=1`, token)],
    ['tags:read', (token) => gateway.get(`${tags}/A`, token)],
    ['tags:read', (token) => gateway.graphql(token, '{ tags { totalCount } }')],
    ['organizations:read', (token) => gateway.get('/ruangkerja/company-structure', token)],
    ['organizations:read', (token) => gateway.graphql(token, '{ organizations { serial } }')],
    ['users:read', (token) => gateway.get('/ruangkerja/users/E1', token)],
  ];
  for (const [index, [scope, call]] of calls.entries()) {
    const code = (letter: string) => `${letter}AA${String.fromCharCode(65 + index)}`;
    const { token } = await gateway.company(
      code('W'),
      all.filter((other) => other !== scope),
    );
    const { token: right } = await gateway.company(code('R'), [scope]);
    expect([index, (await call(token)).status, [200, 404].includes((await call(right)).status)]).toEqual([
      index,
      403,
      true,
    ]);
  }
});
