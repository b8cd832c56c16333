import { readFileSync } from 'node:fs';
import { getIntrospectionQuery } from 'graphql';
import { serverAudits } from 'graphql-http';
import { expect, test } from 'vitest';
import { printedSchema } from '../../src/api/graphql/schema.ts';
import { errorDictionary } from '../../src/users/error-dictionary.ts';
import { createUserMutation, johnDoe, openGateway } from '../support/gateway.ts';

test('schema.graphql is the schema (npm run generate brings it up to date)', () => {
  expect(printedSchema()).toBe(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
});

test('all 61 audits of GraphQL over HTTP answer ok', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const audits = serverAudits({
    url: 'http://127.0.0.1/graphql',
    fetchFn: (url: string, init: RequestInit = {}) =>
      gateway.app.fetch(new Request(url, { ...init, headers: { ...(init.headers as Record<string, string>), Authorization: token } }), '127.0.0.1'),
  });
  expect(audits).toHaveLength(61);
  const results = await Promise.all(audits.map(async (audit) => ({ name: audit.name, result: await audit.fn() })));
  expect(results.filter(({ result }) => result.status !== 'ok').map(({ name, result }) => `${name}: ${'reason' in result ? result.reason : ''}`)).toEqual([]);
});

test('errorDictionary answers every row without a token', async () => {
  const gateway = await openGateway();
  const { body } = await gateway.graphql(null, '{ errorDictionary { errorCode message detail httpStatus } }');
  expect(body.data.errorDictionary).toEqual(Object.entries(errorDictionary).map(([message, row]) => ({ message, ...row })));
});

test('createUser and user without a token are 401, without the scope 403, as top-level errors', async () => {
  const gateway = await openGateway();
  const creator = await gateway.company('CREA', ['users:create']);
  const reader = await gateway.company('READ', ['users:read']);
  const query = '{ user(employeeID: "EMPLY001") { name } }';
  for (const token of [null, 'wrong']) {
    for (const answer of [await gateway.createUser(token, johnDoe), await gateway.graphql(token, query)]) {
      expect(answer.status).toBe(401);
      expect(answer.body.errors[0].extensions).toEqual({ code: 'UNAUTHENTICATED', errorCode: 401 });
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  }
  const refused = await gateway.createUser(reader.token, johnDoe);
  expect([refused.status, refused.body.errors[0].extensions.code, refused.body.errors[0].message]).toEqual([403, 'FORBIDDEN', expect.stringContaining('users:create')]);
  expect((await gateway.graphql(creator.token, query)).status).toBe(403);
  // What UserCreated holds needs users:create only.
  expect((await gateway.createUser(creator.token, johnDoe)).body.data.createUser.user.name).toBe('John Doe');
});

test('user takes exactly one argument and answers null for an unknown one', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  for (const query of ['{ user { name } }', '{ user(serial: "A", employeeID: "B") { name } }', '{ user(serial: null) { name } }']) {
    const { body } = await gateway.graphql(token, query);
    expect(body.errors[0].extensions.code).toBe('BAD_USER_INPUT');
  }
  expect((await gateway.graphql(token, '{ user(employeeID: "nobody") { name } }')).body).toEqual({ data: { user: null } });
});

const secret = 'hunter2-secret';
const wrongInputs: [string, unknown, string][] = [
  ['a wrong type', { input: { ...johnDoe, employeeID: 5, password: secret } }, 'input.employeeID'],
  ['a password of a wrong type', { input: { ...johnDoe, password: { plain: secret } } }, 'input.password'],
  ['a null', { input: { ...johnDoe, name: null, password: secret } }, 'input.name'],
  ['a missing field', { input: { employeeID: 'E1', name: 'A', password: secret } }, 'input'],
  ['an unknown field', { input: { ...johnDoe, password: secret, nickname: secret } }, '"nickname"'],
  ['a wrong element of a list', { input: { ...johnDoe, password: secret, tagSerials: ['A', { a: secret }] } }, 'input.tagSerials.1'],
  ['a missing variable', { password: secret }, '$input'],
  ['a null variable', { input: null, password: secret }, '$input'],
];

