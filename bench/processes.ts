import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { Agent } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makeDatabase, startPostgres } from '../test/support/postgres.ts';
import { connections, cpuSeconds, perSecond, post, type Started, startGateway, stopGateway } from './load.ts';

/**
 * Creations a second with a generated password by 1, 2 and 4 gateway processes on one Postgres, beside 1 on SQLite, how
 * long each took, and what used the processor meanwhile. All run on this one machine, the load too. Users have a phone and no email.
 */
const seconds = 6;
const run = promisify(execFile);
const agent = new Agent({ keepAlive: true });
let count = 0;

const server = await startPostgres();
try {
  const postmaster = await makeDurable(server.url);
  console.log(`${availableParallelism()} cores, ${connections} connections, ${seconds} s each; processor time in cores`);
  console.log(['', 'creations/s', 'p50', 'p99', 'gateways', 'Postgres', 'load'].map(cell).join(''));
  await measure('SQLite, 1 process', 1, null);
  for (const size of [1, 2, 4]) {
    const { url, execute, drop } = await makeDatabase(server.url);
    await measure(`Postgres, ${size} process${size > 1 ? 'es' : ''}`, size, { url, postmaster, analyze: () => execute('vacuum analyze') });
    await drop();
  }
} finally {
  agent.destroy();
  await server.stop();
}

async function measure(what: string, size: number, postgres: { url: string; postmaster: number; analyze: () => Promise<unknown> } | null): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  const gateways: Started[] = [];
  try {
    // One after the other: the first makes the demo company that the others share.
    for (let n = 0; n < size; n++) gateways.push(await startGateway(folder, postgres ? { DATABASE_URL: postgres.url } : {}));
    await perSecond(2_000, connections, () => create(gateways));
    // What autovacuum does within the first minute of a new database. Plans made for empty tables end with it.
    await postgres?.analyze();
    await perSecond(500 * size, connections, () => create(gateways));
    const used = () => [
      gateways.reduce((sum, { child }) => sum + cpuSeconds(child.pid!), 0), postgres ? cpuSeconds(postgres.postmaster) : 0, process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
    ];
    const before = used();
    const begun = performance.now();
    const took: number[] = [];
    await Promise.all(Array.from({ length: connections }, async () => {
      while (performance.now() - begun < seconds * 1_000) {
        const asked = performance.now();
        await create(gateways);
        took.push(performance.now() - asked);
      }
    }));
    const elapsed = (performance.now() - begun) / 1_000;
    took.sort((a, b) => a - b);
    const at = (part: number) => `${took[Math.floor(took.length * part)]!.toFixed(1)} ms`;
    const cores = used().map((total, n) => ((total - before[n]!) / elapsed).toFixed(2));
    console.log([what, Math.round(took.length / elapsed), at(0.5), at(0.99), ...cores].map(cell).join(''));
  } finally {
    await Promise.all(gateways.map(stopGateway));
    rmSync(folder, { recursive: true });
  }
}

async function create(gateways: readonly Started[]): Promise<void> {
  const number = String(++count).padStart(8, '0');
  const { rest, accessToken } = gateways[count % gateways.length]!.banner;
  const answer = await post(rest, accessToken, JSON.stringify({ employeeID: `E${number}`, name: 'John Doe', phone: `62811${number}`, isActive: true }), agent);
  if (!answer.includes('"serial"')) throw new Error(answer);
}

function cell(value: string | number, at: number): string {
  return at === 0 ? String(value).padEnd(24) : String(value).padStart(13);
}

/** Tests do without fsync; a figure beside SQLite's, which syncs each commit, must not. Answers the process id of the server. */
async function makeDurable(url: string): Promise<number> {
  const client = await makeDatabase(url);
  const [{ directory }] = (await client.execute(`select current_setting('data_directory') as directory`)) as [{ directory: string }];
  await client.drop();
  const postmaster = () => Number(readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const bin = dirname(realpathSync(`/proc/${postmaster()}/exe`));
  const { uid, gid } = statSync(directory);
  const options = `-p ${new URL(url).port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200`;
  await run(join(bin, 'pg_ctl'), ['-D', directory, '-w', '-l', join(dirname(directory), 'log'), '-o', options, 'restart'], { uid, gid, cwd: directory });
  return postmaster();
}
