import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import closeWithGrace from 'close-with-grace';
import { limitConnections } from '../api/http/connection-limit.ts';
import { makeApp } from './app.ts';
import { banner } from './banner.ts';
import { type Config, type Environment, loadConfig, wrongDatabaseUrl } from './config.ts';
import { openLog, outliveOutputs } from './log.ts';
import { developmentSecretKey } from './secret-key.ts';
import { isSqlite } from '../storage/store.ts';
import { UnusableDatabase } from '../storage/unusable.ts';
import { oneLine } from '../text.ts';

/** sysexits.h EX_CONFIG. */
const wrongConfiguration = 78;
/**
 * Milliseconds. The first below the 10 seconds that a stop may take at most; the second leaves time to close the
 * database.
 */
const graceMs = 9_000;
const lastRequestsMs = 7_500;
/** Milliseconds that a stop waits at most for a slow reader of the log. */
const logPatience = 500;
/**
 * Milliseconds in which a request must arrive, head and whole, counted from its first byte or, for the first one, from
 * the connection. With the interval in which node looks, a slow or silent sender is cut off within 15 s. Since node
 * counts so (version 18), a `headersTimeout` below `keepAliveTimeout` cuts off no idle connection.
 */
const headersTimeout = 10_000;
const requestTimeout = 12_000;
const connectionsCheckingInterval = 1_000;

/** The gateway as a process: its configuration out of the environment, its server, its stop. */
export async function serve(env: Environment): Promise<void> {
  outliveOutputs();
  const loaded = loadConfig(env);
  if (loaded.kind === 'loaded') {
    const { config } = loaded;
    await start(config).catch((error: Error) => {
      const isWrong = error instanceof UnusableDatabase && error.reason === 'address';
      process.stderr.write(
        `${isWrong ? wrongDatabaseUrl(error.message) : `the gateway cannot start: ${oneLine(reasonOf(error, config))}`}\n`,
      );
      process.exit(isWrong ? wrongConfiguration : 1);
    });
  } else {
    process.stderr.write(`${loaded.problems.join('\n')}\n`);
    process.exitCode = wrongConfiguration;
  }
}

/** Why it cannot start. The address of a Postgres may hold a password, that of a file names the disk. */
function reasonOf({ message, cause, code }: Error & { code?: string }, { databaseUrl }: Config): string {
  if (code === 'ENOSPC') return `the disk is full: ${message}`;
  if (!(cause instanceof Error)) return message;
  return `${message}: ${cause.message}${isSqlite(databaseUrl) ? ` (${databaseUrl})` : ''}`;
}

async function start(config: Config): Promise<void> {
  const { log, drained } = openLog(config.logLevel);
  const app = await makeApp({ config, secretKey: config.secretKey ?? developmentSecretKey('data'), log });
  // Issues a token: a database that cannot be written ends the start here.
  const demo = (await app.demo?.details()) ?? null;
  // Headers sent twice are joined, as the Fetch API's Headers do: node would take the first of two tokens.
  const server = app.listener
    .serve(
      createServer({
        headersTimeout,
        requestTimeout,
        connectionsCheckingInterval,
        keepAliveTimeout: config.keepAliveSeconds * 1_000,
        joinDuplicateHeaders: true,
        // Its absence is answered with the envelope.
        requireHostHeader: false,
      }),
    )
    .on('connection', app.onConnection);

  const stopper = closeWithGrace({ delay: graceMs, logger: false, skip: ['SIGINT', 'SIGTERM'] }, async ({ err }) => {
    if (err) log.fatal({ err }, 'stopping after an error that nobody caught');
    app.beginStopping();
    const force = setTimeout(() => server.closeAllConnections(), lastRequestsMs);
    await app.listener.stop(server, err !== undefined);
    clearTimeout(force);
    await app.close();
    log.info('stopped');
    await drained(logPatience);
  });
  // Under npm a Ctrl-C comes twice, from the terminal and forwarded; close-with-grace would take the second for
  // impatience.
  let stopping = false;
  const stop = (): void => {
    if (!stopping) stopper.close();
    stopping = true;
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);

  server.once('error', cannotListen);
  function cannotListen(error: NodeJS.ErrnoException): void {
    const busy = error.code === 'EADDRINUSE';
    const notHere = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'].includes(error.code ?? '');
    if (busy)
      process.stderr.write(
        `PORT ${config.port} on ${config.host} is in use by another process; choose another one, e.g. PORT=4001\n`,
      );
    else if (notHere) process.stderr.write('HOST is wrong, it must be an address of this machine, e.g. 127.0.0.1\n');
    else process.stderr.write(`${error.message}\n`);
    process.exit(notHere ? wrongConfiguration : 1);
  }
  // More than the default of 511, up to what the system allows (somaxconn): who does not fit in is answered seconds
  // later.
  server.listen({ port: config.port, host: config.host, backlog: 4_096 }, async () => {
    server.off('error', cannotListen);
    limitConnections(server, log);
    const { port } = server.address() as AddressInfo;
    const host = config.host.includes(':') ? `[${config.host}]` : config.host;
    if (app.demo) process.stdout.write(banner(`http://${host}:${port}`, demo, process.argv.includes('--json')));
    log.info({ host: config.host, port }, 'ready');
    await app.warmUp();
  });
}
