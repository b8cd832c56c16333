import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeAccess } from '../../src/access/access.ts';
import { openDemo } from '../../src/gateway/demo.ts';
import { openStore } from '../../src/storage/store.ts';
import { makeDirectory } from '../../src/users/directory.ts';
import { lookUpOne } from '../support/store.ts';

/** An empty database, a clock that the test moves, and the place of the kept client, in a folder that does not exist yet. */
async function opened() {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-demo-'));
  const clock = { time: Date.now() };
  const now = () => clock.time;
  const store = await openStore(`file:${join(folder, 'gateway.db')}`, now);
  onTestFinished(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  const needs = {
    access: makeAccess({ store: store.access, now }),
    directory: makeDirectory({ store: store.directory, now }),
    now,
    file: join(folder, 'data/demo-client.json'),
  };
  const references = async () => {
    const company = (await needs.access.findCompany('RUKR'))!;
    return lookUpOne(store.users, company.id, { tagSerials: ['RUKRTAG-9WHL0JGP'], organizationSerial: 'COMPFJLYTHWL' });
  };
  return { ...needs, needs, store, clock, references };
}

const complete = { taken: [], unknownTags: [], organization: 'active' };

test('an empty database gets company, tag, organization and a client with every scope, kept with mode 0600', async () => {
  const { needs, access, file, references } = await opened();
  const { clientID, clientSecret, accessToken } = (await (await openDemo(needs)).details())!;
  expect(await references()).toEqual(complete);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ clientID, clientSecret });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect([...(await access.authenticate(accessToken))!.scopes]).toEqual([
    'users:create',
    'users:read',
    'users:update',
    'users:erase',
    'users:issue-password',
    'tags:write',
    'tags:read',
    'organizations:read',
  ]);
});

test('the next start keeps the client and prints a fresh token', async () => {
  const { needs } = await opened();
  const first = await (await openDemo(needs)).details();
  const second = await (await openDemo(needs)).details();
  expect(second).toEqual({ ...first, accessToken: expect.any(String) });
  expect(second!.accessToken).not.toBe(first!.accessToken);
});

test('what a start that died half-way left out is completed', async () => {
  const { needs, access, references } = await opened();
  const died = { createTag: () => Promise.reject(new Error('died here')) };
  await expect(openDemo({ ...needs, directory: { ...needs.directory, ...died } })).rejects.toThrow('died here');
  expect((await access.findCompany('RUKR'))?.name).toBe('Ruangkerja');
  expect(await (await openDemo(needs)).details()).not.toBeNull();
  expect(await references()).toEqual(complete);
});

test.each([
  ['of another database', '{"clientID":"elsewhere","clientSecret":"elsewhere"}'],
  ['cut short', '{"clientID":"else'],
  ['empty', ''],
  ['of another shape', 'null'],
])('a kept client %s is replaced, with mode 0600 whatever the file had', async (_, content) => {
  const { needs, access, file } = await opened();
  await openDemo(needs);
  writeFileSync(file, content);
  chmodSync(file, 0o644);
  const details = (await (await openDemo(needs)).details())!;
  expect(await access.authenticate(details.accessToken)).not.toBeNull();
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
    clientID: details.clientID,
    clientSecret: details.clientSecret,
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(file, '..'))).toEqual(['demo-client.json']);
});

test.each([
  ['no company', [], 'RUKR'],
  ['another company', ['ABCD'], 'RUKR'],
  ['a company with the code of the demo', ['RUKR'], 'DEMO'],
  ['companies with two of its codes', ['RUKR', 'DEMO'], 'COBA'],
])('beside %s the demo is complete, in a company of its own, at this start and the next', async (_, codes, code) => {
  const { needs, access, store } = await opened();
  for (const one of codes) await access.createCompany({ code: one, name: 'Ruangkerja' });
  const first = (await (await openDemo(needs)).details())!;
  expect(first.company).toBe(code);
  const { companyId } = (await access.authenticate(first.accessToken))!;
  expect(companyId).toBe((await access.findCompany(code))!.id);
  const references = { tagSerials: ['RUKRTAG-9WHL0JGP'], organizationSerial: 'COMPFJLYTHWL' };
  expect(await lookUpOne(store.users, companyId, references)).toEqual(complete);
  expect(await (await openDemo(needs)).details()).toMatchObject({ company: code, clientID: first.clientID });
  expect((await access.listClients()).map(({ companyCode }) => companyCode)).toEqual([code]);
});

test('where every code of the demo is taken there is no demo client', async () => {
  const { needs, access } = await opened();
  for (const code of ['RUKR', 'DEMO', 'COBA', 'TEST']) await access.createCompany({ code, name: 'Ours' });
  expect(await (await openDemo(needs)).details()).toBeNull();
  expect(await access.listClients()).toEqual([]);
});

test('a long-running start hands out a fresh token before the old one is past half of its life', async () => {
  const { needs, clock } = await opened();
  const demo = await openDemo(needs);
  const first = (await demo.details())!.accessToken;
  clock.time += 6 * 3_600_000 - 2_000;
  expect((await demo.details())!.accessToken).toBe(first);
  clock.time += 3_000;
  expect((await demo.details())!.accessToken).not.toBe(first);
});

test('a clock that was ahead and is right again: the next details have a token that works', async () => {
  const { needs, clock, access } = await opened();
  const demo = await openDemo(needs);
  clock.time += 10 * 365 * 24 * 3_600_000;
  const ahead = (await demo.details())!.accessToken;
  clock.time = Date.now();
  expect(await access.authenticate(ahead)).toBeNull();
  expect(await access.authenticate((await demo.details())!.accessToken)).not.toBeNull();
});
