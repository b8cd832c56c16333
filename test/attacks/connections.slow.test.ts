import { setTimeout as sleep } from 'node:timers/promises';
import { connect as dial } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { makeFolder, open, post, type Program, start, userOf } from '../process/program.ts';
import { connect, isLinux, openSockets, peakBytes, processorMs, residentBytes } from './kit.ts';

const MB = 1_048_576;
const host = 'Host: 127.0.0.1\r\n';
/** Every one of these must be closed by the program after 15 s; the machine may be busy. */
const closed = { timeout: 20_000, interval: 100 };
/** Milliseconds of processor time that an attack may cost, so that nobody waits longer: they stalled the program for many seconds. */
const busyMs = 2_000;

/** A program that has answered a few requests, so that its memory does not grow by what it loads at first. */
async function warm(env: Record<string, string> = {}, command: string[] = []): Promise<Program> {
  const program = await start(makeFolder(), { SMTP_URL: 'smtp://127.0.0.1:1', ...env }, ['--json'], command);
  for (const path of ['/docs/swagger-ui-bundle.js', '/openapi.json', '/errors', '/health/ready', '/nothing'])
    await (await fetch(`http://127.0.0.1:${program.port()}${path}`)).arrayBuffer();
  await post(program.port(), program.json().accessToken, userOf('WARM'));
  return program;
}

/** A socket that sends `input` and never reads. */
async function deafSocket(port: number, input: string): Promise<void> {
  const socket = dial({ port, host: '127.0.0.1' }).pause();
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  await new Promise<void>((resolve) => socket.write(input, () => resolve()));
}

describe.skipIf(!isLinux)('connections of strangers', { timeout: 120_000 }, () => {
  test.each([
    ['a big file', `GET /docs/swagger-ui-bundle.js HTTP/1.1\r\n${host}\r\n`, 1_200, 1],
    ['a big file, by many', `GET /docs/swagger-ui-bundle.js HTTP/1.1\r\n${host}\r\n`, 1_200, 20],
    ['a document', `GET /openapi.json HTTP/1.1\r\n${host}\r\n`, 1_500, 10],
  ])('pipelined requests for %s by peers that read nothing', async (_, request, count, peers) => {
    const program = await warm();
    const before = openSockets(program);
    const bytes = residentBytes(program);
    const begun = processorMs(program);
    for (let index = 0; index < peers; index++) void deafSocket(program.port(), request.repeat(count));
    await sleep(2_000);
    await vi.waitFor(() => expect(openSockets(program)).toBeLessThanOrEqual(before), closed);
    expect(peakBytes(program) - bytes).toBeLessThan(120 * MB);
    expect(processorMs(program) - begun).toBeLessThan(busyMs);
  });

  test('a peer that reads slowly gets its answer whole', async () => {
    const program = await warm();
    const { socket, text } = await open(program.port());
    socket.write(`GET /docs/swagger-ui-bundle.js HTTP/1.1\r\n${host}\r\n`.repeat(8));
    // Longer than one that reads nothing may stay.
    for (let index = 0; index < 9; index++) {
      socket.pause();
      await sleep(2_000);
      socket.resume();
      await sleep(5);
    }
    await vi.waitFor(() => expect(text().match(/HTTP\/1\.1 200 OK/g)).toHaveLength(8), closed);
  });

  test.each(['/graphql', '/oauth/token', '/ruangkerja/users'])(
    '150 bodies of 1 MB that never end, on %s',
    async (path) => {
      const program = await warm();
      const bytes = residentBytes(program);
      const begun = processorMs(program);
      const head = `POST ${path} HTTP/1.1\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
      const chunk = `f000\r\n${' '.repeat(0xf000)}\r\n`;
      const connections = await connect(program, 150, () => head + chunk.repeat(16));
      await vi.waitFor(() => expect(connections.filter(({ socket }) => !socket.closed)).toEqual([]), closed);
      expect(peakBytes(program) - bytes).toBeLessThan(100 * MB);
      expect(processorMs(program) - begun).toBeLessThan(busyMs);
    },
  );

  test('300 sockets of one byte a second, in heads and in bodies', async () => {
    const program = await warm();
    const begun = processorMs(program);
    const head = `POST /graphql HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 1000\r\n`;
    const connections = await connect(program, 300, (index) => head + (index % 2 ? '\r\n' : ''));
    const drip = setInterval(() => {
      for (const { socket } of connections) if (socket.writable) socket.write('x');
    }, 1_000);
    onTestFinished(() => clearInterval(drip));
    await vi.waitFor(() => expect(connections.filter(({ socket }) => !socket.closed)).toEqual([]), closed);
    for (const { text } of connections) expect(text()).toMatch(/^HTTP\/1\.1 408 [^]*"message":"REQUEST_TIMEOUT"/);
    expect(processorMs(program) - begun).toBeLessThan(busyMs);
  });

  test('1,000 sockets that send nothing are closed without a word, in the log neither', async () => {
    const program = await warm();
    const bytes = residentBytes(program);
    const begun = processorMs(program);
    const connections = await connect(program, 1_000, () => '');
    await vi.waitFor(() => expect(connections.filter(({ socket }) => !socket.closed)).toEqual([]), closed);
    expect(connections.filter(({ text }) => text() !== '')).toEqual([]);
    expect(program.log().filter(({ status }) => status === 408)).toEqual([]);
    expect(peakBytes(program) - bytes).toBeLessThan(100 * MB);
    expect(processorMs(program) - begun).toBeLessThan(busyMs);
  });

  test('out of file descriptors: others are refused, which one line says, and users are created all the while', async () => {
    const program = await warm({}, ['bash', '-c', 'ulimit -n 128; exec "$0" "$@"']);
    const kept = await open(program.port());
    const connections = await connect(program, 300, () => '');
    const body = JSON.stringify(userOf('A1'));
    kept.socket.write(
      `POST /ruangkerja/users HTTP/1.1\r\n${host}Authorization: ${program.json().accessToken}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await vi.waitFor(() => expect(kept.text()).toMatch(/^HTTP\/1\.1 200 /), closed);
    await vi.waitFor(
      () => expect(connections.filter(({ socket }) => socket.closed).length).toBeGreaterThan(200),
      closed,
    );
    for (const { socket } of connections) socket.destroy();
    await vi.waitFor(
      async () => expect((await post(program.port(), program.json().accessToken, userOf('A2'))).status).toBe(200),
      closed,
    );
    expect(program.log().filter(({ msg }) => String(msg).includes('file descriptors'))).toMatchObject([{ level: 40 }]);
    expect(program.log().filter(({ level }) => Number(level) >= 50)).toEqual([]);
  });
});
