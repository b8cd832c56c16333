import { expect, test } from 'vitest';
import { johnDoe, openGateway } from '../support/gateway.ts';

async function open() {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR', ['users:create', 'users:read', 'tags:write', 'tags:read']);
  const { token: reader } = await gateway.company('READ', ['tags:read']);
  const create = async (name: string): Promise<string> =>
    (await gateway.postJson('/ruangkerja/tags', token, { name })).body.data.serial;
  const put = (serial: string, body: unknown, as = token) =>
    gateway.json(
      gateway.send(`/ruangkerja/tags/${serial}`, {
        method: 'PUT',
        headers: { Authorization: as, Accept: 'application/json', 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    );
  const post = (call: string, body: unknown) => gateway.postJson(`/ruangkerja/tags/${call}`, token, body);
  return { gateway, token, reader, create, put, post };
}

test('PUT renames a tag and answers its serial; what is wrong has the number of the dictionary', async () => {
  const { gateway, token, reader, create, put } = await open();
  const [staff] = [await create('Morning'), await create('Night')];
  expect(await put(staff!, { name: 'Day shift' })).toMatchObject({
    status: 200,
    body: { status: 'success', message: 'Success', data: { serial: staff } },
  });
  const { body } = await gateway.json(
    gateway.send(`/ruangkerja/tags/${staff}`, { headers: { Authorization: token, Accept: 'application/json' } }),
  );
  expect(body.data).toEqual({ serial: staff, name: 'Day shift' });
  const refusals = [
    [await put(staff!, { name: 'NIGHT' }), 409, 11101],
    [await put(staff!, { name: '' }), 400, 11110],
    [await put(staff!, {}), 400, 11110],
    [await put(staff!, { name: 7 }), 400, 11110],
    [await put('RUKRTAG-00000000', { name: 'X' }), 404, 11102],
    [await put('RUKRTAG-00000000', { name: '' }), 404, 11102],
    [await put(staff!, { name: 'X' }, reader), 403, 403],
  ] as const;
  for (const [answer, status, code] of refusals) expect([answer.status, answer.body.errorCode]).toEqual([status, code]);
});

test('update-bulk renames one after the other, and a bad item stops no other', async () => {
  const { create, post } = await open();
  const [a, b] = [await create('A'), await create('B')];
  const items = [{ serial: a, name: 'C' }, { serial: b, name: 'a' }, { serial: 'X', name: 'D' }, { serial: a }, null];
  const { status, body } = await post('update-bulk', { items });
  expect([status, body.status, body.message]).toEqual([200, 'success', 'success']);
  expect(body.data.successItems).toEqual([
    { payload: items[0], response: { serial: a } },
    { payload: items[1], response: { serial: b } },
  ]);
  expect(body.data.failedItems.map((item: { error: { errorCode: number } }) => item.error.errorCode)).toEqual([
    11102, 11110, 11102,
  ]);
  for (const wrong of [{}, { items: [] }, { items: Array(1_001).fill(items[0]) }])
    expect((await post('update-bulk', wrong)).body.errorCode).toBe(400);
});

test('delete-bulk tells which serials were tags; their users lose them', async () => {
  const { gateway, token, create, post } = await open();
  const [a, b] = [await create('A'), await create('B')];
  expect((await gateway.rest(token, { ...johnDoe, tagSerials: [a, b], organizationSerial: null })).status).toBe(200);
  const answer = await post('delete-bulk', { serials: [a, 'RUKRTAG-00000000', a] });
  expect([answer.status, answer.body]).toEqual([
    200,
    { data: { failed: ['RUKRTAG-00000000', a], success: [a] }, status: 'success', message: 'success' },
  ]);
  const { body } = await gateway.json(
    gateway.send(`/ruangkerja/users/${johnDoe.employeeID}`, {
      headers: { Authorization: token, Accept: 'application/json' },
    }),
  );
  expect(body.data.tags).toEqual([{ serial: b, name: 'B' }]);
  expect((await post('delete-bulk', { serials: [] })).body.errorCode).toBe(400);
});
