import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDatabase } from '../test/support/postgres.ts';
import {
  ask,
  cores,
  cpuSeconds,
  queueMails,
  singleP99,
  startGateway,
  startGenerator,
  startProgram,
  stop,
} from './load.ts';
import { startDurablePostgres } from './postgres.ts';

/**
 * Mails a second out of a backlog into a mail server that takes everything at once, what a mail costs the gateway, and
 * how long single creations take alone and meanwhile, on both stores. A first argument is the number of mails that are
 * due; a second one the seconds that are measured; a third one the stores.
 */
const mails = Number(process.argv[2] ?? 100_000);
const seconds = Number(process.argv[3] ?? 15);
const stores = (process.argv[4] ?? 'SQLite,Postgres').split(',');

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
const server = await startDurablePostgres();
const generator = startGenerator();
const mailServer = startProgram('mail-server.ts', [], { core: cores?.load });
try {
  const { port } = await ask<{ port: number }>(mailServer);
  const database = await makeDatabase(server.url);
  console.log(['', 'mails/s', 'CPU a mail', 'single p99 alone', 'meanwhile'].map(cell).join(''));
  for (const store of stores) {
    const cwd = join(folder, store);
    mkdirSync(cwd);
    const env = { SMTP_URL: `smtp://127.0.0.1:${port}`, ...(store === 'Postgres' && { DATABASE_URL: database.url }) };
    const first = await startGateway(cwd, { env });
    await singleP99(generator, first, () => sleep(3_000));
    const alone = await singleP99(generator, first, () => sleep(seconds * 1_000));
    await stop(first.child);
    await queueMails(mails, cwd, env);

    const gateway = await startGateway(cwd, { env });
    await sleep(3_000);
    const taken = () => ask<number>(mailServer, 0);
    let [before, used] = [await taken(), cpuSeconds(gateway.child.pid!)];
    await sleep(seconds * 1_000);
    const sent = (await taken()) - before;
    used = cpuSeconds(gateway.child.pid!) - used;
    const meanwhile = await singleP99(generator, gateway, () => sleep(seconds * 1_000));
    await stop(gateway.child);
    const figures = [sent / seconds, (used * 1_000) / sent, alone, meanwhile].map((figure) => figure.toFixed(1));
    console.log([store, ...figures].map(cell).join(''));
  }
} finally {
  for (const child of [generator.child, mailServer]) await stop(child);
  await server.stop();
  rmSync(folder, { recursive: true });
}

function cell(value: string | number, at: number): string {
  return at === 0 ? String(value).padEnd(24) : String(value).padStart(18);
}
