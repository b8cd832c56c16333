import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from '../../errors/error-dictionary.ts';

/** A request without the Fetch API, whose objects cost as much as executing an operation. */
export interface PlainRequest {
  method: string;
  url: string;
  /** Read by their names in lower case. */
  headers: { get(name: string): string | null };
  /** Reads the whole body; throws 413 above `limit` bytes. */
  bytes(limit: number): Promise<Uint8Array>;
}

/** A response without the Fetch API. */
export interface PlainResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Wraps a request of the Fetch API. */
export function plainOfFetch(request: Request): PlainRequest {
  return {
    method: request.method,
    url: request.url,
    headers: request.headers,
    async bytes(limit) {
      // Node holds a body to its announced length, and gives it as a whole without a stream.
      if (request.headers.has('content-length')) return request.bytes();
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of request.body ?? []) {
        size += chunk.byteLength;
        if (size > limit) throw tooLarge(limit);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    },
  };
}

/** Wraps a request of Node. The host in its url is none, since what a client wrote there is not used. */
export function plainOfNode(incoming: IncomingMessage): PlainRequest {
  return {
    method: incoming.method!,
    url: `http://gateway.invalid${incoming.url}`,
    headers: headersOf(incoming),
    bytes: (limit) =>
      new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let size = 0;
        // Input beyond the limit is read and dropped: see `lingerAfter`.
        incoming.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > limit) reject(tooLarge(limit));
          else chunks.push(chunk);
        });
        incoming.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
        incoming.on('close', () => incoming.complete || reject(new Error('the connection was closed')));
        incoming.on('error', reject);
      }),
  };
}

/** Gives the headers of a request of Node. */
export function headersOf({ headers }: IncomingMessage): PlainRequest['headers'] {
  return { get: (name) => (headers[name] as string | undefined) ?? null };
}

/** Reads a response of the Fetch API. */
export async function toPlainResponse(response: Response): Promise<PlainResponse> {
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}

/** Makes a response of the Fetch API. */
export function toFetchResponse({ body, ...init }: PlainResponse): Response {
  return new Response(body || null, init);
}

/** Writes a response to Node's. */
export function writeResponse({ status, headers, body }: PlainResponse, outgoing: ServerResponse): void {
  outgoing.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) }).end(body);
}

/** Makes the 413 of a body above `limit` bytes. */
export function tooLarge(limit: number): Refusal {
  return new Refusal('PAYLOAD_TOO_LARGE', `the body is larger than the limit of ${limit} bytes`);
}
