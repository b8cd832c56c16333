import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { makeFolder, production, run, start } from './program.ts';

test('metrics have a port of their own, and the clients none of it', async () => {
  const program = await start(makeFolder(), { ...production, METRICS_PORT: '0' });
  const { port, host } = program.log().find(({ msg }) => msg === 'metrics')!;
  expect(host).toBe('127.0.0.1');
  const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${String(port)}${path}`, init);
  const scrape = await get('/metrics?x');
  expect([scrape.status, scrape.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  expect(await scrape.text()).toMatch(/^process_open_fds [1-9]\d*$/m);
  expect([(await get('/')).status, (await get('/graphql')).status]).toEqual([404, 404]);
  expect((await get('/metrics', { method: 'POST' })).status).toBe(405);
  expect((await fetch(`http://127.0.0.1:${program.port()}/metrics`)).status).toBe(404);
  program.child.kill('SIGTERM');
  expect(await program.ended).toBe(0);
});

test('a metrics port in use: one clear line, and exit code 1', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const program = run(makeFolder(), { ...production, METRICS_PORT: String(port), LOG_LEVEL: 'silent' });
  expect(await program.ended).toBe(1);
  expect(program.err()).toBe(
    `METRICS_PORT ${port} on 127.0.0.1 is in use by another process; choose another one, e.g. METRICS_PORT=9465\n`,
  );
});
