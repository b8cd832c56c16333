import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { makeAccess } from '../../src/access/access.ts';
import { openStore } from '../../src/storage/store.ts';

test('requests of one turn of the event loop look their token up once; the next turn sees a revocation of another process', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-access-'));
  const [here, elsewhere] = [await openStore(`file:${join(folder, 'gateway.db')}`, Date.now), await openStore(`file:${join(folder, 'gateway.db')}`, Date.now)];
  onTestFinished(async () => {
    await here.close();
    await elsewhere.close();
    rmSync(folder, { recursive: true });
  });
  let lookUps = 0;
  const findCaller: typeof here.access.findCaller = (...asked) => {
    lookUps++;
    return here.access.findCaller(...asked);
  };
  const access = makeAccess({ store: { ...here.access, findCaller }, now: Date.now });
  await access.createCompany({ code: 'RUKR', name: 'Ruangkerja' });
  const { clientID } = await access.createClient((await access.findCompany('RUKR'))!, { name: 'HR', scopes: ['users:read'] });
  const [one, other] = [await access.issueToken(clientID, ['users:read']), await access.issueToken(clientID, ['users:create'])];

  const callers = await Promise.all([one, `Bearer ${one}`, other, 'unknown', null].map(access.authenticate));
  expect(callers.map((caller) => caller && [...caller.scopes])).toEqual([['users:read'], ['users:read'], ['users:create'], null, null]);
  expect(lookUps).toBe(3);

  expect(await makeAccess({ store: elsewhere.access, now: Date.now }).revokeClient(clientID)).toBe(true);
  await nextTurn();
  expect(await access.authenticate(one)).toBeNull();
});
