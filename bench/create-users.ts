import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from '@node-rs/argon2';
import { connections, perSecond, post, residentMegabytes, startGateway, stopGateway } from './load.ts';

/** Creations a second beside the argon2id hashes a second of the same machine in the same run. Users have a phone and no email. */
const cores = availableParallelism();

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
const gateway = await startGateway(folder);
const { rest, graphiql, accessToken } = gateway.banner;
const agent = new Agent({ keepAlive: true, maxSockets: connections });

const mutation = 'mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename ... on UserCreated { user { serial } } } }';
let count = 0;
const user = (password: string | null) => {
  const number = String(++count).padStart(8, '0');
  return { employeeID: `E${number}`, name: 'John Doe', phone: `62811${number}`, password, isActive: true };
};

try {
  const memoryAtStart = residentMegabytes(gateway.child.pid);
  await creations(200, rest, () => user(null));
  const ceiling = await perSecond(1_000, cores, () => hash('correct horse battery staple', { memoryCost: 19_456, timeCost: 2, parallelism: 1 }));
  const given = await creations(1_500, rest, () => user('correct horse battery staple'));
  const generatedRest = await creations(5_000, rest, () => user(null));
  const generatedGraphql = await creations(5_000, graphiql, () => ({ query: mutation, variables: { input: user(null) } }));
  const rows: [string, string][] = [
    ['start to ready', `${Math.round(gateway.readyAfter)} ms`],
    ['resident memory after the start', `${memoryAtStart} MB`],
    [`resident memory after ${count} creations`, `${residentMegabytes(gateway.child.pid)} MB`],
    [`argon2id hashes, ${cores} at once: the ceiling C`, `${Math.round(ceiling)} /s`],
    ['creations with a given password, REST', `${Math.round(given)} /s = ${(given / ceiling).toFixed(2)} C`],
    ['creations with a generated password, REST', `${Math.round(generatedRest)} /s`],
    ['creations with a generated password, GraphQL', `${Math.round(generatedGraphql)} /s`],
  ];
  for (const [what, figure] of rows) console.log(`${what.padEnd(50)} ${figure}`);
} finally {
  agent.destroy();
  await stopGateway(gateway);
  rmSync(folder, { recursive: true });
}

function creations(total: number, url: string, body: () => object): Promise<number> {
  return perSecond(total, connections, async () => {
    const answer = await post(url, accessToken, JSON.stringify(body()), agent);
    if (!answer.includes('"serial"')) throw new Error(answer);
  });
}
