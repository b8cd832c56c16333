import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Refusal } from '../../errors/error-dictionary.ts';
import type { Connections } from './connections.ts';
import { MethodNotAllowed } from './error-response.ts';
import { lingerThenDestroy } from './linger.ts';
import { type PlainResponse, toPlainResponse } from './plain.ts';

/** What answers input that is not a request. */
export interface ClientErrorNeeds {
  connections: Connections;
  /** Answers a refusal, and logs it with its reason. The source is the request where its head was read. */
  refuse: (refusal: Refusal, source: IncomingMessage | Socket, reason: string) => Response;
}

/**
 * Answers in the envelope what never becomes a request: input that Node's parser refuses, input that does not arrive in
 * time, and CONNECT.
 */
export function answerClientErrors(server: Server, { connections, refuse }: ClientErrorNeeds): void {
  const refused = new WeakSet<Duplex>();

  function end(socket: Socket, ...refusal: Parameters<typeof refuse>): void {
    if (!socket.writable) return void socket.destroy();
    void toPlainResponse(refuse(...refusal)).then((response) => {
      socket.write(lastResponse(response));
      lingerThenDestroy(socket);
    });
  }

  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket;
    const refusal = refusalOf(error.code ?? '');
    // Node reports each further piece of input too.
    if (refused.has(socket)) return;
    if (!refusal || socket.bytesRead === 0) return void socket.destroy();
    refused.add(socket);
    connections.end(socket, (unfinished) => end(socket, refusal, unfinished ?? socket, error.code!));
  });
  server.on('connect', (request, stream) => {
    const socket = stream as Socket;
    socket.on('error', () => {});
    end(socket, new MethodNotAllowed('GET, HEAD, POST'), request, 'CONNECT');
  });
}

/** The text of a response that ends its connection. Node has no ServerResponse where there is no request. */
function lastResponse({ status, headers, body }: PlainResponse): string {
  const lines = Object.entries({
    ...headers,
    date: new Date().toUTCString(),
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}

/** The refusal for an error of Node's parser or timers; null for a connection that broke. */
function refusalOf(code: string): Refusal | null {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Refusal('REQUEST_TIMEOUT');
  if (code === 'HPE_HEADER_OVERFLOW') return new Refusal('REQUEST_HEADER_FIELDS_TOO_LARGE');
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return new Refusal('PAYLOAD_TOO_LARGE', 'the extensions of a chunk are larger than the limit');
  return code.startsWith('HPE_') ? new Refusal('BAD_REQUEST', 'this is not HTTP/1.1') : null;
}
