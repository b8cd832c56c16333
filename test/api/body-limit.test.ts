import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { launch, open, type Program, ready } from '../process/program.ts';

const limit = 4096;
const soon = { interval: 5, timeout: 5_000 };

let folder: string;
let program: Program;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-body-'));
  program = await ready(launch(folder, { MAX_BODY_BYTES: String(limit) }, ['--json']));
});
afterAll(async () => {
  await program.kill();
  rmSync(folder, { recursive: true });
});

function head(path = '/ruangkerja/users'): string {
  return `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${program.json().accessToken}\r\nContent-Type: application/json\r\n`;
}

/** A user of exactly so many bytes. */
function bodyOf(bytes: number): string {
  const employeeID = randomBytes(8).toString('hex');
  const short = { employeeID, name: 'John Doe', email: `${employeeID}@example.com`, isActive: true, padding: '' };
  return JSON.stringify({ ...short, padding: 'x'.repeat(bytes - JSON.stringify(short).length) });
}

/** The answer's body, whole by its own framing: the socket's end proves nothing. */
function bodyIn(text: string): string {
  const [head = '', rest = ''] = text.split('\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(head)?.[1];
  if (length !== undefined) return rest.length === Number(length) ? rest : '';
  const chunks = /^[0-9a-f]+\r\n(.*)\r\n0\r\n/s.exec(`${rest}${text.split('\r\n\r\n')[2] === undefined ? '' : '\r\n'}`);
  return chunks?.[1] ?? '';
}

test.each([
  ['announced by Content-Length, on REST', '/ruangkerja/users', 'length'],
  ['sent in chunks, on REST', '/ruangkerja/users', 'chunked'],
  ['announced by Content-Length, on GraphQL', '/graphql', 'length'],
  ['sent in chunks, on GraphQL', '/graphql', 'chunked'],
])(
  'a body too large, %s: 413 is answered whole while the client still sends, then the connection closes',
  async (_, path, kind) => {
    const { socket, text, closed } = await open(program.port());
    let failed: unknown;
    socket.on('error', (error) => (failed = error));
    const ended = once(socket, 'end');
    const block = 'x'.repeat(1000);
    const part = kind === 'chunked' ? `3e8\r\n${block}\r\n` : block;
    socket.write(
      `${head(path)}${kind === 'chunked' ? 'Transfer-Encoding: chunked' : 'Content-Length: 100000'}\r\n\r\n${part.repeat(6)}`,
    );
    await vi.waitFor(() => expect(bodyIn(text())).not.toBe(''), soon);
    // Bytes already on their way when the answer was written must not turn it into a reset.
    socket.write(part.repeat(4));
    await ended;
    socket.end();
    await closed;
    expect(failed).toBeUndefined();
    expect(text()).toMatch(/^HTTP\/1\.1 413 /);
    expect(text()).toMatch(/\r\nconnection: close\r\n/i);
    const detail = `the body is larger than the limit of ${limit} bytes`;
    const answer = JSON.parse(bodyIn(text()));
    if (path === '/graphql')
      expect(answer).toEqual({
        errors: [
          {
            message: detail,
            extensions: {
              code: 'PAYLOAD_TOO_LARGE',
              errorCode: 413,
              requestId: expect.any(String),
              docUrl: expect.stringMatching(/\/errors\/413$/),
            },
          },
        ],
      });
    else expect(answer).toEqual({ errorCode: 413, message: 'PAYLOAD_TOO_LARGE', detail });
  },
);

test('a client that sends on and on after its 413 is cut off', async () => {
  const { socket, text, closed } = await open(program.port());
  socket.write(`${head()}Content-Length: 100000000\r\n\r\n`);
  const sender = setInterval(() => socket.write('x'.repeat(1000)), 5);
  await closed;
  clearInterval(sender);
  expect(text()).toMatch(/^HTTP\/1\.1 413 /);
});

test('a connection that stays open after a refusal is never cut off, though its body came after the answer', async () => {
  const kept = await open(program.port());
  const request =
    'POST /ruangkerja/users HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n';
  kept.socket.write(request);
  await vi.waitFor(() => expect(kept.text()).toMatch(/^HTTP\/1\.1 401 /), soon);
  kept.socket.write('{}');
  // One whose turn to be cut off would come after it.
  const cut = await open(program.port());
  cut.socket.allowHalfOpen = true;
  cut.socket.write(`${head()}Content-Length: 100000000\r\n\r\n`);
  const sender = setInterval(() => cut.socket.write('x'.repeat(1000)), 5);
  await cut.closed;
  clearInterval(sender);
  kept.socket.write(`${request}{}`);
  await vi.waitFor(() => expect(kept.text().match(/HTTP\/1\.1 401 /g)).toHaveLength(2), soon);
});

test.each(['length', 'chunked'])('the limit is exact: so many bytes pass, one more is 413 (%s)', async (kind) => {
  const send = async (bytes: number): Promise<string> => {
    const { socket, text } = await open(program.port());
    const body = bodyOf(bytes);
    socket.write(
      kind === 'chunked'
        ? `${head()}Transfer-Encoding: chunked\r\n\r\n${bytes.toString(16)}\r\n${body}\r\n0\r\n\r\n`
        : `${head()}Content-Length: ${bytes}\r\n\r\n${body}`,
    );
    return vi.waitFor(() => /^HTTP\/1\.1 (\d+)/.exec(text())![1]!, soon);
  };
  expect(await send(limit + 1)).toBe('413');
  expect(await send(limit)).toBe('200');
});

test('Expect: 100-continue is answered before the body is sent, and the user is created', async () => {
  const { socket, text } = await open(program.port());
  const body = bodyOf(500);
  socket.write(`${head()}Expect: 100-continue\r\nContent-Length: 500\r\n\r\n`);
  await vi.waitFor(() => expect(text()).toBe('HTTP/1.1 100 Continue\r\n\r\n'), soon);
  socket.write(body);
  await vi.waitFor(() => expect(text()).toMatch(/\r\n\r\nHTTP\/1\.1 200 /), soon);
});

test.each([
  ['no HTTP at all', 'GARBAGE\r\n\r\n'],
  ['a Host header that names no host', 'GET /errors HTTP/1.1\r\nHost: a b\r\n\r\n'],
  ['no Host header', 'GET /errors HTTP/1.1\r\n\r\n'],
  [
    'two lengths that differ',
    'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
  ],
])('%s is a 400, and the connection closes', async (_, request) => {
  const { socket, text, closed } = await open(program.port());
  socket.write(request);
  await closed;
  expect(text()).toMatch(/^HTTP\/1\.1 400 /);
});

test('a client that hangs up amid its body is no unexpected error in the log', async () => {
  const { socket } = await open(program.port());
  socket.write(`${head()}Content-Length: 100\r\n\r\n{`);
  await vi.waitFor(
    async () => expect((await fetch(`http://127.0.0.1:${program.port()}/health/live`)).status).toBe(200),
    soon,
  );
  socket.destroy();
  await vi.waitFor(
    () =>
      expect(
        program
          .log()
          .some(({ route, status, errorCode }) => route === '/ruangkerja/users' && status === 400 && errorCode === 400),
      ).toBe(true),
    soon,
  );
  expect(program.log().filter(({ level }) => Number(level) >= 50)).toEqual([]);
});
