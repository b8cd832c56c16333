import { Option } from 'commander';
import { loadDatabaseUrl } from '../gateway/config.ts';
import type { Commands, StartProgress } from './command.ts';
import { CommandError } from './command-error.ts';
import { dryRunOption } from './options.ts';
import type { Progress } from './progress.ts';
import { table } from './table.ts';

/** Adds `gateway migrate-data`. */
export function addMigrateData({ gateway, command, interruptible }: Commands): void {
  const fromOption = new Option('--from <address>', 'the SQLite file to copy, file:…; stop the gateway first');
  const toOption = new Option('--to <address>', 'an empty Postgres database, postgres://…');
  command(
    gateway,
    'migrate-data',
    'copy everything into Postgres; continues where it was stopped',
    [fromOption.makeOptionMandatory(), toOption.makeOptionMandatory(), dryRunOption()],
    async ({ from, to, dryRun = false }, startProgress) => {
      demandAddress(from, /^file:/, '--from must be the address of an SQLite file, e.g. file:data/gateway.db');
      demandAddress(
        to,
        /^postgres(ql)?:/,
        '--to must be the address of a Postgres database with user and password percent-encoded, ' +
          'e.g. postgres://user:p%40ssword@db.example.com/gateway',
      );
      const { copyData } = await import('../storage/migrate-data/copy-data.ts');
      const progress = makePhases(startProgress);
      const { continuedAt, tables } = await interruptible((signal) =>
        copyData(from, to, { dryRun, signal, onProgress: progress.update }),
      ).finally(progress.end);
      const rows = tables.reduce((sum, one) => sum + one.rows, 0);
      const copied = (rows - continuedAt).toLocaleString('en');
      const summary = dryRun
        ? `Dry run: ${copied} rows would be copied, nothing was written.`
        : `${copied} rows were copied; counts and checksums of both sides are equal.`;
      const before =
        continuedAt > 0 ? `\n${continuedAt.toLocaleString('en')} rows were there from an earlier run.` : '';
      return [{ dryRun, rows, continuedAt, tables }, `${table(tables)}\n\n${summary}${before}`];
    },
  );
}

/** Shows one progress line for each phase of the copy. */
function makePhases(startProgress: StartProgress) {
  let current: { phase: string; progress: Progress } | undefined;
  const end = (): void => current?.progress.end();
  return {
    update(phase: string, done: number, total: number): void {
      if (current?.phase !== phase) {
        end();
        current = { phase, progress: startProgress(`${phase[0]!.toUpperCase()}${phase.slice(1)}`, 'rows') };
      }
      current.progress.update(done, total);
    },
    end,
  };
}

/** Applies the rule of DATABASE_URL to an address of one engine. The sentence never repeats it. */
function demandAddress(address: string, engine: RegExp, sentence: string): void {
  if (!engine.test(address) || loadDatabaseUrl({ DATABASE_URL: address }).kind === 'wrong')
    throw new CommandError(sentence, 2);
}
