import { loadDatabaseUrl } from '../gateway/config.ts';
import { describeDatabase } from '../storage/address.ts';
import { isSqlite } from '../storage/store.ts';
import { UnusableDatabase } from '../storage/unusable.ts';
import type { Commands } from './command.ts';
import { CommandError, exitConfig, toCommandError } from './command-error.ts';

/** Adds `gateway backup`. */
export function addBackup({ gateway, env, command, interruptible }: Commands): void {
  command(
    gateway,
    'backup <file>',
    'copy the SQLite database into a new file, while the gateway runs',
    [],
    async ({ file }, startProgress, say) => {
      const loaded = loadDatabaseUrl(env);
      if (loaded.kind === 'wrong') throw new CommandError(loaded.problems.join('\n'), exitConfig);
      const { databaseUrl } = loaded;
      if (!isSqlite(databaseUrl))
        throw new CommandError(
          'DATABASE_URL is a Postgres, which is backed up by its own tools: ' +
            'pg_dump, or continuous archiving (see docs/operate.md, Back up)',
        );
      say(`Database: ${describeDatabase(databaseUrl)}`);
      const { backupSqlite } = await import('../storage/sqlite/backup.ts');
      const progress = startProgress('Copying', 'pages');
      const { bytes } = await interruptible((signal) =>
        backupSqlite(databaseUrl, file, { signal, onProgress: progress.update }),
      )
        .catch((error: unknown) => {
          throw error instanceof UnusableDatabase ? toCommandError(error) : error;
        })
        .finally(progress.end);
      return [{ file, bytes }, `${file} was written and checked, ${bytes.toLocaleString('en')} bytes.`];
    },
  );
}
