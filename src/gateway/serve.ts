import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import closeWithGrace from 'close-with-grace';
import type { Logger } from 'pino';
import { limitConnections } from '../api/http/connection-limit.ts';
import { makeMetricsServer, type Printer } from '../api/http/metrics-server.ts';
import { isSqlite } from '../storage/store.ts';
import { UnusableDatabase } from '../storage/unusable.ts';
import { oneLine } from '../text.ts';
import { type App, makeApp } from './app.ts';
import { banner } from './banner.ts';
import { type Config, type Environment, loadConfig, wrongDatabaseUrl } from './config.ts';
import { type Log, openLog, outliveOutputs } from './log.ts';
import { developmentSecretKey } from './secret-key.ts';

/** The exit code of a wrong configuration: sysexits.h EX_CONFIG. */
const exitConfig = 78;
/** Below the 10 seconds that a stop may take at most. */
const stopMs = 9_000;
/** Leaves time to close the database. */
const lastRequestsMs = 7_500;
/** How long a stop waits for a slow reader of the log. */
const maxLogWaitMs = 500;
/**
 * The time in which the head and the whole of a request must arrive, counted from its first byte or, for the first one,
 * from the connection. With the interval of Node's checks, a slow or silent sender is cut off within 15 s. Since Node
 * 18 counts so, a `headersTimeout` below `keepAliveTimeout` cuts off no idle connection.
 */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 12_000;
const checkIntervalMs = 1_000;
/** Node's default is 511; the system allows up to somaxconn. A connection beyond it is answered seconds later. */
const maxBacklog = 4_096;

/** Runs the gateway as a process: loads its configuration from the environment, starts its server, and stops it. */
export async function serve(env: Environment): Promise<void> {
  outliveOutputs();
  const loaded = loadConfig(env);
  switch (loaded.kind) {
    case 'loaded':
      await start(loaded.config, isTraced(env)).catch((error: Error) => endWith(error, loaded.config));
      break;
    case 'wrong':
      process.stderr.write(`${loaded.problems.join('\n')}\n`);
      process.exitCode = exitConfig;
  }
}

function endWith(error: Error, config: Config): never {
  const isWrong = error instanceof UnusableDatabase && error.reason === 'address';
  const sentence = isWrong
    ? wrongDatabaseUrl(error.message)
    : `the gateway cannot start: ${oneLine(reasonOf(error, config))}`;
  process.stderr.write(`${sentence}\n`);
  process.exit(isWrong ? exitConfig : 1);
}

/**
 * Says why the gateway cannot start. The address of a Postgres may contain a password, that of a file names the disk.
 */
function reasonOf({ message, cause, code }: Error & { code?: string }, { databaseUrl }: Config): string {
  if (code === 'ENOSPC') return `the disk is full: ${message}`;
  if (!(cause instanceof Error)) return message;
  return `${message}: ${cause.message}${isSqlite(databaseUrl) ? ` (${databaseUrl})` : ''}`;
}

/** Whether the operator brings an SDK of OpenTelemetry: its own variables say so. */
function isTraced(env: Environment): boolean {
  return Object.entries(env).some(([name, value]) => name.startsWith('OTEL_') && value);
}

async function start(config: Config, traced: boolean): Promise<void> {
  const opened = openLog(config.logLevel);
  const { log } = opened;
  const secretKey = config.secretKey ?? developmentSecretKey('data');
  const app = await makeApp({ config, secretKey, log, traced });
  // Issues a token: a database that cannot be written ends the start here.
  const demo = (await app.demo?.details()) ?? null;
  const metricsServer = app.metrics && (await openMetrics(config, app.metrics, log));
  const server = openServer(config, app);
  stopInOrder(server, app, opened, metricsServer);

  const onError = (error: NodeJS.ErrnoException): never => cannotListen(error, { name: 'PORT', ...config });
  server.once('error', onError);
  server.listen({ port: config.port, host: config.host, backlog: maxBacklog }, async () => {
    server.off('error', onError);
    limitConnections(server, log);
    const { port } = server.address() as AddressInfo;
    const host = config.host.includes(':') ? `[${config.host}]` : config.host;
    if (app.demo) process.stdout.write(banner(`http://${host}:${port}`, demo, process.argv.includes('--json')));
    log.info({ host: config.host, port }, 'ready');
    await app.warmUp();
  });
}

function openServer(config: Config, app: App): Server {
  const server = createServer({
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: checkIntervalMs,
    keepAliveTimeout: config.keepAliveSeconds * 1_000,
    // As the Fetch API's Headers do: Node would take the first of two tokens.
    joinDuplicateHeaders: true,
    // A missing Host header is answered with the envelope.
    requireHostHeader: false,
  });
  return app.listener.serve(server).on('connection', app.onConnection);
}

async function openMetrics(config: Config, metrics: Printer, log: Logger): Promise<Server> {
  const [host, port] = [config.metricsHost, config.metricsPort!];
  const server = makeMetricsServer(metrics).listen({ host, port });
  await once(server, 'listening').catch((error: Error) => cannotListen(error, { name: 'METRICS_PORT', host, port }));
  log.info({ host, port: (server.address() as AddressInfo).port }, 'metrics');
  return server;
}

/** Stops in an orderly way at the first signal, and after an error that nobody caught. */
function stopInOrder(server: Server, app: App, { log, drained }: Log, metricsServer: Server | null): void {
  const stopper = closeWithGrace({ delay: stopMs, logger: false, skip: ['SIGINT', 'SIGTERM'] }, async ({ err }) => {
    if (err) log.fatal({ err }, 'stopping after an error that nobody caught');
    app.beginStopping();
    const force = setTimeout(() => server.closeAllConnections(), lastRequestsMs);
    await app.listener.stop(server, err !== undefined);
    clearTimeout(force);
    metricsServer?.close().closeAllConnections();
    await app.close();
    log.info('stopped');
    await drained(maxLogWaitMs);
  });
  // Under npm a Ctrl-C comes twice, from the terminal and forwarded; close-with-grace ends at once at the second.
  let isStopping = false;
  const stop = (): void => {
    if (!isStopping) stopper.close();
    isStopping = true;
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
}

/** @param address the variables and values of what cannot be listened to */
function cannotListen(
  { code = '', message }: NodeJS.ErrnoException,
  { name, host, port }: { name: 'PORT' | 'METRICS_PORT'; host: string; port: number },
): never {
  const isNotHere = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'].includes(code);
  const hostName = name.replace('PORT', 'HOST');
  const example = name === 'PORT' ? 4001 : 9465;
  const inUse = `${name} ${port} on ${host} is in use by another process; choose another one, e.g. ${name}=${example}`;
  if (code === 'EADDRINUSE') process.stderr.write(`${inUse}\n`);
  else if (isNotHere)
    process.stderr.write(`${hostName} is wrong, it must be an address of this machine, e.g. 127.0.0.1\n`);
  else process.stderr.write(`${message}\n`);
  process.exit(isNotHere ? exitConfig : 1);
}
