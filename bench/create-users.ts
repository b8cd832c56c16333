import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { hash } from '@node-rs/argon2';

/** Creations a second beside the argon2id hashes a second of the same machine in the same run. Users have a phone and no email. */
const cores = availableParallelism();
const connections = 32;

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
const begun = performance.now();
const program = spawn(process.execPath, [fileURLToPath(new URL('../src/main.ts', import.meta.url)), '--json'], {
  cwd: folder,
  env: { PATH: process.env['PATH'], PORT: '0', LOG_LEVEL: 'warn' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = await once(createInterface(program.stdout), 'line');
const readyAfter = performance.now() - begun;
const { rest, graphiql, accessToken } = JSON.parse(line);
const agent = new Agent({ keepAlive: true, maxSockets: connections });

const mutation = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename ... on UserCreated { user { serial } } } }';
let count = 0;
const user = (password: string | null) => {
  const number = String(++count).padStart(8, '0');
  return { employeeID: `E${number}`, name: 'John Doe', phone: `62811${number}`, password, isActive: true };
};

try {
  const memoryAtStart = residentMegabytes();
  await creations(200, rest, () => user(null));
  const ceiling = await perSecond(1_000, cores, () => hash('correct horse battery staple', { memoryCost: 19_456, timeCost: 2, parallelism: 1 }));
  const given = await creations(1_500, rest, () => user('correct horse battery staple'));
  const generatedRest = await creations(5_000, rest, () => user(null));
  const generatedGraphql = await creations(5_000, graphiql, () => ({ query: mutation, variables: { input: user(null) } }));
  const rows: [string, string][] = [
    ['start to ready', `${Math.round(readyAfter)} ms`],
    ['resident memory after the start', `${memoryAtStart} MB`],
    [`resident memory after ${count} creations`, `${residentMegabytes()} MB`],
    [`argon2id hashes, ${cores} at once: the ceiling C`, `${Math.round(ceiling)} /s`],
    ['creations with a given password, REST', `${Math.round(given)} /s = ${(given / ceiling).toFixed(2)} C`],
    ['creations with a generated password, REST', `${Math.round(generatedRest)} /s`],
    ['creations with a generated password, GraphQL', `${Math.round(generatedGraphql)} /s`],
  ];
  for (const [what, figure] of rows) console.log(`${what.padEnd(50)} ${figure}`);
} finally {
  agent.destroy();
  program.kill();
  await once(program, 'exit');
  rmSync(folder, { recursive: true });
}

function creations(total: number, url: string, body: () => object): Promise<number> {
  return perSecond(total, connections, async () => {
    const answer = await post(url, JSON.stringify(body()));
    if (!answer.includes('"serial"')) throw new Error(answer);
  });
}

/** Runs `work` `total` times, `atOnce` at a time; answers runs a second. */
async function perSecond(total: number, atOnce: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  let left = total;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left-- > 0) await work();
    }),
  );
  return (total * 1_000) / (performance.now() - start);
}

async function post(url: string, body: string): Promise<string> {
  const headers = { Authorization: accessToken, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  const outgoing = request(url, { method: 'POST', agent, headers }).end(body);
  const [incoming] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of incoming) text += chunk;
  return text;
}

/** Linux only; 0 elsewhere. */
function residentMegabytes(): number {
  try {
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${program.pid}/status`, 'utf8'))?.[1]) / 1024);
  } catch {
    return 0;
  }
}
