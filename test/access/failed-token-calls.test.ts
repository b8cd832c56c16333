import { expect, test } from 'vitest';
import { openGateway } from '../support/gateway.ts';

const id = 'a'.repeat(32);

async function opened() {
  const gateway = await openGateway();
  const call = (body: unknown, headers: Record<string, string> = {}) =>
    gateway.postJson('/oauth/token', null, body, headers);
  const lastLine = () => JSON.parse(gateway.lines.findLast((line) => line.includes('"/oauth/token"'))!);
  return { gateway, call, lastLine };
}

test('a failed token call is logged with the address and the id that it gave, in both dialects', async () => {
  const { call, lastLine, gateway } = await opened();
  await call({ clientID: id, clientSecret: 'hunter2', grantType: 'client_credentials' });
  expect(lastLine()).toMatchObject({ status: 400, clientId: id, address: '127.0.0.1' });
  await call(`grant_type=client_credentials&client_id=${id}&client_secret=hunter2`, {
    'Content-Type': 'application/x-www-form-urlencoded',
  });
  expect(lastLine()).toMatchObject({ status: 401, clientId: id, address: '127.0.0.1' });
  await call('grant_type=client_credentials', {
    'Content-Type': 'application/x-www-form-urlencoded',
    Authorization: `Basic ${Buffer.from(`${id}:hunter2`).toString('base64')}`,
  });
  expect(lastLine()).toMatchObject({ status: 401, clientId: id, address: '127.0.0.1' });
  expect(gateway.lines.join('')).not.toContain('hunter2');
});

test('one that is malformed or too many is logged with the address too', async () => {
  const { call, lastLine } = await opened();
  await call('{');
  expect(lastLine()).toMatchObject({ status: 400, address: '127.0.0.1' });
  for (let index = 0; index < 11; index++)
    await call({ clientID: id, clientSecret: 'wrong', grantType: 'client_credentials' });
  expect(lastLine()).toMatchObject({ status: 429, clientId: id, address: '127.0.0.1' });
});

test('what stands in the place of the id and is none is not logged: it may be the secret', async () => {
  const { call, lastLine, gateway } = await opened();
  const secret = 'S'.repeat(43);
  await call({ clientID: secret, clientSecret: id, grantType: 'client_credentials' });
  expect(lastLine()).toMatchObject({ status: 400, address: '127.0.0.1' });
  expect(lastLine()).not.toHaveProperty('clientId');
  expect(gateway.lines.join('')).not.toContain(secret);
});
