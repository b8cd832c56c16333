import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDatabase } from '../test/support/postgres.ts';
import { ask, queueMails, startGateway, startProgram, stop } from './load.ts';
import { startDurablePostgres } from './postgres.ts';
import type { ProviderCounts, ProviderLimits } from './provider.ts';

/**
 * Two gateways beside a mail server with the limits of a provider, which they are told, on both stores: mails a second,
 * and what was refused; then a mail server that is away, and how long the mails take once it is back. Arguments: the
 * number of mails, the minutes of the outage, and the stores.
 */
const mails = Number(process.argv[2] ?? 10_000);
const outageMinutes = Number(process.argv[3] ?? 30);
const stores = (process.argv[4] ?? 'SQLite,Postgres').split(',');

interface Provider {
  limits: ProviderLimits;
  env: Record<string, string>;
}

const providers: Record<string, Provider> = {
  'Office 365, 3 connections': { limits: { connections: 3 }, env: { MAIL_CONNECTIONS: '3' } },
  'Google, 2,000 a day': { limits: { perDay: 2_000 }, env: { MAIL_DAILY: '2000' } },
  'Amazon SES, 14 a second': { limits: { perSecond: 14 }, env: { MAIL_RATE: '14' } },
};

const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
const server = await startDurablePostgres();
try {
  console.log(['', 'mails', 'mails/s', 'refused'].map(cell).join(''));
  for (const store of stores) {
    for (const [name, provider] of Object.entries(providers)) await measure(store, name, provider);
    await measureOutage(store);
  }
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}

async function measure(store: string, name: string, { limits, env }: Provider): Promise<void> {
  await withGateways(store, { limits, env }, async (counts) => {
    const expected = Math.min(mails, limits.perDay ?? Infinity);
    const { refused, seconds } = await untilAccepted(expected, counts);
    // What is over a limit comes now, if it comes.
    if (limits.perDay) await sleep(10_000);
    const { accepted } = await counts();
    const share = `${((100 * refused) / (accepted + refused)).toFixed(2)} %`;
    console.log([`${store}, ${name}`, accepted, (accepted / seconds).toFixed(1), share].map(cell).join(''));
  });
}

async function measureOutage(store: string): Promise<void> {
  await withGateways(store, { limits: {}, env: {}, isAway: true }, async (counts) => {
    await sleep(outageMinutes * 60_000);
    const begun = performance.now();
    await counts('back');
    await untilAccepted(mails, counts);
    const seconds = (performance.now() - begun) / 1_000;
    console.log(
      [`${store}, away for ${outageMinutes} min`, mails, (mails / seconds).toFixed(1), `${seconds.toFixed(0)} s`]
        .map(cell)
        .join(''),
    );
  });
}

type Counts = (message?: string) => Promise<ProviderCounts>;

async function untilAccepted(expected: number, counts: Counts): Promise<ProviderCounts> {
  for (;;) {
    const seen = await counts();
    if (seen.accepted >= expected) return seen;
    await sleep(200);
  }
}

async function withGateways(
  store: string,
  { limits, env: more, isAway = false }: Provider & { isAway?: boolean },
  work: (counts: Counts) => Promise<void>,
): Promise<void> {
  const cwd = mkdtempSync(join(folder, 'case-'));
  const database = store === 'Postgres' ? await makeDatabase(server.url) : null;
  const mailServer = startProgram('provider.ts', [JSON.stringify(limits)]);
  const { port } = await ask<{ port: number }>(mailServer);
  const counts: Counts = (message = 'counts') => ask<ProviderCounts>(mailServer, message);
  const env = {
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    ...(database && { DATABASE_URL: database.url }),
    ...more,
  };
  await stop((await startGateway(cwd, { env })).child);
  await queueMails(mails, cwd, env);
  if (isAway) await counts('away');
  const gateways = [await startGateway(cwd, { env }), await startGateway(cwd, { env })];
  try {
    await work(counts);
  } finally {
    for (const { child } of gateways) await stop(child);
    await stop(mailServer);
    await database?.drop();
  }
}

function cell(value: string | number, at: number): string {
  return at === 0 ? String(value).padEnd(40) : String(value).padStart(12);
}
