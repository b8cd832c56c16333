import { describe, expect, test } from 'vitest';
import type { Scope } from '../../src/access/ports.ts';
import { type Gateway, johnDoe, openGateway } from '../support/gateway.ts';

const all: Scope[] = ['users:create', 'users:read', 'tags:write', 'tags:read'];
const deep = (levels: number, inside = '1') => `${'['.repeat(levels)}${inside}${']'.repeat(levels)}`;

describe('Ignored-Fields', () => {
  const send = async (path: string, body: object): Promise<[number, string | null]> => {
    const gateway = await openGateway();
    const { token, clientID, clientSecret } = await gateway.company('RUKR', all);
    const credentials = path === '/oauth/token' ? { clientID, clientSecret } : {};
    const { status, headers } = await gateway.postJson(path, token, { ...body, ...credentials });
    return [status, headers.get('ignored-fields')];
  };

  test.each<[string, object, number, string | null]>([
    ['/ruangkerja/users', johnDoe, 200, null],
    ['/ruangkerja/users', { ...johnDoe, tagSerial: 'X', emial: 'x' }, 200, 'tagSerial, emial'],
    ['/ruangkerja/users', { employeeId: 'E1', emial: 'x' }, 400, 'employeeId, emial'],
    ['/ruangkerja/users', { ...johnDoe, tagSerials: [{ a: 1 }] }, 400, null],
    [
      '/ruangkerja/users/create-bulk',
      { items: [{ ...johnDoe, emial: 1 }, 'x', null, [], { emial: 2, phones: 1 }], dryRun: true },
      200,
      'emial, phones, dryRun',
    ],
    ['/ruangkerja/tags', { name: 'A', colour: 'red' }, 200, 'colour'],
    ['/ruangkerja/tags/create-bulk', { items: [{ name: 'A', colour: 'red' }] }, 200, 'colour'],
    ['/oauth/token', { grantType: 'client_credentials', scope: 'x' }, 200, 'scope'],
    ['/oauth/token', { grant_type: 'client_credentials' }, 400, 'grant_type'],
  ])('%s of %j answers %i and %j', async (path, body, status, ignored) => {
    expect(await send(path, body)).toEqual([status, ignored]);
  });

  test('holds ten tokens at most, whatever the names are', async () => {
    const names = ['a b', 'é', 'x\r\nSet-Cookie: y', '1a', '*', '', '"', 'a:b/c', `l${'o'.repeat(500)}ng`, '__proto__'];
    const unknown = JSON.stringify(
      Object.fromEntries([...names, 'x1', 'x2', 'x3', 'x4', 'x5'].map((name) => [name, 1])),
    );
    const [, header] = await send('/ruangkerja/users', JSON.parse(`${unknown.slice(0, -1)},"__proto__":1}`));
    const tokens = header!.split(', ');
    expect(tokens).toHaveLength(10);
    for (const token of tokens) expect(token).toMatch(/^[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]{0,63}$/);
    expect(tokens.slice(0, 5)).toEqual(['ab', 'xSet-Cookie:y', 'a', '*', 'a:b/c']);
  });
});

