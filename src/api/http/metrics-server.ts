import { createServer, type Server } from 'node:http';

/** Prometheus keeps one connection; a person's curl is another. */
const maxConnections = 32;
const timeoutMs = 10_000;

/** Prints the metrics in the form of its content type. */
export interface Printer {
  print: () => Promise<string>;
  contentType: string;
}

/** Makes the server of `/metrics`, which has a port of its own: what it tells is not for clients. */
export function makeMetricsServer({ print, contentType }: Printer): Server {
  const server = createServer({ requestTimeout: timeoutMs, headersTimeout: timeoutMs }, (request, response) => {
    const isScrape = request.url?.split('?', 1)[0] === '/metrics';
    if (!isScrape) return void response.writeHead(404).end();
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return void response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    print().then(
      (text) => void response.writeHead(200, { 'Content-Type': contentType, 'Cache-Control': 'no-store' }).end(text),
      (error: unknown) => void response.destroy(error as Error),
    );
  });
  server.maxConnections = maxConnections;
  return server;
}
