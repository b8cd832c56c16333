import { createServer } from 'node:http';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Answer, makeConnections } from '../../src/api/http/connections.ts';

/** A server whose answers wait for `answer`, and a connection to it. */
async function opened() {
  const connections = makeConnections();
  const waiting: Parameters<Answer>[] = [];
  let arrived = 0;
  const server = createServer()
    .on('connection', connections.open)
    .on('request', () => arrived++)
    .on('request', (incoming, outgoing) => connections.take(incoming, outgoing, (...request) => waiting.push(request)))
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  const isDesertedAtFirst = connections.isDeserted();
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk));
  socket.on('error', () => {});
  onTestFinished(() => {
    socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { connections, waiting, socket, isDesertedAtFirst, arrived: () => arrived, text: () => text };
}

const request = (path: string) => `GET /${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

test('a pipelined request begins when the one before it is answered, and only the last one may close the connection', async () => {
  const { connections, waiting, socket, text } = await opened();
  socket.write(request('a') + request('b'));
  await vi.waitFor(() => expect(waiting.map(([{ url }]) => url)).toEqual(['/a']));
  expect(connections.isLast(waiting[0]![0].socket)).toBe(false);
  waiting[0]![1].end('first');
  await vi.waitFor(() => expect(waiting.map(([{ url }]) => url)).toEqual(['/a', '/b']));
  expect(connections.isLast(waiting[1]![0].socket)).toBe(true);
  waiting[1]![1].end('second');
  await vi.waitFor(() => expect(text()).toMatch(/first[^]*second/));
  // And the connection goes on.
  socket.write(request('c'));
  await vi.waitFor(() => expect(waiting).toHaveLength(3));
});

test('while it is held back no request begins; after it each does', async () => {
  const { connections, waiting, socket, arrived } = await opened();
  connections.hold();
  socket.write(request('a'));
  await vi.waitFor(() => expect(arrived()).toBe(1));
  expect(connections.quietMs()).toBeGreaterThan(0);
  expect(waiting).toEqual([]);
  connections.release();
  expect(waiting).toHaveLength(1);
  // What is under way is not quiet.
  expect(connections.quietMs()).toBe(0);
});

test('a server is deserted before its first connection, and not right after one', async () => {
  const { connections, isDesertedAtFirst, socket } = await opened();
  expect(isDesertedAtFirst).toBe(true);
  await vi.waitFor(() => expect(connections.isDeserted()).toBe(false));
  socket.destroy();
  expect(connections.isDeserted()).toBe(false);
});