describe('JSON deeper than 64 levels', () => {
  const isRefused = async (gateway: Gateway, path: string, token: string, body: string) => {
    const answer = await gateway.postJson(path, token, body);
    const { errorCode, detail } = answer.body.errors
      ? { errorCode: answer.body.errors[0].extensions.errorCode, detail: answer.body.errors[0].message }
      : answer.body;
    expect([answer.status, errorCode, detail]).toEqual([400, 400, 'the body is nested deeper than 64 levels']);
  };

  test('is 400 on every transport, before anything happens', async () => {
    const gateway = await openGateway();
    const { token } = await gateway.company('RUKR', all);
    const good = JSON.stringify(johnDoe);
    await isRefused(gateway, '/ruangkerja/users/create-bulk', token, `{"items":[${good},{"x":${deep(20_000)}}]}`);
    await isRefused(gateway, '/ruangkerja/users', token, `${good.slice(0, -1)},"x":${deep(64)}}`);
    await isRefused(gateway, '/ruangkerja/users', token, `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`);
    await isRefused(gateway, '/ruangkerja/tags', token, deep(100_000));
    await isRefused(gateway, '/ruangkerja/tags', token, '['.repeat(500_000));
    await isRefused(gateway, '/oauth/token', token, `{"clientID":${deep(64)}}`);
    await isRefused(gateway, '/graphql', token, `{"query":"{ __typename }","variables":${deep(64)}}`);
    await isRefused(gateway, '/graphql', token, `{"query":"{ __typename }","extensions":{"x":${deep(20_000)}}}`);
    expect((await gateway.get('/ruangkerja/users?page=1&pageSize=1', token)).body.data.totalItems).toBe(0);
    expect(gateway.mails).toEqual([]);
  });

  test('is counted without the brackets in strings and those beside each other', async () => {
    const gateway = await openGateway();
    const { token } = await gateway.company('RUKR', all);
    const items = Array.from({ length: 100 }, (_, n) => ({
      ...johnDoe,
      employeeID: `E${n}`,
      name: `${'['.repeat(70)}\\"{`,
      email: `e${n}@example.com`,
      phone: null,
      x: JSON.parse(deep(60)),
    }));
    const { body } = await gateway.postJson('/ruangkerja/users/create-bulk', token, { items });
    expect(body.data.successItems).toHaveLength(100);
  });
});

test('the payload of create-bulk is what came, without a password wherever it stands', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR', all);
  const secret = 'correct horse battery';
  const items = `[${JSON.stringify({ ...johnDoe, password: secret }).slice(0, -1)},"toJSON":1,"__proto__":{"a":1},"n":1e999},
    [{"password":"${secret}"}], {"user":{"Password":"${secret}","x":[{"PASSWORD":"${secret}"}]}}, null, 1e400, "\\ud800"]`;
  const answer = await gateway.postJson('/ruangkerja/users/create-bulk', token, `{"items":${items}}`);
  expect(answer.status).toBe(200);
  expect(answer.text).not.toContain(secret);
  expect(answer.body.data.successItems[0].payload).toMatchObject({ employeeID: 'EMPLY001', toJSON: 1, n: null });
  expect(answer.body.data.failedItems.map(({ payload }: { payload: unknown }) => payload)).toEqual([
    [{}],
    { user: { x: [{}] } },
    null,
    null,
    '\ud800',
  ]);
});

test('a number of the query that is there says what is wrong with it, one that is not that it is required', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR', all);
  for (const path of ['/ruangkerja/users', '/ruangkerja/tags']) {
    const detail = async (query: string) => (await gateway.get(`${path}?${query}`, token)).body.detail;
    expect(await detail('page=1')).toBe('pageSize is required, a whole number from 1 to 100');
    expect(await detail('page=1&pageSize=')).toBe('pageSize is required, a whole number from 1 to 100');
    for (const size of ['1000', '0', '-1', 'x', '1.5', '101'])
      expect(await detail(`page=1&pageSize=${size}`), size).toBe('pageSize must be a whole number from 1 to 100');
    expect(await detail('page=0&pageSize=1')).toBe('page must be a whole number from 1');
    expect(await detail('pageSize=1')).toBe('page is required, a whole number from 1');
  }
});

test('a tag name that is there says what is wrong with it', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR', all);
  const detail = async (name: unknown) => {
    const { body } = await gateway.postJson('/ruangkerja/tags', token, { name });
    expect(body).toMatchObject({ errorCode: 11110, message: 'TAG_NAME_INVALID' });
    return body.detail;
  };
  expect(await detail(undefined)).toBe('tag name is required, at most 100 characters');
  expect(await detail(5)).toBe('tag name must be a string');
  expect(await detail('\u200B')).toBe('tag name has no visible character');
  expect(await detail('n'.repeat(101))).toBe('tag name allows at most 100 characters and no control characters');
  expect(await detail(`n${'\u0301'.repeat(31)}`)).toBe('tag name allows at most 30 combining marks in a row');
});
