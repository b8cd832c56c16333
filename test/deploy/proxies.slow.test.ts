import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeCompany, until } from '../process/cluster.ts';
import { loadUntil } from '../process/load.ts';
import { makeFolder, production, type Program, start, userOf } from '../process/program.ts';
import { openTestDatabase } from '../support/postgres.ts';
import { lastingPort, makeBundle, startProxy, skipsWithout } from './kit.ts';

const names = ['haproxy', 'nginx'] as const;
/** Enough to meet a rare fault now and then; the release is tried with 20. */
const restarts = Number(process.env['RESTARTS'] ?? 6);

describe.skipIf(names.some(skipsWithout) || skipsWithout('openssl'))('behind HAProxy and nginx', () => {
  test('gateways that restart in turn under load cut no request, and each is answered 200', async () => {
    const database = await openTestDatabase();
    onTestFinished(() => database.stop());
    const { token } = await makeCompany(database.url);
    const command = await makeBundle();
    const ports = [await lastingPort(), await lastingPort()] as const;
    const env = { ...production, DATABASE_URL: database.url, RATE_LIMIT: '0', TRUST_PROXY: '1' };
    const folder = makeFolder();
    const begin = (at: number) => start(folder, { ...env, PORT: String(ports[at]) }, [], [], command);
    const gateways: Program[] = [await begin(0), await begin(1)];
    const [haproxy, nginx] = [await startProxy('haproxy', ports), await startProxy('nginx', ports)];
    let isOver = false;
    const loads = [haproxy, nginx].map(({ port }, series) =>
      loadUntil(() => isOver, { port, token, series, isTls: true }, 4),
    );

    function upCount(at: number): number {
      return haproxy.out().split(`Server gateways/${['one', 'two'][at]} is UP`).length - 1;
    }
    // Some fifty lines of its log.
    const isUsed = (at: number) => gateways[at]!.err().length > 10_000;
    for (let restart = 0; restart < restarts; restart++) {
      const at = restart % 2;
      await until(() => isUsed(at));
      const ups = upCount(at);
      gateways[at]!.child.kill('SIGTERM');
      expect(await gateways[at]!.ended).toBe(0);
      gateways[at] = await begin(at);
      await until(() => upCount(at) > ups);
    }
    isOver = true;
    const tallies = await Promise.all(loads);

    expect(tallies.map(({ cut }) => cut)).toEqual([[], []]);
    expect(tallies.map(({ answered }) => [...answered.keys()])).toEqual([[200], [200]]);
    const serials = tallies.flatMap((tally) => tally.serials);
    expect(new Set(serials).size).toBe(serials.length);
    const rows = await database.execute('select count(*)::int as count from users where serial = any ($1)', [serials]);
    expect(rows).toEqual([{ count: serials.length }]);
  }, 400_000);

  test.each(names)(
    '%s sends a creation that got no answer to nobody else, and names the client itself',
    async (name) => {
      const received: IncomingMessage[] = [];
      const open = async (): Promise<number> => {
        const server = createServer(async (incoming, outgoing) => {
          if (incoming.url === '/health/ready') return void outgoing.end();
          received.push(incoming);
          await text(incoming);
          incoming.socket.destroy();
        }).listen(0, '127.0.0.1');
        await once(server, 'listening');
        onTestFinished(() => void server.close().closeAllConnections());
        return (server.address() as AddressInfo).port;
      };
      const proxy = await startProxy(name, [await open(), await open()]);
      const call = request({
        port: proxy.port,
        host: '127.0.0.1',
        rejectUnauthorized: false,
        method: 'POST',
        path: '/ruangkerja/users',
        headers: { 'Content-Type': 'application/json', 'X-Forwarded-For': '203.0.113.7' },
      });
      call.end(JSON.stringify(userOf('A1')));
      const [answer] = (await once(call, 'response')) as [IncomingMessage];
      answer.resume();
      expect(answer.statusCode).toBe(502);
      expect(received.map(({ headers }) => headers['x-forwarded-for'])).toEqual(['127.0.0.1']);
    },
  );
});
