import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDatabase } from '../test/support/postgres.ts';
import { singleP99, type Started, startGateway, startGenerator, startProgram, stop } from './load.ts';
import { startDurablePostgres } from './postgres.ts';

/**
 * Users a second of `upsertUsers` and `import --upsert` on both stores: all new, all unchanged, 5 % changed, and how long
 * single creations take alone and meanwhile. Every commit is synced. A first argument is the number of users.
 */
const rows = Number(process.argv[2] ?? 20_000);
const batch = 1_000;

interface Row {
  employeeID: string;
  name: string;
  phone: string;
  isActive: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
const server = await startDurablePostgres();
const generator = startGenerator();
try {
  const database = await makeDatabase(server.url);
  console.log(['', 'all new', 'all unchanged', '5 % changed', 'single p99 alone', 'meanwhile'].map(cell).join(''));
  for (const [store, env] of [
    ['SQLite', {}],
    ['Postgres', { DATABASE_URL: database.url }],
  ] as const) {
    const cwd = join(folder, store);
    mkdirSync(cwd);
    const gateway = await startGateway(cwd, { env });
    try {
      const pause = () => sleep(5_000);
      await singleP99(generator, gateway, pause);
      const alone = await singleP99(generator, gateway, pause);
      const report = async (what: string, prefix: string, upsert: (users: Row[]) => Promise<void>): Promise<void> => {
        let perSecond: number[] = [];
        const meanwhile = await singleP99(generator, gateway, async () => (perSecond = await measure(prefix, upsert)));
        const latencies = [alone, meanwhile].map((ms) => `${ms.toFixed(0)} ms`);
        console.log([`${store}, ${what}`, ...perSecond, ...latencies].map(cell).join(''));
      };
      await report('upsertUsers', 'A', (users) => upsertUsers(gateway, users));
      await report('import --upsert', 'B', (users) => importRows(cwd, env, users));
    } finally {
      await stop(gateway.child);
    }
  }
} finally {
  await stop(generator.child);
  await server.stop();
  rmSync(folder, { recursive: true });
}

/** Users a second: all new, all unchanged, 5 % changed. */
async function measure(prefix: string, upsert: (users: Row[]) => Promise<void>): Promise<number[]> {
  const users = Array.from({ length: rows }, (_, n): Row => {
    const number = String(n).padStart(8, '0');
    const phone = `62${prefix === 'A' ? 821 : 822}${number}`;
    return { employeeID: `${prefix}${number}`, name: 'John Doe', phone, isActive: true };
  });
  const changed = users.map((user, n) => (n % 20 === 0 ? { ...user, name: 'Jane Doe' } : user));
  const perSecond: number[] = [];
  for (const some of [users, users, changed]) {
    const begun = performance.now();
    await upsert(some);
    perSecond.push(Math.round((rows * 1_000) / (performance.now() - begun)));
  }
  return perSecond;
}

async function upsertUsers({ banner }: Started, users: readonly Row[]): Promise<void> {
  const query = 'mutation ($inputs: [CreateUserInput!]!) { upsertUsers(inputs: $inputs) { errorCount } }';
  for (let from = 0; from < users.length; from += batch) {
    const answer = await fetch(banner.graphiql, {
      method: 'POST',
      headers: { Authorization: banner.accessToken, 'Content-Type': 'application/json' },
      body: JSON.stringify({ query, variables: { inputs: users.slice(from, from + batch) } }),
    });
    const { data, errors } = (await answer.json()) as {
      data?: { upsertUsers: { errorCount: number } };
      errors?: unknown;
    };
    if (data?.upsertUsers.errorCount !== 0) throw new Error(JSON.stringify(errors ?? data));
  }
}

async function importRows(cwd: string, env: Record<string, string>, users: readonly Row[]): Promise<void> {
  const file = join(cwd, 'users.csv');
  const lines = users.map(({ employeeID, name, phone, isActive }) => `${employeeID},${name},${phone},${isActive}`);
  writeFileSync(file, ['employeeID,name,phone,isActive', ...lines, ''].join('\n'));
  const child = startProgram('../src/cli/main.ts', ['import', file, '--company', 'RUKR', '--upsert'], { cwd, env });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the import ended with ${code}`);
}

function cell(value: string | number, at: number): string {
  return at === 0 ? String(value).padEnd(28) : String(value).padStart(18);
}
