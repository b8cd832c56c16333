import { expect, test } from 'vitest';
import type { Scope } from '../../src/access/ports.ts';
import { johnDoe, openGateway } from '../support/gateway.ts';

const everyScope: Scope[] = ['users:create', 'users:read', 'tags:write', 'tags:read', 'organizations:read'];

/** A gateway with RATE_LIMIT=30, a client, and another client of another company. */
async function limited() {
  const gateway = await openGateway({ env: { RATE_LIMIT: '30' } });
  const [ours, others] = [await gateway.company('RUKR', everyScope), await gateway.company('OTHR', everyScope)];
  const tags = (token: string, from: number, count: number) =>
    gateway.postJson('/ruangkerja/tags/create-bulk', token, {
      items: Array.from({ length: count }, (_, at) => ({ name: `tag ${from + at}` })),
    });
  const dryRun = (token: string, count: number) =>
    gateway.graphql(
      token,
      'mutation ($inputs: [CreateUserInput!]!) { createUsers(inputs: $inputs, dryRun: true) { validCount } }',
      {
        inputs: Array.from({ length: count }, (_, at) => ({
          ...johnDoe,
          employeeID: `D${at}`,
          email: null,
          phone: `62811${1000000 + at}`,
        })),
      },
    );
  return { gateway, ours, others, tags, dryRun };
}

test('tags count as users do: by REST, in bulk and by GraphQL, together with users, for each client alone', async () => {
  const { gateway, ours, others, tags } = await limited();
  expect((await tags(ours.token, 0, 31)).status).toBe(429);
  expect((await tags(ours.token, 0, 27)).status).toBe(200);
  const createTag = 'mutation ($name: String!) { createTag(name: $name) { __typename } }';
  expect((await gateway.graphql(ours.token, createTag, { name: 'A' })).body.data.createTag.__typename).toBe(
    'TagCreated',
  );
  expect((await gateway.postJson('/ruangkerja/tags', ours.token, { name: 'B' })).status).toBe(200);
  expect((await gateway.rest(ours.token, johnDoe)).status).toBe(200);
  for (const refused of [
    await gateway.graphql(ours.token, createTag, { name: 'C' }),
    await gateway.postJson('/ruangkerja/tags', ours.token, { name: 'C' }),
    await tags(ours.token, 100, 1),
    await gateway.rest(ours.token, { ...johnDoe, employeeID: 'E2', email: null, phone: '628119999999' }),
  ]) {
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect((await tags(others.token, 0, 30)).status).toBe(200);
  // A name that is refused counts too.
  expect((await gateway.postJson('/ruangkerja/tags', others.token, { name: '' })).status).toBe(429);
});

test('dry runs have ten times the rate limit, and leave it to the real ones', async () => {
  const { gateway, ours, others, dryRun } = await limited();
  expect((await dryRun(ours.token, 301)).status).toBe(429);
  expect((await dryRun(ours.token, 285)).body.data.createUsers.validCount).toBe(285);
  expect((await dryRun(ours.token, 16)).status).toBe(429);
  expect((await dryRun(ours.token, 15)).status).toBe(200);
  const refused = await dryRun(ours.token, 1);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await dryRun(others.token, 1)).status).toBe(200);
  expect((await gateway.rest(ours.token, johnDoe)).status).toBe(200);
});

test('access tokens count, in both dialects; the tokens of another client and those of before go on', async () => {
  const { gateway, ours, others } = await limited();
  const documented = ({ clientID, clientSecret }: { clientID: string; clientSecret: string }) =>
    gateway.postJson('/oauth/token', null, { clientID, clientSecret, grantType: 'client_credentials' });
  for (let index = 0; index < 30; index++) expect((await documented(ours)).status).toBe(200);
  const refused = await documented(ours);
  expect([refused.status, refused.body.errorCode]).toEqual([429, 429]);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  const form = await gateway.send('/oauth/token', {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: ours.clientID,
      client_secret: ours.clientSecret,
    }),
  });
  expect(form.status).toBe(429);
  expect((await documented(others)).status).toBe(200);
  expect((await gateway.rest(ours.token, johnDoe)).status).toBe(200);
});

test('reads count, on both transports together: a search as ten lists, one user as a tenth', async () => {
  const { gateway, ours, others } = await limited();
  const search = (token: string) => gateway.get('/ruangkerja/users?page=1&pageSize=1&name=x', token);
  const graphql = (token: string, query: string) => gateway.graphql(token, query);
  // 600 lists: 57 searches, 27 lists, 30 single reads.
  for (let index = 0; index < 28; index++) {
    expect((await search(ours.token)).status).toBe(200);
    expect((await graphql(ours.token, '{ users(filter: { phone: "1" }) { totalCount } }')).status).toBe(200);
  }
  expect((await graphql(ours.token, '{ tags(name: "x") { totalCount } }')).status).toBe(200);
  for (let index = 0; index < 9; index++) {
    expect((await gateway.get('/ruangkerja/users?page=1&pageSize=1&isActive=true', ours.token)).status).toBe(200);
    expect((await graphql(ours.token, '{ tags { totalCount } }')).status).toBe(200);
    expect((await gateway.get('/ruangkerja/company-structure', ours.token)).status).toBe(200);
  }
  for (let index = 0; index < 10; index++) {
    expect((await gateway.get('/ruangkerja/users/NOBODY', ours.token)).status).toBe(404);
    expect((await gateway.get(`/ruangkerja/tags/${ours.tag}`, ours.token)).status).toBe(200);
    expect((await graphql(ours.token, '{ user(serial: "NOBODY") { name } }')).status).toBe(200);
  }
  for (const refused of [
    await search(ours.token),
    await gateway.get('/ruangkerja/company-structure', ours.token),
    await gateway.get('/ruangkerja/users/NOBODY', ours.token),
    await graphql(ours.token, '{ users { totalCount } }'),
  ]) {
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  }
  expect((await search(others.token)).status).toBe(200);
  expect((await gateway.rest(ours.token, johnDoe)).status).toBe(200);
});

test('without a rate limit nothing of this is counted', async () => {
  const gateway = await openGateway();
  const { token, clientID, clientSecret } = await gateway.company('RUKR', everyScope);
  for (let index = 0; index < 70; index++) {
    expect((await gateway.get('/ruangkerja/users?page=1&pageSize=1&name=x', token)).status).toBe(200);
    const body = { clientID, clientSecret, grantType: 'client_credentials' };
    expect((await gateway.postJson('/oauth/token', null, body)).status).toBe(200);
  }
});
