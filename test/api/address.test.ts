import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { launch, open, type Program, ready } from '../process/program.ts';

let folder: string;
let program: Program;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-address-'));
  program = await ready(launch(folder, {}, ['--json']));
});
afterAll(async () => {
  await program.kill();
  rmSync(folder, { recursive: true });
});

async function answerOf(request: string): Promise<{ status: number; requestId: string; text: string }> {
  const { socket, text } = await open(program.port());
  socket.write(request);
  await vi.waitFor(() => expect(text()).toMatch(/\r\n\r\n[^]/), { interval: 5, timeout: 5_000 });
  return {
    status: Number(text().slice(9, 12)),
    requestId: /^x-request-id: (.*)\r$/im.exec(text())?.[1] ?? '',
    text: text(),
  };
}

const linesOf = (requestId: string) => program.log().filter((line) => line['requestId'] === requestId);

test.each(['/health/live', '/health/ready', '/errors'])(
  'HTTP/1.0 without a Host header, a probe of HAProxy, is answered on %s',
  async (path) => {
    const { status, requestId } = await answerOf(`GET ${path} HTTP/1.0\r\n\r\n`);
    expect(status).toBe(200);
    await vi.waitFor(() => expect(linesOf(requestId)).toMatchObject([{ path, status: 200 }]));
  },
);

test.each(['/dev/mails', '/dev/mails.json'])('HTTP/1.0 without a Host header never sees %s', async (path) => {
  expect((await answerOf(`GET ${path} HTTP/1.0\r\n\r\n`)).status).toBe(403);
});

test.each([
  ['a target that is no path', 'OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
  ['a Host header that names no host', 'GET /errors HTTP/1.1\r\nHost: a b\r\n\r\n'],
  ['a backslash in the path', 'GET /errors\\x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
  ['a wrong absolute target', 'GET http://a%20b/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
])("%s is 400 in the dictionary's words, with a request id and one log line", async (_, request) => {
  const { status, requestId, text } = await answerOf(request);
  expect(status).toBe(400);
  expect(JSON.parse(text.slice(text.indexOf('{')))).toEqual({
    errorCode: 400,
    message: 'BAD_REQUEST',
    detail: 'the target or the Host header of the request is not a valid address',
  });
  await vi.waitFor(() =>
    expect(linesOf(requestId)).toMatchObject([{ level: 30, msg: 'request', status: 400, errorCode: 400 }]),
  );
});

test('TRACE, which the Fetch API does not know, is a method like others that /graphql refuses', async () => {
  const { status, text } = await answerOf('TRACE /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  expect(status).toBe(405);
  expect(text).toMatch(/^allow: GET, POST\r$/im);
});

test.each(['/graphql', '/graphql?', '/ruangkerja/users'])(
  'of two Authorization headers none is chosen, and of two media types neither, on %s',
  async (path) => {
    const body = '{"query":"{ user(serial: \\"A\\") { name } }"}';
    const start = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${body.length}\r\nContent-Type: application/json\r\nAuthorization: ${program.json().accessToken}\r\n`;
    expect((await answerOf(`${start}Authorization: other\r\n\r\n${body}`)).status).toBe(401);
    expect((await answerOf(`${start}Content-Type: text/plain\r\n\r\n${body}`)).status).toBe(415);
  },
);
