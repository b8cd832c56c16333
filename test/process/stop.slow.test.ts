import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { loadUntilRefused } from './load.ts';
import { makeFolder, open, post, production, type Program, start, userOf } from './program.ts';

const soon = { interval: 5, timeout: 5_000 };

/** A POST whose head is sent, and taken up by the program (it asked for the body); `finish` sends the body. */
async function underWay(program: Program, employeeID: string) {
  const body = JSON.stringify(userOf(employeeID));
  const connection = await open(program.port());
  connection.socket.write(
    `POST /ruangkerja/users HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${program.json().accessToken}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nExpect: 100-continue\r\n\r\n`,
  );
  await vi.waitFor(() => expect(connection.text()).toBe('HTTP/1.1 100 Continue\r\n\r\n'), soon);
  return { ...connection, finish: () => connection.socket.write(body) };
}

async function refusesConnections(port: number): Promise<void> {
  await vi.waitFor(async () => {
    const refused = await fetch(`http://127.0.0.1:${port}/health/live`).then(
      () => false,
      () => true,
    );
    expect(refused).toBe(true);
  }, soon);
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s, twice even: the request under way is answered, idle connections end, no new one is taken, exit code 0',
  async (signal) => {
    const program = await start(makeFolder(), {}, ['--json']);
    const idle = await open(program.port());
    idle.socket.write('GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await vi.waitFor(() => expect(idle.text()).toContain('"status":"ok"'), soon);
    const request = await underWay(program, 'A1');
    // Its head is not complete, so that it can still ask for readiness when the stop has begun.
    const asking = await open(program.port());
    asking.socket.write('GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1\r\n');
    await fetch(`http://127.0.0.1:${program.port()}/health/live`, { headers: { Connection: 'close' } });

    program.child.kill(signal);
    await idle.closed;
    await refusesConnections(program.port());
    program.child.kill(signal);
    asking.socket.write('\r\n');
    await asking.closed;
    expect(asking.text()).toMatch(/^HTTP\/1\.1 503 /);
    expect(asking.text()).toContain('"status":"stopping"');
    request.finish();
    await request.closed;
    expect(request.text()).toMatch(/\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(request.text()).toMatch(/\r\nconnection: close\r\n/i);
    expect(await program.ended).toBe(0);
    expect(program.log().at(-1)).toMatchObject({ msg: 'stopped' });
  },
);

test('under load a stop cuts no request, and is announced while connections are still taken', async () => {
  for (let round = 0; round < 3; round++) {
    const program = await start(makeFolder(), { SMTP_URL: 'smtp://127.0.0.1:1' }, ['--json']);
    const load = loadUntilRefused(program.port(), program.json().accessToken, 16);
    await vi.waitFor(() => expect(program.log().filter(({ status }) => status === 200).length).toBeGreaterThan(50), {
      timeout: 20_000,
    });
    program.child.kill('SIGTERM');
    await vi.waitFor(async () => {
      const ready = await fetch(`http://127.0.0.1:${program.port()}/health/ready`);
      expect([ready.status, ready.headers.get('connection')]).toEqual([503, 'close']);
    }, soon);
    const { answered, cut } = await load;
    expect([[...answered.keys()], cut]).toEqual([[200], []]);
    expect(await program.ended).toBe(0);
  }
}, 90_000);

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s to npm start ends the gateway in order, no shell in between keeps it to itself',
  async (signal) => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const env = {
      ...production,
      DATABASE_URL: `file:${join(makeFolder(), 'gateway.db')}`,
      npm_config_update_notifier: 'false',
    };
    const program = await start(root, env, [], [], ['npm', 'start', '--silent']);
    program.child.kill(signal);
    expect(await Promise.race([program.ended, sleep(10_000, 'still running', { ref: false })])).toBe(0);
    expect(program.log().at(-1)).toMatchObject({ msg: 'stopped' });
  },
);

test('exit code 0 within 10 s though a client never finishes its request and the mail server hangs', async () => {
  const held: Socket[] = [];
  const hanging = createServer((socket) => void held.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(hanging, 'listening');
  onTestFinished(() => {
    for (const socket of held) socket.destroy();
    hanging.close();
  });
  const { port } = hanging.address() as AddressInfo;
  const program = await start(makeFolder(), { SMTP_URL: `smtp://127.0.0.1:${port}` }, ['--json']);
  expect(
    (
      await post(program.port(), program.json().accessToken, userOf('A1'), {
        headers: { Authorization: program.json().accessToken, 'Content-Type': 'application/json', Connection: 'close' },
      })
    ).status,
  ).toBe(200);
  await vi.waitFor(() => expect(held.length).toBeGreaterThan(0), soon);
  const request = await underWay(program, 'A2');
  const begun = performance.now();
  program.child.kill('SIGTERM');
  const late = sleep(10_000, 'still running', { ref: false });
  expect(await Promise.race([program.ended, late])).toBe(0);
  await request.closed;
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(program.log().filter(({ level }) => Number(level) >= 50)).toEqual([]);
});
