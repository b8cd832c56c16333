import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { launch, open, type Program, ready, userOf } from '../process/program.ts';
import { openGateway } from '../support/gateway.ts';

let folder: string;
let program: Program;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-client-errors-'));
  program = await ready(launch(folder, {}, ['--json']));
});
afterAll(async () => {
  await program.kill();
  rmSync(folder, { recursive: true });
});

interface Answer {
  status: number;
  head: string;
  body: { errorCode?: number; message?: string; detail?: string } | null;
}

/** The answers of a connection, whole by their Content-Length; an interim 100 is none. */
function answersIn(text: string): Answer[] {
  const answers: Answer[] = [];
  for (let rest = text; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) break;
    const head = rest.slice(0, end);
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
    const body = rest.slice(end + 4, end + 4 + length);
    rest = rest.slice(end + 4 + length);
    const status = Number(head.slice(9, 12));
    if (status !== 100) answers.push({ status, head, body: body.startsWith('{') ? JSON.parse(body) : null });
  }
  return answers;
}

async function send(input: string, port = program.port()): Promise<{ answers: Answer[]; closed: Promise<void> }> {
  const { socket, text, closed } = await open(port);
  socket.write(input);
  await vi.waitFor(() => expect(answersIn(text())).not.toEqual([]), { interval: 5, timeout: 40_000 });
  return { answers: answersIn(text()), closed };
}

