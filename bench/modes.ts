import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeDatabase } from '../test/support/postgres.ts';
import { ask, cores, nodeOptions, portOf, startGateway, startGenerator, startProgram, stop, user } from './load.ts';
import { startDurablePostgres } from './postgres.ts';

export const password = 'correct horse battery staple';
const mutation =
  'mutation ($input: CreateUserInput!) { createUser(input: $input) { __typename ... on UserCreated { user { serial } } ... on CreateUserError { errorCode } } }';
const bulkMutation =
  'mutation ($inputs: [CreateUserInput!]!) { createUsers(inputs: $inputs) { createdCount results { ... on UserCreated { user { serial } } } } }';
export const graphql = (more?: object) => JSON.stringify({ query: mutation, variables: { input: user(more) } });
/** Numbers of five digits of its own beside the eight of the request: a phone has 15 digits at most. */
const bulkSize = 1_000;
const bulk = JSON.stringify({
  query: bulkMutation,
  variables: {
    inputs: Array.from({ length: bulkSize }, (_, n) => ({
      employeeID: `B########x${n}`,
      name: 'John Doe',
      phone: `62########${n + 10_000}`,
      isActive: true,
    })),
  },
});
const importSize = 20_000;

export type Modes = Awaited<ReturnType<typeof startModes>>;

/**
 * What is measured, each mode a function that answers runs a second: the ceilings, the peers, and the gateway. Modes of
 * one core are held to it; those with a given password, and their ceiling, have every core.
 */
export async function startModes(folder: string) {
  const children: ChildProcess[] = [];
  const keep = <T extends { child: ChildProcess }>(started: T): T => {
    children.push(started.child);
    return started;
  };
  const inFolder = (name: string) => {
    mkdirSync(join(folder, name));
    return join(folder, name);
  };
  const program = (file: string, args: string[], core?: string) =>
    keep({
      child: startProgram(file, args, {
        core,
        options: nodeOptions,
        env: { DATABASE_URL: `file:${join(folder, `${args[0] ?? 'peer'}.db`)}` },
      }),
    }).child;
  const serving = async (child: ChildProcess) => (await ask<{ port: number }>(child)).port;

  const core = cores?.measured;
  const generator = keep(startGenerator());
  const hashes = program('ceilings.ts', ['hashes']);
  const inserts = program('ceilings.ts', ['inserts'], core);
  for (const ceiling of [hashes, inserts]) await ask(ceiling);
  const [fast, yoga, prototype] = [
    program('server.ts', ['fast'], core),
    program('server.ts', ['yoga'], core),
    program('server.ts', ['prototype'], core),
  ];
  const ports = {
    fast: await serving(fast),
    yoga: await serving(yoga),
    prototype: await serving(prototype),
    mercurius: await serving(program('mercurius/server.js', [], core)),
  };
  const mailServer = program('mail-server.ts', [], cores?.load);
  const mailPort = await serving(mailServer);
  /** What is queued would be delivered in the time of the next mode. */
  const delivered = async (): Promise<void> => {
    for (let [before, now] = [-1, 0]; before !== now; await sleep(200))
      [before, now] = [now, await ask<number>(mailServer, {})];
  };

  const one = keep(await startGateway(inFolder('one-core'), { core }));
  const all = keep(
    await startGateway(inFolder('all-cores'), {
      options: ['--import', fileURLToPath(new URL('event-loop-delay.ts', import.meta.url))],
    }),
  );
  const mailing = keep(await startGateway(inFolder('mailing'), { env: { SMTP_URL: `smtp://127.0.0.1:${mailPort}` } }));
  const importing = inFolder('import');
  const cli = (...words: string[]) => once(startProgram('../src/cli/main.ts', words, { core, cwd: importing }), 'exit');
  await cli('company', 'create', '--code', 'RUKR', '--name', 'Ruangkerja');
  const server = await startDurablePostgres();
  const database = await makeDatabase(server.url);
  const onPostgres = keep(await startGateway(inFolder('postgres'), { core, env: { DATABASE_URL: database.url } }));

  const gateway = (
    started: typeof one,
    body: string,
    expected: string,
    { seconds = 1, path = '/graphql', token = started.banner.accessToken, connections = 32 } = {},
  ) =>
    generator.run({
      ports: [portOf(started)],
      path,
      headers: { Authorization: token },
      body,
      expected,
      seconds,
      connections,
    });
  const rate = async (measured: ReturnType<typeof gateway>) => (await measured).perSecond;
  const peer = (port: number) => () =>
    rate(
      generator.run({
        ports: [port],
        path: '/graphql',
        headers: { Authorization: 'x'.repeat(43) },
        body: graphql(),
        expected: '"serial"',
        seconds: 1,
      }),
    );
  await gateway(one, graphql({ employeeID: 'TAKEN' }), '"', { seconds: 0.05, connections: 1 });
  await gateway(onPostgres, graphql(), '"serial"', { seconds: 2 });
  await database.execute('vacuum analyze');
  let files = 0;

  return {
    modes: {
      hashes: () => ask<number>(hashes, 1.5),
      given: () => rate(gateway(all, graphql({ password }), '"serial"', { seconds: 2 })),
      givenMailed: async () => {
        const perSecond = await rate(
          gateway(mailing, graphql({ password, email: 'user########@example.com' }), '"serial"', { seconds: 2 }),
        );
        await delivered();
        return perSecond;
      },
      inserts: () => ask<number>(inserts, 1),
      trivial: peer(ports.fast),
      mercurius: peer(ports.mercurius),
      yoga: peer(ports.yoga),
      prototype: peer(ports.prototype),
      generated: () => rate(gateway(one, graphql(), '"serial"')),
      generatedRest: () => rate(gateway(one, JSON.stringify(user()), '"serial"', { path: '/ruangkerja/users' })),
      badToken: () => rate(gateway(one, graphql(), '"UNAUTHENTICATED"', { token: 'x'.repeat(43) })),
      badInput: () => rate(gateway(one, graphql({ employeeID: 'a b' }), '10111')),
      duplicate: () => rate(gateway(one, graphql({ employeeID: 'TAKEN' }), '10101')),
      bulk: async () =>
        bulkSize * (await rate(gateway(one, bulk, `"createdCount":${bulkSize}`, { connections: 2, seconds: 1.5 }))),
      import: async () => {
        const file = join(importing, `users${++files}.csv`);
        await writeCsv(file, files);
        const begun = performance.now();
        const [code] = await cli('import', file, '--company', 'RUKR');
        if (code !== 0) throw new Error(`the import ended with ${code}`);
        return (importSize * 1_000) / (performance.now() - begun);
      },
      generatedPostgres: () => rate(gateway(onPostgres, graphql(), '"serial"')),
      bulkPostgres: async () =>
        bulkSize *
        (await rate(gateway(onPostgres, bulk, `"createdCount":${bulkSize}`, { connections: 2, seconds: 1.5 }))),
    },
    /** Milliseconds, 99th percentile, of the event loop of the gateway with given passwords since it was asked last. */
    eventLoopDelay: () => ask<number>(all.child, {}),
    async end() {
      await Promise.all(children.map(stop));
      await server.stop();
    },
  };
}

async function writeCsv(path: string, file: number): Promise<void> {
  const out = createWriteStream(path);
  out.write('employeeID,name,phone,isActive\n');
  for (let n = 0; n < importSize; n++) out.write(`C${file}x${n},John Doe,62${file + 100}${n + 10_000_000},true\n`);
  out.end();
  await once(out, 'finish');
}
