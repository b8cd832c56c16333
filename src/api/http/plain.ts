import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from '../../errors/error-dictionary.ts';

/** A request and its answer without the Fetch API, whose objects cost as much as executing an operation. */
export interface PlainRequest {
  method: string;
  url: string;
  /** By their names in lower case. */
  headers: { get(name: string): string | null };
  /** The whole body; throws 413 above `limit` bytes. */
  bytes(limit: number): Promise<Uint8Array>;
}

export interface PlainResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export function ofFetch(request: Request): PlainRequest {
  return {
    method: request.method,
    url: request.url,
    headers: request.headers,
    async bytes(limit) {
      // node holds a body to the length that it announces, and hands it over whole without a stream.
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

/** Its address is of no host: what a client wrote there is not looked at. */
export function ofNode(incoming: IncomingMessage): PlainRequest {
  return {
    method: incoming.method!,
    url: `http://gateway.invalid${incoming.url}`,
    headers: { get: (name) => (incoming.headers[name] as string | undefined) ?? null },
    bytes: (limit) =>
      new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let size = 0;
        // What comes after the limit is read and thrown away: see `lingerAfter`.
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

export async function fromFetch(response: Response): Promise<PlainResponse> {
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}

export function toFetch({ body, ...init }: PlainResponse): Response {
  return new Response(body || null, init);
}

export function toNode({ status, headers, body }: PlainResponse, outgoing: ServerResponse): void {
  outgoing.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) }).end(body);
}

export function tooLarge(limit: number): Refusal {
  return new Refusal('PAYLOAD_TOO_LARGE', `the body is larger than the limit of ${limit} bytes`);
}
