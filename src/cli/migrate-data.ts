import { Option } from 'commander';
import { loadDatabaseUrl } from '../gateway/config.ts';
import type { Commands } from './command.ts';
import { Failure } from './failure.ts';
import type { Progress } from './progress.ts';
import { table } from './table.ts';

/** `gateway migrate-data` */
export function addMigrateData({ gateway, command, interruptible }: Commands): void {
  const fromOption = new Option(
    '--from <address>',
    'the SQLite file to copy, file:…; stop the gateway first',
  ).makeOptionMandatory();
  const toOption = new Option('--to <address>', 'an empty Postgres database, postgres://…').makeOptionMandatory();
  const dryRunOption = new Option('--dry-run', 'make every check, write nothing');
  command(
    gateway,
    'migrate-data',
    'copy everything into Postgres; continues where it was stopped',
    [fromOption, toOption, dryRunOption],
    async ({ from, to, dryRun }, inform) => {
      demandAddress('--from', from, /^file:/, 'an SQLite file, e.g. file:data/gateway.db');
      demandAddress(
        '--to',
        to,
        /^postgres(ql)?:/,
        'a Postgres database with user and password percent-encoded, e.g. postgres://user:p%40ssword@db.example.com/gateway',
      );
      const { copyData } = await import('../storage/migrate-data/copy-data.ts');
      let phase: string | undefined;
      let progress: Progress | undefined;
      const onProgress = (now: string, done: number, total: number): void => {
        if (now !== phase) {
          progress?.end();
          progress = inform(`${now[0]!.toUpperCase()}${now.slice(1)}`, 'rows');
          phase = now;
        }
        progress!.update(done, total);
      };
      const { continuedAt, tables } = await interruptible((signal) =>
        copyData(from, to, { dryRun, signal, onProgress }),
      ).finally(() => progress?.end());
      const rows = tables.reduce((sum, one) => sum + one.rows, 0);
      const left = (rows - continuedAt).toLocaleString('en');
      const done = dryRun
        ? `Dry run: ${left} rows would be copied, nothing is written.`
        : `${left} rows are copied; counts and checksums of both sides are equal.`;
      const before =
        continuedAt > 0 ? `\n${continuedAt.toLocaleString('en')} rows were there from an earlier run.` : '';
      return [{ dryRun: dryRun === true, rows, continuedAt, tables }, `${table(tables)}\n\n${done}${before}`];
    },
  );
}

/** The rule of DATABASE_URL for an address of one engine; never echoes it. */
function demandAddress(option: string, given: string, engine: RegExp, what: string): void {
  if (!engine.test(given) || loadDatabaseUrl({ DATABASE_URL: given }).problems)
    throw new Failure(`${option} must be the address of ${what}`, 2);
}