test.each(wrongInputs)('%s is BAD_USER_INPUT that names the path, never the value, in answer and log', async (_, variables, path) => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const asJson = await gateway.graphql(token, createUserMutation, variables);
  const asGraphql = await gateway.graphql(token, createUserMutation, variables, { Accept: 'application/graphql-response+json' });
  expect([asJson.status, asGraphql.status]).toEqual([200, 400]);
  expect(asJson.body.errors[0].extensions.code).toBe('BAD_USER_INPUT');
  expect(asJson.body.errors.map(({ message }: { message: string }) => message).join()).toContain(path);
  expect(asJson.text + asGraphql.text + gateway.lines.join('')).not.toContain(secret);
});

test.each([
  ['a literal of a wrong type', `mutation { createUser(input: { employeeID: "E", name: "N", isActive: "${secret}" }) { __typename } }`],
  ['an enum where a string belongs', `mutation { createUser(input: { employeeID: hunter2_secret, name: "N", isActive: true }) { __typename } }`],
  ['a syntax error after a string', `mutation { createUser(input: { password "${secret}" }) { __typename } }`],
])('%s is not echoed', async (_, query) => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const answer = await gateway.graphql(token, query);
  expect(answer.body.errors.length).toBeGreaterThan(0);
  expect(answer.text + gateway.lines.join('')).not.toMatch(/hunter2.secret/);
});

test('malformed JSON is not echoed', async () => {
  const gateway = await openGateway();
  const answer = await gateway.postJson('/graphql', null, `{"query": "{__typename}", "variables": {"password": "${secret}" oops`);
  expect(answer.text + gateway.lines.join('')).not.toContain(secret);
  expect(answer.body.errors[0].extensions.code).toBe('BAD_REQUEST');
});

test.each([
  ['tokens', `{ ${'errorDictionary { detail } '.repeat(251)} }`],
  ['levels of fields', `{ a: __schema { types ${'{ ofType '.repeat(0)} { fields { type ${'{ ofType '.repeat(18)} { name } ${'}'.repeat(18)} } } } }`],
  ['aliases', `{ ${Array.from({ length: 31 }, (_, i) => `a${i}: __typename`).join(' ')} }`],
  ['root fields', `{ ${'__typename '.repeat(11)} }`],
  ['directives', `{ __typename ${'@skip(if: false) '.repeat(51)} }`],
])('an operation with too many %s is refused', async (what, query) => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const { body } = await gateway.graphql(token, query);
  expect(body.data).toBeUndefined();
  expect(body.errors.map(({ message }: { message: string }) => message).join()).toMatch(new RegExp(`more than \\d+ ${what}`));
});

test('fragments that double at each level are counted without being spread out, one that spreads itself ends', async () => {
  const gateway = await openGateway();
  const doubling = `{ ...F0 } ${Array.from({ length: 60 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F60 on Query { a: __typename }`;
  expect((await gateway.graphql(null, doubling)).body.errors[0].message).toMatch(/more than 30 aliases/);
  expect((await gateway.graphql(null, '{ ...F } fragment F on Query { ...F }')).body.errors[0].message).toMatch(/itself/);
});

test('the standard introspection query passes; in production it needs a token', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  expect((await gateway.graphql(token, getIntrospectionQuery())).body.data.__schema.types.length).toBeGreaterThan(10);
  const refused = await gateway.graphql(null, getIntrospectionQuery());
  expect([refused.status, refused.body.errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
});

test('a mutation never runs by GET, a POST that is not application/json is 415', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const query = encodeURIComponent('mutation { createUser(input: { employeeID: "E1", name: "N", phone: "6281122334455", isActive: true }) { __typename } }');
  const get = await gateway.send(`/graphql?query=${query}`, { headers: { Authorization: token } });
  expect(get.status).toBe(405);
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/graphql', 'multipart/form-data; boundary=x', 'application/graphql+json']) {
    const answer = await gateway.send('/graphql', { method: 'POST', headers: { Authorization: token, 'Content-Type': type }, body: 'query=%7B__typename%7D' });
    expect(answer.status, type).toBe(415);
  }
  expect((await gateway.graphql(token, '{ user(employeeID: "E1") { name } }')).body.data.user).toBeNull();
});

test('a body above the limit is 413 with the number, and the connection closes', async () => {
  const gateway = await openGateway({ env: { MAX_BODY_BYTES: '2048' } });
  const answer = await gateway.graphql(null, `{ __typename } # ${'x'.repeat(3000)}`);
  expect([answer.status, answer.body.errors[0].extensions.errorCode]).toEqual([413, 413]);
  expect(answer.headers.get('connection')).toBe('close');
});
