import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDatabase } from '../test/support/postgres.ts';
import {
  residentMegabytes,
  singleP99,
  type Started,
  startGateway,
  startGenerator,
  startProgram,
  stop,
} from './load.ts';
import { startDurablePostgres } from './postgres.ts';

/**
 * Many users at once on both stores: `gateway import` and `createUsers`, generated and given passwords, with the peak
 * memory of the command or the gateway, and how long single creations take alone and meanwhile. Every commit is synced.
 */
const password = 'correct horse battery staple';
const sizes = { generated: [1_000, 100_000], given: [1_000, 5_000] } as const;
const batch = 1_000;
let count = 0;

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
const server = await startDurablePostgres();
const generator = startGenerator();
try {
  const database = await makeDatabase(server.url);
  console.log(['', 'rows', 'users/s', 'peak', 'single p99 alone', 'meanwhile'].map(cell).join(''));
  for (const [store, env] of [
    ['SQLite', {}],
    ['Postgres', { DATABASE_URL: database.url }],
  ] as const) {
    const cwd = join(folder, store);
    mkdirSync(cwd);
    const gateway = await startGateway(cwd, { env });
    await singleP99(generator, gateway, () => new Promise((resolve) => setTimeout(resolve, 3_000)));
    const alone = await singleP99(generator, gateway, () => new Promise((resolve) => setTimeout(resolve, 3_000)));
    for (const kind of ['generated', 'given'] as const) {
      for (const rows of sizes[kind]) {
        const works = {
          import: () => importRows(cwd, env, rows, kind),
          createUsers: () => createUsers(gateway, rows, kind),
        };
        for (const [what, work] of Object.entries(works)) {
          let perSecond = 0;
          let peak = 0;
          const meanwhile = await singleP99(generator, gateway, async () => ([perSecond, peak] = await work()));
          console.log(
            [
              `${store}, ${what}, ${kind}`,
              rows,
              Math.round(perSecond),
              `${peak} MB`,
              `${alone.toFixed(0)} ms`,
              `${meanwhile.toFixed(0)} ms`,
            ]
              .map(cell)
              .join(''),
          );
        }
      }
    }
    await stop(gateway.child);
  }
} finally {
  await stop(generator.child);
  await server.stop();
  rmSync(folder, { recursive: true });
}

async function importRows(
  cwd: string,
  env: Record<string, string>,
  rows: number,
  kind: keyof typeof sizes,
): Promise<[number, number]> {
  const file = join(cwd, `${kind}${rows}.csv`);
  const out = createWriteStream(file);
  out.write('employeeID,name,phone,password,isActive\n');
  for (let n = 0; n < rows; n++) out.write(`${employee()},${kind === 'given' ? password : ''},true\n`);
  out.end();
  await once(out, 'finish');
  const begun = performance.now();
  const child = startProgram('../src/cli/main.ts', ['import', file, '--company', 'RUKR'], { cwd, env });
  const [[code], peak] = await Promise.all([once(child, 'exit'), peakOf(child.pid!, () => child.exitCode !== null)]);
  if (code !== 0) throw new Error(`the import ended with ${code}`);
  return [(rows * 1_000) / (performance.now() - begun), peak];
}

async function createUsers(
  { banner, child }: Started,
  rows: number,
  kind: keyof typeof sizes,
): Promise<[number, number]> {
  const query = 'mutation ($inputs: [CreateUserInput!]!) { createUsers(inputs: $inputs) { createdCount } }';
  const begun = performance.now();
  let left = rows;
  const ask = async (): Promise<void> => {
    for (; left > 0; left -= batch) {
      const inputs = Array.from({ length: batch }, () => {
        const [employeeID, name, phone] = employee().split(',');
        return { employeeID, name, phone, isActive: true, ...(kind === 'given' && { password }) };
      });
      const answer = await fetch(banner.graphiql, {
        method: 'POST',
        headers: { Authorization: banner.accessToken, 'Content-Type': 'application/json' },
        body: JSON.stringify({ query, variables: { inputs } }),
      });
      const { data } = (await answer.json()) as { data: { createUsers: { createdCount: number } } };
      if (data.createUsers.createdCount !== batch) throw new Error(JSON.stringify(data));
    }
  };
  const [, peak] = await Promise.all([ask(), peakOf(child.pid!, () => left <= 0)]);
  return [(rows * 1_000) / (performance.now() - begun), peak];
}

async function peakOf(pid: number, isDone: () => boolean): Promise<number> {
  let peak = 0;
  while (!isDone()) {
    peak = Math.max(peak, residentMegabytes(pid));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return peak;
}

function employee(): string {
  const number = String(++count).padStart(8, '0');
  return `B${number},John Doe,62899${number}`;
}

function cell(value: string | number, at: number): string {
  return at === 0 ? String(value).padEnd(36) : String(value).padStart(18);
}
