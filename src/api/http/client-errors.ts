import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Refusal } from '../../errors/error-dictionary.ts';
import type { Connections } from './connections.ts';
import { lingerThenDestroy } from './linger.ts';
import { fromFetch } from './plain.ts';

export interface ClientErrorNeeds {
  connections: Connections;
  /** The answer of a refusal, which it logs with its reason. */
  refuse: (refusal: Refusal, address: string, reason?: string) => Response;
}

/** Answers in the envelope what never becomes a request: what node's parser refuses, what does not arrive in time, CONNECT. */
export function answerClientErrors(server: Server, { connections, refuse }: ClientErrorNeeds): void {
  const refused = new WeakSet<Duplex>();

  function end(socket: Socket, refusal: Refusal, reason: string, headers: Record<string, string> = {}): void {
    if (!socket.writable) return void socket.destroy();
    void fromFetch(refuse(refusal, socket.remoteAddress ?? '', reason)).then(({ status, headers: common, body }) => {
      const lines = Object.entries({
        ...common,
        ...headers,
        date: new Date().toUTCString(),
        'content-length': Buffer.byteLength(body),
        connection: 'close',
      }).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
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
    connections.end(socket, () => end(socket, refusal, error.code!));
  });
  server.on('connect', (_request, stream) => {
    const socket = stream as Socket;
    socket.on('error', () => {});
    end(socket, new Refusal('METHOD_NOT_ALLOWED'), 'CONNECT', { allow: 'GET, HEAD, POST' });
  });
}

/** The row of an error of node's parser or timers; null for a connection that broke. */
function refusalOf(code: string): Refusal | null {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Refusal('REQUEST_TIMEOUT');
  if (code === 'HPE_HEADER_OVERFLOW') return new Refusal('REQUEST_HEADER_FIELDS_TOO_LARGE');
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return new Refusal('PAYLOAD_TOO_LARGE', 'the extensions of a chunk are larger than the limit');
  return code.startsWith('HPE_') ? new Refusal('BAD_REQUEST', 'this is not HTTP/1.1') : null;
}
