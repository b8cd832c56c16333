import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Scope } from '../../src/access/ports.ts';
import { gatewayOn, stores } from '../support/both-stores.ts';
import { type Gateway, johnDoe, openGateway } from '../support/gateway.ts';

const scopes: Scope[] = ['users:create', 'users:read', 'users:erase'];
const mutation = /* GraphQL */ `
  mutation Erase($by: UserKey!) {
    eraseUser(by: $by) {
      __typename
      ... on UserErased {
        serial
      }
      ... on EraseUserError {
        errorCode
        problems {
          errorCode
          path
        }
      }
    }
  }
`;

function callsOf(gateway: Gateway, company: Awaited<ReturnType<Gateway['company']>>) {
  const create = async (more: object = {}) => {
    const { body } = await gateway.rest(company.token, { ...johnDoe, ...more });
    return String(body.data.serial);
  };
  const erase = async (by: object) => (await gateway.graphql(company.token, mutation, { by })).body;
  const erasePath = (employeeID: string, token: string | null = company.token) =>
    gateway.json(
      gateway.send(`/ruangkerja/users/${employeeID}`, {
        method: 'DELETE',
        headers: token === null ? {} : { Authorization: token },
      }),
    );
  return { ...gateway, ...company, create, erase, erasePath };
}

async function openSqlite() {
  const gateway = await openGateway();
  return callsOf(gateway, await gateway.company('RUKR', scopes));
}

describe.each(stores)('%s', (store) => {
  const shared = gatewayOn(store);
  const opened = async () => callsOf(shared.gateway(), await shared.newCompany(scopes));

  test('a user is erased by serial or by employee id in any case, and the second time there is nobody', async () => {
    const { create, erase, get, token } = await opened();
    const serial = await create();
    expect((await erase({ serial })).data.eraseUser).toEqual({ __typename: 'UserErased', serial });
    expect((await erase({ serial })).data.eraseUser).toEqual({
      __typename: 'EraseUserError',
      errorCode: 10105,
      problems: [{ errorCode: 10105, path: ['serial'] }],
    });
    const again = await create();
    expect(again).not.toBe(serial);
    expect((await erase({ employeeID: 'emply001' })).data.eraseUser.serial).toBe(again);
    expect((await erase({ employeeID: 'emply001' })).data.eraseUser.problems).toEqual([
      { errorCode: 10105, path: ['employeeID'] },
    ]);
    expect((await get('/ruangkerja/users/EMPLY001', token)).body.errorCode).toBe(10105);
  });

  test('DELETE answers the serial, and 10105 with 404 the second time', async () => {
    const { create, erasePath } = await opened();
    const serial = await create();
    const { status, body } = await erasePath('emply001');
    expect([status, body]).toEqual([200, { status: 'success', message: 'Success', data: { serial } }]);
    const second = await erasePath('EMPLY001');
    expect([second.status, second.body.errorCode]).toEqual([404, 10105]);
  });

  test('it needs users:erase, on both transports', async () => {
    const { app, create, graphql, erasePath, clientID } = await opened();
    const serial = await create();
    const token = await app.access.issueToken(clientID, ['users:create', 'users:read']);
    expect((await erasePath('EMPLY001', token)).body.detail).toContain('users:erase');
    const { body } = await graphql(token, mutation, { by: { serial } });
    expect(body.errors[0].extensions.errorCode).toBe(403);
    expect((await erasePath('EMPLY001', null)).status).toBe(401);
  });

  test('a creation that is repeated with its key after the erasure answers 10105 and brings nobody back', async () => {
    const { create, erase, rest, get, token } = await opened();
    await create({ employeeID: 'OTHER', email: 'other@example.com', phone: null });
    const key = { 'Idempotency-Key': 'k' };
    const first = await rest(token, johnDoe, key);
    await erase({ serial: first.body.data.serial });
    const { status, body } = await rest(token, johnDoe, key);
    expect([status, body.errorCode]).toEqual([404, 10105]);
    expect((await get('/ruangkerja/users/EMPLY001', token)).status).toBe(404);
  });
});

test.each([
  ['none', {}],
  ['two', { serial: 'A', employeeID: 'B' }],
  ['null', { serial: null }],
  ['one and null', { serial: 'secret-value', employeeID: null }],
])('a key of %s is BAD_USER_INPUT, without the value', async (_, by) => {
  const { graphql, token } = await openSqlite();
  const text = JSON.stringify(by).replaceAll(/"(\w+)":/g, '$1:');
  for (const answer of [
    await graphql(token, mutation, { by }),
    await graphql(token, `mutation { eraseUser(by: ${text}) { __typename } }`),
  ]) {
    expect(answer.body.errors[0].extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      errorCode: 400,
      problems: [{ detail: 'exactly one is expected: serial or employeeID' }],
    });
    expect(answer.text).not.toContain('secret-value');
  }
});

test('a key whose only variable is null is BAD_USER_INPUT', async () => {
  const { graphql, token } = await openSqlite();
  const query = 'mutation ($s: ID) { eraseUser(by: { serial: $s }) { __typename } }';
  for (const variables of [{ s: null }, {}])
    expect((await graphql(token, query, variables)).body.errors[0].extensions.code).toMatch(
      /BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED/,
    );
});

test('erasing counts in the rate limit', async () => {
  const { graphql, company } = await openGateway({ env: { RATE_LIMIT: '2' } });
  const { token } = await company('RUKR', scopes);
  const codes = [];
  for (let i = 0; i < 3; i++)
    codes.push((await graphql(token, mutation, { by: { serial: 'NOBODY' } })).body.errors?.[0].extensions.errorCode);
  expect(codes).toEqual([undefined, undefined, 429]);
});

test('what a call with an idempotency key was answered is kept without a phone, and replayed with it', async () => {
  const { graphql, token, folder } = await openSqlite();
  const { phone: _, ...person } = johnDoe;
  // The number of a case of create-user-cases.ts, which has two readings.
  const inputs = [person, { ...person, employeeID: 'EMPLY002', email: 'other@example.com', phone: '6591234568' }];
  const create = /* GraphQL */ `
    mutation Create($inputs: [CreateUserInput!]!) {
      createUsers(inputs: $inputs, idempotencyKey: "sync-1") {
        replayed
        results {
          ... on CreateUserError {
            detail
          }
        }
      }
    }
  `;
  const detail = 'phone has two readings, +626591234568 and +6591234568: write +… or 0…';
  for (const replayed of [false, true]) {
    const { body } = await graphql(token, create, { inputs });
    expect(body.data.createUsers).toEqual({ replayed, results: [{}, { detail }] });
  }
  const file = new Database(join(folder, 'gateway.db'), { readonly: true });
  onTestFinished(() => void file.close());
  const kept = file.prepare('select results from idempotency_keys').pluck().all();
  expect(kept).toHaveLength(1);
  expect(String(kept[0])).toContain('USER_PHONE_INVALID');
  expect(String(kept[0])).not.toContain('91234568');
});
