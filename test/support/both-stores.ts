import { beforeAll } from 'vitest';
import type { Scope } from '../../src/access/ports.ts';
import { type Gateway, openGateway } from './gateway.ts';
import { openTestDatabase } from './postgres.ts';

/** For `describe.each`. */
export const stores = ['SQLite', 'Postgres'] as const;

/** Opens one gateway on a store for all tests of a `describe`. Each test takes a company of its own. */
export function gatewayOn(store: (typeof stores)[number]) {
  let gateway: Gateway;
  let companies = 0;
  beforeAll(async () => {
    const cleanUps: (() => Promise<void>)[] = [];
    const database = store === 'Postgres' ? await openTestDatabase() : null;
    gateway = await openGateway({
      whenDone: (cleanUp) => cleanUps.push(cleanUp),
      ...(database && { env: { DATABASE_URL: database.url } }),
    });
    return async () => {
      for (const cleanUp of cleanUps) await cleanUp();
      await database?.stop();
    };
  });
  return {
    gateway: () => gateway,
    newCompany: (scopes?: Scope[]) => {
      const code = [...String(1000 + companies++)].map((digit) => 'ABCDEFGHIJ'[Number(digit)]).join('');
      return gateway.company(code, scopes);
    },
  };
}
