import { loadDatabaseUrl } from '../gateway/config.ts';
import { isSqlite } from '../storage/store.ts';
import { UnusableDatabase } from '../storage/unusable.ts';
import type { Commands } from './command.ts';
import { Failure, toFailure } from './failure.ts';

/** `gateway backup` */
export function addBackup({ gateway, env, command, interruptible }: Commands): void {
  command(
    gateway,
    'backup <file>',
    'copy the SQLite database into a new file, while the gateway runs',
    [],
    async ({ file }, inform) => {
      const { databaseUrl, problems } = loadDatabaseUrl(env);
      if (databaseUrl === undefined) throw new Failure(problems.join('\n'), 78);
      if (!isSqlite(databaseUrl))
        throw new Failure(
          'DATABASE_URL is a Postgres, which is backed up by its own tools: pg_dump, or continuous archiving (see docs/operate.md, Back up)',
        );
      const { backupSqlite } = await import('../storage/sqlite/backup.ts');
      const progress = inform('Copying', 'pages');
      const { bytes } = await interruptible((signal) =>
        backupSqlite(databaseUrl, file, { signal, onProgress: progress.update }),
      )
        .catch((error: unknown) => {
          throw error instanceof UnusableDatabase ? toFailure(error) : error;
        })
        .finally(progress.end);
      return [{ file, bytes }, `${file} is written and checked, ${bytes.toLocaleString('en')} bytes.`];
    },
  );
}
