import { expect, test } from 'vitest';
import { openGateway } from '../support/gateway.ts';

const browser = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

test.each([
  [400, '/graphql', 'vary'],
  [401, '/ruangkerja/users?page=1&pageSize=10', 'www-authenticate'],
  [401, '/schema.graphql', 'www-authenticate'],
  [404, '/nowhere', 'link'],
  [405, '/oauth/token', 'allow'],
  [405, '/graphql?query=mutation{__typename}', 'allow'],
])('a browser meets %i at %s as a page that leads on, with its headers', async (status, path, header) => {
  const gateway = await openGateway();
  const program = await gateway.get(path, null);
  const page = await gateway.send(path, { headers: browser });
  const html = await page.text();
  expect([program.status, page.status]).toEqual([status, status]);
  expect(program.headers.get('content-type')).toMatch('application/json');
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get(header)).toBe(program.headers.get(header));
  expect(page.headers.get('cache-control')).toBe('no-store');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(html).toContain(`<h1>${status} `);
  expect(html).toContain('href="/"');
  expect(html).toContain(`href="/errors/${status}?lang=en"`);
  const head = await gateway.send(path, { method: 'HEAD', headers: browser });
  expect(await head.text()).toBe('');
});

test('in production /graphql says how it is called', async () => {
  const gateway = await openGateway();
  const sentence = /the query is missing: POST .+ as application\/json, or GET with the parameter query/;
  for (const { status, body } of [await gateway.get('/graphql', null), await gateway.postJson('/graphql', null, {})])
    expect([status, body.errors[0].message]).toEqual([400, expect.stringMatching(sentence)]);
  expect(await (await gateway.send('/graphql', { headers: browser })).text()).toMatch(sentence);
});

test('406 is a page in a browser that has a token', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR', ['users:read']);
  const headers = { Accept: 'text/html', Authorization: token };
  const page = await gateway.send('/ruangkerja/users?page=1&pageSize=10', { headers });
  expect([page.status, page.headers.get('content-type')]).toEqual([406, 'text/html; charset=utf-8']);
});

test.each([
  ['another method', '/nowhere', { method: 'POST', headers: browser }],
  ['a program', '/nowhere', { headers: { Accept: 'application/json, text/html;q=0.5' } }],
  ['RFC 9457', '/nowhere', { headers: { Accept: 'text/html, application/problem+json' } }],
  ['another status', '/ruangkerja/users', { method: 'POST', headers: browser }],
])('%s gets no page', async (_, path, init) => {
  const gateway = await openGateway();
  const answer = await gateway.send(path, init);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.headers.get('content-type')).toMatch(/^application\/(?:problem\+)?json/);
});

test('the page repeats nothing of the address', async () => {
  const gateway = await openGateway();
  const page = await gateway.send('/<script>alert(1)</script>?x=<script>', { headers: browser });
  expect(page.status).toBe(404);
  expect(await page.text()).not.toContain('script');
});
