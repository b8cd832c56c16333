import { execFile } from 'node:child_process';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makeDatabase, startPostgres } from '../test/support/postgres.ts';

const run = promisify(execFile);

/** The Postgres of the tests, which do without fsync; a figure beside SQLite's, which syncs each commit, must not. */
export async function startDurablePostgres() {
  const server = await startPostgres();
  try {
    const client = await makeDatabase(server.url);
    const [{ directory }] = (await client.execute(`select current_setting('data_directory') as directory`)) as [
      { directory: string },
    ];
    await client.drop();
    const postmaster = () => Number(readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const bin = dirname(realpathSync(`/proc/${postmaster()}/exe`));
    const { uid, gid } = statSync(directory);
    const options = `-p ${new URL(server.url).port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200`;
    await run(
      join(bin, 'pg_ctl'),
      ['-D', directory, '-w', '-l', join(dirname(directory), 'log'), '-o', options, 'restart'],
      { uid, gid, cwd: directory },
    );
    return { ...server, postmaster: postmaster() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
