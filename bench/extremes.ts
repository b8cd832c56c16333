import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { uuidv7 } from '../src/uuid.ts';
import {
  ask,
  cores,
  portOf,
  residentMegabytes,
  type Started,
  startGateway,
  startGenerator,
  startProgram,
  stop,
  user,
} from './load.ts';
import { graphql, password } from './modes.ts';

/**
 * Ten times as many creations with a given password as the machine hashes a second, beside that ceiling right before
 * and after; then, five seconds later, as many as before it all. Measured with the bundle, which is what the container
 * runs, and once it has been through it before, as in every mode.
 */
export async function measureOverload(folder: string, rounds: number) {
  const cwd = join(folder, 'overload');
  mkdirSync(cwd);
  const hashes = startProgram('ceilings.ts', ['hashes']);
  await ask(hashes);
  const ceiling = () => ask<number>(hashes, 1.5);
  const gateway = await startGateway(cwd, { program: '../dist/main.js' });
  const generator = startGenerator();
  const load = (more: { connections: number; seconds: number; rate?: number; refusals?: boolean }) =>
    generator.run({
      ports: [portOf(gateway)],
      path: '/graphql',
      headers: { Authorization: gateway.banner.accessToken },
      body: graphql({ password }),
      expected: '"serial"',
      ...more,
    });
  const seconds = 5;
  const overload = (rate: number) => load({ connections: 600, seconds, rate, refusals: true });
  await overload(10 * (await ceiling()));
  const latencyBefore = (await load({ connections: 2, seconds: 5 })).p99;
  const measured: { timesCeiling: number; goodput: number; refusedP99: number; megabytes: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    const ceilingBefore = await ceiling();
    let megabytes = 0;
    const watch = setInterval(() => (megabytes = Math.max(megabytes, residentMegabytes(gateway.child.pid))), 100);
    const { perSecond, answers, refused, refusedP99 } = await overload(10 * ceilingBefore);
    clearInterval(watch);
    const mean = (ceilingBefore + (await ceiling())) / 2;
    measured.push({
      timesCeiling: (answers + refused) / seconds / mean,
      goodput: perSecond / mean,
      refusedP99,
      megabytes,
    });
  }
  await sleep(5_000);
  const latencyAfter = (await load({ connections: 2, seconds: 5 })).p99;
  for (const child of [gateway.child, generator.child, hashes]) await stop(child);
  return { measured, latencyAfter: latencyAfter / latencyBefore };
}

/** One million users, then what a creation, a page of a list and a start cost, beside an empty database. */
export async function measureSize(folder: string) {
  const [empty, full] = ['empty', 'full'].map((name) => join(folder, name)) as [string, string];
  const core = cores?.measured;
  for (const each of [empty, full]) mkdirSync(each);
  await stop((await startGateway(full)).child);
  fill(join(full, 'data', 'gateway.db'), 1_000_000);
  const generator = startGenerator();
  const gateways: Started[] = [await startGateway(full, { core }), await startGateway(empty, { core })];
  try {
    const create = async (started: Started): Promise<number> =>
      (
        await generator.run({
          ports: [portOf(started)],
          path: '/ruangkerja/users',
          headers: { Authorization: started.banner.accessToken },
          body: JSON.stringify(user()),
          expected: '"serial"',
          seconds: 1.2,
        })
      ).perSecond;
    const ratios: number[] = [];
    for (let round = 0; round < 4; round++) {
      const [inFull, inEmpty] = [await create(gateways[0]!), await create(gateways[1]!)];
      if (round > 0) ratios.push(inEmpty / inFull);
    }
    // The client's first call opens its connection.
    await (await fetch(new URL('/health/live', gateways[0]!.banner.rest))).text();
    const pages: number[] = [];
    for (const page of [1, 4_996, 9_996]) {
      const took: number[] = [];
      for (let n = 0; n < 5; n++) {
        const begun = performance.now();
        const answer = await fetch(`${gateways[0]!.banner.rest}?page=${page + n}&pageSize=100`, {
          headers: { Authorization: gateways[0]!.banner.accessToken },
        });
        await answer.arrayBuffer();
        took.push(performance.now() - begun);
        if (answer.status !== 200) throw new Error(`a page of the list: ${answer.status}`);
      }
      pages.push(took.sort((a, b) => a - b)[2]!);
    }
    return { creation: ratios, slowestPage: Math.max(...pages), start: gateways[0]!.readyAfter };
  } finally {
    for (const child of [...gateways.map(({ child }) => child), generator.child]) await stop(child);
  }
}

/** Users of the demo company as the gateway stores them, each with its own employee id, phone and serial. */
function fill(path: string, count: number): void {
  const db = new Database(path);
  db.pragma('synchronous = OFF');
  const company = db.prepare('select id from companies').pluck().get() as string;
  const insert = db.prepare(`
    insert into users (id, company_id, serial, employee_id, employee_id_key, name, name_key, phone, password_hash, is_active, created_at)
    values (?, '${company}', ?, ?, ?, 'John Doe', 'john doe', ?, ?, 1, ?)`);
  const passwordHash = '$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
  const countStretch = db.prepare('insert into user_counts values (?, ?, 10000, 0)');
  const begun = Date.now() - count;
  db.transaction(() => {
    for (let n = 0; n < count; n++) {
      const number = String(n).padStart(8, '0');
      const id = uuidv7(begun + n);
      if (n % 10_000 === 0) countStretch.run(company, n === 0 ? '' : id);
      insert.run(
        id,
        `FULL${Math.random().toString(36).slice(2, 6).padEnd(4, '0').toUpperCase()}${number}`,
        `F${number}`,
        `f${number}`,
        `62899${number}`,
        passwordHash,
        begun + n,
      );
    }
  })();
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}
