import { join } from 'node:path';
import Database from 'better-sqlite3';
import { getIntrospectionQuery } from 'graphql';
import { expect, test } from 'vitest';
import { johnDoe, openGateway, help } from '../support/gateway.ts';

test('an unexpected error of the store: 500 with the request id in answer and log, nothing of the cause in the answer, and the next request works', async () => {
  const gateway = await openGateway({ expectErrors: true });
  const { token } = await gateway.company('RUKR');
  const file = new Database(join(gateway.folder, 'gateway.db'));
  file.exec("CREATE TRIGGER broken BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, 'a disaster in table users'); END");
  const rest = await gateway.rest(token, johnDoe, { 'X-Request-Id': 'rest-1' });
  expect([rest.status, rest.body]).toEqual([
    500,
    { errorCode: 500, message: 'INTERNAL_ERROR', detail: 'something went wrong here, request id rest-1' },
  ]);
  const graphql = await gateway.graphql(
    token,
    'mutation ($i: CreateUserInput!) { createUser(input: $i) { __typename } }',
    { i: johnDoe },
    { 'X-Request-Id': 'graphql-1' },
  );
  expect(graphql.status).toBe(500);
  expect(graphql.body.errors[0]).toMatchObject({
    message: 'something went wrong here, request id graphql-1',
    extensions: { code: 'INTERNAL_SERVER_ERROR', errorCode: 500, ...help(500) },
  });
  for (const { text } of [rest, graphql]) expect(text).not.toMatch(/disaster|trigger|sqlite|\.ts|stack/i);
  for (const id of ['rest-1', 'graphql-1']) {
    const lines = gateway.lines.map((line) => JSON.parse(line)).filter(({ requestId }) => requestId === id);
    expect(lines.filter(({ level }) => level === 50)).toMatchObject([
      { err: { message: 'a disaster in table users' } },
    ]);
    expect(lines.filter(({ msg }) => msg === 'request')).toMatchObject([{ status: 500, errorCode: 500 }]);
  }
  file.exec('DROP TRIGGER broken');
  file.close();
  expect((await gateway.rest(token, johnDoe)).status).toBe(200);
});

test('an unexpected error outside of every resolver: 500 with the request id in answer and log', async () => {
  const gateway = await openGateway({ expectErrors: true });
  const { token } = await gateway.company('RUKR');
  const file = new Database(join(gateway.folder, 'gateway.db'));
  file.exec('ALTER TABLE tokens RENAME TO gone');
  file.close();
  const answers = [
    await gateway.graphql(token, getIntrospectionQuery(), {}, { 'X-Request-Id': 'by-post' }),
    await gateway.json(
      gateway.send(`/graphql?query=${encodeURIComponent('{ __schema { types { name } } }')}`, {
        headers: { Authorization: token, 'X-Request-Id': 'by-get' },
      }),
    ),
  ];
  for (const [index, id] of ['by-post', 'by-get'].entries()) {
    expect([answers[index]!.status, answers[index]!.body]).toEqual([
      500,
      {
        errors: [
          {
            message: `something went wrong here, request id ${id}`,
            extensions: { code: 'INTERNAL_SERVER_ERROR', errorCode: 500, ...help(500) },
          },
        ],
      },
    ]);
    const lines = gateway.lines.map((line) => JSON.parse(line)).filter(({ requestId }) => requestId === id);
    expect(lines).toMatchObject([
      { level: 50, err: { message: expect.stringContaining('no such table') } },
      { msg: 'request', status: 500, errorCode: 500 },
    ]);
  }
});
