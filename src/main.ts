import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { makeApp } from './app.ts';
import { banner } from './banner.ts';
import { type Config, loadConfig } from './config.ts';
import { developmentSecretKey } from './secret-key.ts';

/** sysexits.h EX_CONFIG. */
const wrongConfiguration = 78;
/** Below the 10 seconds that a stop may take at most. */
const grace = 9_000;
/** Milliseconds. */
const linger = 1_000;

const { config, problems } = loadConfig(process.env);
if (config) {
  await start(config).catch((error: Error) => {
    process.stderr.write(`the gateway cannot start: ${error.message}\n`);
    process.exit(1);
  });
} else {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exitCode = wrongConfiguration;
}

async function start(config: Config): Promise<void> {
  // Standard output is for the banner, which a script may read; the log goes to standard error.
  const log = pino({ level: config.logLevel, base: null }, pino.destination({ dest: 2, sync: true }));
  const app = await makeApp({ config, secretKey: config.secretKey ?? developmentSecretKey('data'), log });
  const listener = getRequestListener((request, { incoming }) => app.fetch(request, incoming.socket.remoteAddress ?? ''), {
    overrideGlobalObjects: false,
    // HTTP/1.0 has no Host header; this one is no loopback address.
    hostname: 'no-host.invalid',
    errorHandler: app.refuse,
  });
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 15_000 }, (incoming, outgoing) => {
    lingerAfter(incoming, outgoing);
    void listener(incoming, outgoing);
  });

  const stopper = closeWithGrace({ delay: grace, logger: false, skip: ['SIGINT', 'SIGTERM'] }, async ({ err }) => {
    if (err) log.fatal({ err }, 'stopping after an error that nobody caught');
    app.beginStopping();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    const force = setTimeout(() => server.closeAllConnections(), grace - 4_000);
    await closed;
    clearTimeout(force);
    await app.close();
    log.info('stopped');
  });
  // Under npm a Ctrl-C comes twice, from the terminal and forwarded; close-with-grace would take the second for impatience.
  let stopping = false;
  const stop = (): void => {
    if (!stopping) stopper.close();
    stopping = true;
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);

  server.on('error', (error: NodeJS.ErrnoException) => {
    const busy = error.code === 'EADDRINUSE';
    process.stderr.write(busy ? `PORT ${config.port} on ${config.host} is in use by another process; choose another one, e.g. PORT=4001\n` : `${error.message}\n`);
    process.exit(1);
  });
  server.listen(config.port, config.host, async () => {
    const { port } = server.address() as AddressInfo;
    const host = config.host.includes(':') ? `[${config.host}]` : config.host;
    if (app.demo) process.stdout.write(banner(`http://${host}:${port}`, await app.demo.details(), process.argv.includes('--json')));
    log.info({ host: config.host, port }, 'ready');
    await app.warmUp();
  });
}

/**
 * An answer that comes before the end of its request, a 413: a socket closed with unread bytes resets the connection, and
 * the client may lose the answer (RFC 9112 section 9.6). So only our side is closed at once, and the rest is read for a while.
 */
function lingerAfter(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.prependOnceListener('finish', () => {
    if (incoming.complete) return;
    const { socket } = incoming;
    socket.destroySoon = () => void socket.end();
    setTimeout(() => socket.destroy(), linger).unref();
  });
}
