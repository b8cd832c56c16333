import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeAccess } from '../../src/access/access.ts';
import { openStore } from '../../src/storage/store.ts';

test('requests that come together look their token up once, after a revocation in another process that came before the end of their turn', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-access-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [here, elsewhere] = [
    await openStore(`file:${join(folder, 'gateway.db')}`, Date.now),
    await openStore(`file:${join(folder, 'gateway.db')}`, Date.now),
  ];
  onTestFinished(async () => {
    await here.close();
    await elsewhere.close();
  });
  let lookUps = 0;
  const findCallers: typeof here.access.findCallers = (hashes, ...times) => {
    lookUps += hashes.length;
    return here.access.findCallers(hashes, ...times);
  };
  const access = makeAccess({ store: { ...here.access, findCallers }, now: Date.now });
  await access.createCompany({ code: 'RUKR', name: 'Ruangkerja' });
  const { clientID } = await access.createClient((await access.findCompany('RUKR'))!, {
    name: 'HR',
    scopes: ['users:read'],
  });
  const [one, other] = [
    await access.issueToken(clientID, ['users:read']),
    await access.issueToken(clientID, ['users:create']),
  ];
  const asked = () => Promise.all([one, `Bearer ${one}`, other, 'unknown', null].map(access.authenticate));

  expect((await asked()).map((caller) => caller && [...caller.scopes])).toEqual([
    ['users:read'],
    ['users:read'],
    ['users:create'],
    null,
    null,
  ]);
  expect(lookUps).toBe(3);

  const askedBefore = asked();
  // SQLite answers within the turn.
  expect(await makeAccess({ store: elsewhere.access, now: Date.now }).revokeClient(clientID)).toBe(true);
  expect(await askedBefore).toEqual([null, null, null, null, null]);
  expect(await access.authenticate(one)).toBeNull();
});
