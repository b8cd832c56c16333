import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDatabase } from '../test/support/postgres.ts';
import { connections, cpuSeconds, portOf, type Started, startGateway, startGenerator, stop, user } from './load.ts';
import { startDurablePostgres } from './postgres.ts';

/**
 * Creations a second with a generated password by 1, 2 and 4 gateway processes on one Postgres, beside 1 on SQLite, how
 * long each took, and what used the processor meanwhile. All run on this one machine, the load too. Users have a phone
 * and no email.
 */
const seconds = 6;
const server = await startDurablePostgres();
const generator = startGenerator();
try {
  console.log(
    `${availableParallelism()} cores, ${connections} connections, ${seconds} s each; processor time in cores`,
  );
  console.log(['', 'creations/s', 'p50', 'p99', 'gateways', 'Postgres', 'load'].map(cell).join(''));
  await measure('SQLite, 1 process', 1, null);
  for (const size of [1, 2, 4]) {
    const { url, execute, drop } = await makeDatabase(server.url);
    await measure(`Postgres, ${size} process${size > 1 ? 'es' : ''}`, size, {
      url,
      analyze: () => execute('vacuum analyze'),
    });
    await drop();
  }
} finally {
  await stop(generator.child);
  await server.stop();
}

async function measure(
  what: string,
  size: number,
  postgres: { url: string; analyze: () => Promise<unknown> } | null,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const gateways: Started[] = [];
  try {
    // One after the other: the first makes the demo company that the others share.
    for (let n = 0; n < size; n++)
      gateways.push(await startGateway(folder, { env: postgres ? { DATABASE_URL: postgres.url } : {} }));
    const load = (limit: { seconds: number; most?: number }) =>
      generator.run({
        ports: gateways.map(portOf),
        path: '/ruangkerja/users',
        headers: { Authorization: gateways[0]!.banner.accessToken },
        body: JSON.stringify(user()),
        expected: '"serial"',
        ...limit,
      });
    await load({ seconds: 30, most: 2_000 });
    // What autovacuum does within the first minute of a new database. Plans made for empty tables end with it.
    await postgres?.analyze();
    await load({ seconds: 30, most: 500 * size });
    const pids = [gateways.map(({ child }) => child.pid!), postgres ? [server.postmaster] : [], [generator.child.pid!]];
    const used = () => pids.map((group) => group.reduce((sum, pid) => sum + cpuSeconds(pid), 0));
    const before = used();
    const { perSecond, p50, p99 } = await load({ seconds });
    const cores = used().map((total, n) => ((total - before[n]!) / seconds).toFixed(2));
    console.log(
      [what, Math.round(perSecond), `${p50.toFixed(1)} ms`, `${p99.toFixed(1)} ms`, ...cores].map(cell).join(''),
    );
  } finally {
    await Promise.all(gateways.map(({ child }) => stop(child)));
    rmSync(folder, { recursive: true });
  }
}

function cell(value: string | number, at: number): string {
  return at === 0 ? String(value).padEnd(24) : String(value).padStart(13);
}