const host = 'Host: 127.0.0.1\r\n';
const refusedInput: [string, string, number, string][] = [
  ['what is not HTTP', 'GARBAGE\r\n\r\n', 400, 'BAD_REQUEST'],
  ['HTTP/2 without being asked', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'BAD_REQUEST'],
  ['a method that nobody knows', `BREW / HTTP/1.1\r\n${host}\r\n`, 400, 'BAD_REQUEST'],
  ['a header without a name', `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`, 400, 'BAD_REQUEST'],
  ['a folded header', `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`, 400, 'BAD_REQUEST'],
  ['no Host header', 'GET /health/live HTTP/1.1\r\n\r\n', 400, 'BAD_REQUEST'],
  ['two Host headers', `GET /health/live HTTP/1.1\r\n${host}Host: b\r\n\r\n`, 400, 'BAD_REQUEST'],
  [
    'two lengths that differ',
    `POST /graphql HTTP/1.1\r\n${host}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
    400,
    'BAD_REQUEST',
  ],
  [
    'a length and chunks',
    `POST /graphql HTTP/1.1\r\n${host}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    'BAD_REQUEST',
  ],
  [
    'a chunk without a length',
    `POST /ruangkerja/nothing HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n`,
    400,
    'BAD_REQUEST',
  ],
  [
    'a head of 20 KB',
    `GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(20_000)}\r\n\r\n`,
    431,
    'REQUEST_HEADER_FIELDS_TOO_LARGE',
  ],
  ['a target of 20 KB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`, 431, 'REQUEST_HEADER_FIELDS_TOO_LARGE'],
  ['an expectation', `GET / HTTP/1.1\r\n${host}Expect: a-miracle\r\n\r\n`, 417, 'EXPECTATION_FAILED'],
  ['CONNECT', `CONNECT example.com:443 HTTP/1.1\r\n${host}\r\n`, 405, 'METHOD_NOT_ALLOWED'],
];

test.each(refusedInput)(
  '%s is answered in the envelope, logged, and closes the connection',
  async (_, input, status, message) => {
    const { answers, closed } = await send(input);
    expect(answers).toHaveLength(1);
    const [{ head, body }] = answers as [Answer];
    expect([answers[0]!.status, body]).toEqual([status, { errorCode: status, message, detail: expect.any(String) }]);
    expect(head).toMatch(/^content-type: application\/json/im);
    expect(head).toMatch(/^cache-control: no-store$/im);
    expect(head).toMatch(/^connection: close$/im);
    const requestId = /^x-request-id: (.+)$/im.exec(head)![1];
    await vi.waitFor(() =>
      expect(program.log().filter((line) => line['requestId'] === requestId)).toMatchObject([
        { msg: 'request', status, errorCode: status, address: '127.0.0.1' },
      ]),
    );
    await closed;
  },
);

test.each([
  '1.2.3.4.5',
  '999.1.1.1',
  '1.2.3.4.5:80',
  '0x1.2.3.4.5',
  'a b',
  '[::1',
  'a:99999',
  'a/b',
  'u@a',
  '%zz',
  'a,b^',
])('Host: %s is 400 on every path, without an error in the log', async (name) => {
  for (const [method, path] of [
    ['GET', '/errors'],
    ['GET', '/graphql'],
    ['POST', '/graphql'],
    ['POST', '/ruangkerja/users'],
    ['GET', '/'],
  ]) {
    const { answers } = await send(`${method} ${path} HTTP/1.1\r\nHost: ${name}\r\nContent-Length: 0\r\n\r\n`);
    expect([path, answers[0]!.status, answers[0]!.body?.message]).toEqual([path, 400, 'BAD_REQUEST']);
  }
  expect(program.log().filter(({ level }) => Number(level) >= 50)).toEqual([]);
});

const problem = 'Accept: application/problem+json\r\n';
const refusedWithHead: [string, string, number][] = [
  ['a malformed Host', `GET /errors HTTP/1.1\r\nHost: a b\r\n${problem}\r\n`, 400],
  ['no Host', `POST /graphql HTTP/1.1\r\n${problem}Content-Length: 0\r\n\r\n`, 400],
  ['a target that is no address', `OPTIONS * HTTP/1.1\r\n${host}${problem}\r\n`, 400],
  ['an absolute target of no address', `GET http://1.2.3.4.5/errors HTTP/1.1\r\n${host}${problem}\r\n`, 400],
  [
    'a chunk without a length',
    `POST /oauth/token HTTP/1.1\r\n${host}${problem}Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n`,
    400,
  ],
  [
    'a chunk with extensions of 20 KB',
    `POST /oauth/token HTTP/1.1\r\n${host}${problem}Transfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(20_000)}\r\n`,
    413,
  ],
  [
    'trailers of 20 KB',
    `POST /oauth/token HTTP/1.1\r\n${host}${problem}Transfer-Encoding: chunked\r\n\r\n0\r\nX: ${'a'.repeat(20_000)}\r\n`,
    431,
  ],
  ['an expectation', `GET / HTTP/1.1\r\n${host}${problem}Expect: a-miracle\r\n\r\n`, 417],
  ['CONNECT', `CONNECT example.com:443 HTTP/1.1\r\n${host}${problem}\r\n`, 405],
];

test.each(refusedWithHead)(
  '%s is RFC 9457 for who asks, since the head was read, with the request id of the client',
  async (_, input, status) => {
    const { answers } = await send(input.replace(problem, `${problem}X-Request-Id: mine\r\n`));
    expect(answers).toHaveLength(1);
    expect([answers[0]!.status, answers[0]!.body]).toEqual([
      status,
      expect.objectContaining({ status, errorCode: status, requestId: 'mine', problems: [expect.any(Object)] }),
    ]);
    expect(answers[0]!.head).toMatch(/^content-type: application\/problem\+json$/im);
    expect(answers[0]!.head).toMatch(/^vary: Accept, Accept-Language$/im);
  },
);

test('408 is RFC 9457 for who asks where the body is late, and the envelope where the head is', async () => {
  const { app } = await openGateway();
  // Long enough for the first bytes on a busy machine: a silent connection is closed without a word.
  const impatience = { requestTimeout: 1_000, headersTimeout: 1_000, connectionsCheckingInterval: 10 };
  const server = app.listener.serve(createServer(impatience)).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const head = `POST /oauth/token HTTP/1.1\r\n${host}${problem}Content-Type: application/json\r\nContent-Length: 9\r\n`;
  const [late, unread] = [await send(`${head}\r\n{`, port), await send(head, port)];
  expect(late.answers).toMatchObject([{ status: 408, body: { title: 'REQUEST_TIMEOUT', status: 408 } }]);
  expect(unread.answers).toMatchObject([{ status: 408, body: { errorCode: 408, message: 'REQUEST_TIMEOUT' } }]);
});

const oddRequests: [string, string][] = [
  ['//', 'GET // HTTP/1.1'],
  ['//evil.example/x', 'GET //evil.example/x HTTP/1.1'],
  ['a bad percent escape', 'GET /ruangkerja/users/%zz HTTP/1.1'],
  ['half a percent escape', 'GET /docs/% HTTP/1.1'],
  ['an escaped NUL', 'GET /ruangkerja/tags/%00 HTTP/1.1'],
  ['a bad escape in a query', 'GET /ruangkerja/users?page=%ff&pageSize=%zz HTTP/1.1'],
  ['an absolute target', 'GET http://other.example/errors/x HTTP/1.1'],
  ['an absolute target of no host', 'GET http:///errors/x HTTP/1.1'],
  ['an absolute target with a number for a host', 'GET http://1.2.3.4.5/errors HTTP/1.1'],
  ['another scheme', 'GET ftp://a/errors HTTP/1.1'],
  ['OPTIONS *', 'OPTIONS * HTTP/1.1'],
  ['TRACE', 'TRACE /ruangkerja/users HTTP/1.1'],
  ['PROPFIND', 'PROPFIND /ruangkerja/users HTTP/1.1'],
  ['DELETE', 'DELETE /health/live HTTP/1.1'],
  ['QUERY', 'QUERY /graphql HTTP/1.1'],
  ['HTTP/1.0', 'GET /nothing HTTP/1.0'],
  ['a long path', `GET /${'a/'.repeat(5_000)} HTTP/1.1`],
  ['dots', 'GET /../../etc/passwd HTTP/1.1'],
];

test.each(oddRequests)('%s is a client error in the envelope', async (_, line) => {
  const { answers } = await send(`${line}\r\n${host}\r\n`);
  expect(answers[0]!.status).toBeGreaterThanOrEqual(400);
  expect(answers[0]!.status).toBeLessThan(500);
  const { body } = answers[0]! as { body: { errors?: unknown; errorCode?: number } };
  expect(body.errors ?? body.errorCode).toBeTruthy();
  expect(program.log().filter(({ level }) => Number(level) >= 50)).toEqual([]);
});

test('an offer to upgrade is passed over', async () => {
  const { answers } = await send(
    `GET /health/live HTTP/1.1\r\n${host}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
  );
  expect(answers).toMatchObject([{ status: 200, body: { status: 'ok' } }]);
});

test('a complete request is answered before the garbage behind it', async () => {
  const { socket, text, closed } = await open(program.port());
  const body = JSON.stringify(userOf(randomBytes(8).toString('hex')));
  socket.write(
    `POST /ruangkerja/users HTTP/1.1\r\n${host}Authorization: ${program.json().accessToken}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}GARBAGE\r\n\r\n`,
  );
  await closed;
  expect(answersIn(text()).map(({ status }) => status)).toEqual([200, 400]);
});

test('20,000 pipelined requests are answered one after the other', async () => {
  const { socket, text } = await open(program.port());
  const request = (index: number) => `GET /health/live HTTP/1.1\r\n${host}X-Request-Id: ${index}\r\n\r\n`;
  socket.write(Array.from({ length: 20_000 }, (_, index) => request(index)).join(''));
  await vi.waitFor(() => expect(text().split('{"status":"ok"}')).toHaveLength(20_001), {
    interval: 50,
    timeout: 25_000,
  });
  expect(answersIn(text()).map(({ head }) => Number(/^x-request-id: (.+)$/im.exec(head)![1]))).toEqual(
    Array.from({ length: 20_000 }, (_, index) => index),
  );
});

test('pipelined creations are each made, a later one after its predecessor', async () => {
  const { socket, text } = await open(program.port());
  const employeeID = randomBytes(8).toString('hex');
  const body = JSON.stringify(userOf(employeeID));
  const request = `POST /ruangkerja/users HTTP/1.1\r\n${host}Authorization: ${program.json().accessToken}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  socket.write(request.repeat(20));
  await vi.waitFor(() => expect(answersIn(text())).toHaveLength(20), { interval: 20, timeout: 40_000 });
  expect(answersIn(text()).map(({ status }) => status)).toEqual([200, ...Array<number>(19).fill(409)]);
});
