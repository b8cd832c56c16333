import { setFlagsFromString } from 'node:v8';
import { type Command, Option } from 'commander';
import type { Columns } from '../import/columns.ts';
import type { UpsertMode } from '../users/plan-upserts.ts';
import { onInterrupt, progressOf, sayOn, type Terminal } from './command.ts';
import { CommandError } from './command-error.ts';
import { makeTranslate } from './language.ts';
import { english } from '../translate.ts';
import { importSummary } from './import-summary.ts';
import { type ImportArguments, openTarget } from './import-target.ts';
import { companyCode, dryRunOption, jsonOption } from './options.ts';

/** Files below this size are read faster than a progress line can be read. */
const minProgressBytes = 10_000_000;

interface Arguments extends ImportArguments {
  template?: boolean;
  upsert?: boolean;
  updateOnly?: boolean;
  json?: boolean;
}

/**
 * Adds `gateway import`. Its exit code is about the whole file: 0 every row is a user, 2 some rows were rejected, 1 it
 * could not be done or not to the end, wrong usage too (docs/decisions/0052), 78 wrong configuration.
 */
export function addImport(gateway: Command, terminal: Terminal, end: (exitCode: number) => void): void {
  const { out } = terminal;
  const command = gateway
    .command('import [file]')
    .description(
      'Create a user of each row of a CSV file, or change it; started again, it goes on where it was stopped',
    )
    .addOption(
      new Option('--company <code>', 'into this company of the database in DATABASE_URL').argParser(companyCode),
    )
    .addOption(
      new Option('--url <address>', 'through the API of the gateway at this address, e.g. https://gateway.example.com'),
    )
    .addOption(new Option('--client-id <id>', 'with --url: the client'))
    .addOption(
      new Option(
        '--client-secret <secret>',
        'with --url: its secret; better in the variable CLIENT_SECRET, as others see the words of a command',
      ),
    )
    .addOption(new Option('--upsert', 'change users who are there, by employee ID, instead of refusing their rows'))
    .addOption(new Option('--update-only', 'the same, and create nobody'))
    .addOption(dryRunOption())
    .addOption(new Option('--template', 'print a file without rows'))
    .addOption(jsonOption())
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommandError(error.message);
    })
    .configureOutput({ writeOut: out, writeErr: () => undefined });

  command.action(async (file: string | undefined) => {
    const given: Arguments = command.optsWithGlobals();
    const { template } = await import('../import/columns.ts');
    if (given.template) return out(given.json ? `${JSON.stringify({ template })}\n` : template);
    if (file === undefined) throw new CommandError("error: missing required argument 'file'");
    if ((given.company === undefined) === (given.url === undefined))
      throw new CommandError(
        'error: give either --company, for the database in DATABASE_URL, ' +
          'or --url, for a gateway and the company of its client',
      );
    const stopping = new AbortController();
    const say = sayOn(terminal, given.json);
    const release = onInterrupt(terminal.signal, () => {
      if (!stopping.signal.aborted) say('Stopping after these rows…');
      stopping.abort();
    });
    try {
      end(await runImport(file, given, terminal, say, stopping.signal));
    } catch (error) {
      throw stopping.signal.aborted && (error as Error).name === 'AbortError'
        ? new CommandError('Stopped before the first row was done.')
        : error;
    } finally {
      release();
    }
  });
}

/** Imports a file and returns the exit code. */
async function runImport(
  file: string,
  given: Arguments,
  terminal: Terminal,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const dryRun = given.dryRun === true;
  const mode = given.updateOnly ? 'UPDATE_ONLY' : given.upsert ? 'CREATE_OR_UPDATE' : null;
  const startProgress = progressOf(terminal, given.json);
  const translate = makeTranslate(terminal.env);
  const reportLanguage = given.json ? english : translate;
  const closing: (() => Promise<void>)[] = [];
  try {
    const { csv, columns } = await openRows();
    for (const note of columns.notes) say(`Note: ${note}`);
    const seen = dryRun ? await seenKeys(csv.rows, columns, mode) : null;
    const { close, ...target } = await openTarget(given, {
      env: terminal.env,
      mode,
      dryRun: seen?.keys ?? null,
      signal,
      say,
    });
    closing.push(close);
    const { importRows } = await import('../import/import-rows.ts');
    const { openErrorFile } = await import('../import/error-file.ts');
    const errors = dryRun ? null : await openErrorFile(csv, columns, translate);
    const importing = startProgress(dryRun ? 'Checking' : 'Importing', 'users');
    const report = await importRows({
      csv,
      columns,
      ...target,
      dryRun,
      isUpsert: mode !== null,
      errors,
      translate: reportLanguage,
      signal,
      onProgress: importing.update,
    }).finally(importing.end);
    if (seen?.isFull())
      report.notes.push(
        reportLanguage('the file is so large that this dry run did not look for duplicates among all of its rows'),
      );
    const summary = () => importSummary(report, columns.notes.map(translate), translate);
    terminal.out(`${given.json ? JSON.stringify({ file, ...report }) : summary()}\n`);
    return report.interrupted ? 1 : report.rejected > 0 ? 2 : 0;
  } finally {
    for (const close of closing.toReversed()) await close();
  }

  async function openRows() {
    limitMemory();
    const { countKnown, readHeader } = await import('../import/columns.ts');
    const { openCsv } = await import('../import/read-csv.ts');
    const { openFile } = await import('../import/open-file.ts');
    const reading = startProgress('Reading', 'bytes');
    const onProgress = (doneBytes: number, totalBytes: number): void => {
      if (totalBytes > minProgressBytes) reading.update(doneBytes, totalBytes);
    };
    const csv = await openCsv(await openFile(file), { countKnown, signal, onProgress }).finally(reading.end);
    closing.push(csv.close);
    const columns = readHeader(csv.header, csv, mode !== null);
    // Slower, but nobody notices: two passwords that are hashed at once take 38 MB.
    if (columns.positions.has('password')) setFlagsFromString('--optimize-for-size');
    return { csv, columns };
  }
}

/** Keeps an import below 200 MB: V8 would let garbage grow to 250 MB before it collects. */
function limitMemory(): void {
  for (const flag of ['--semi-space-growth-factor=1', '--heap-growing-percent=10']) setFlagsFromString(flag);
}

/** Makes the set by which a dry run recognises duplicates within the file. */
async function seenKeys(rows: number, { positions }: Columns, mode: UpsertMode | null) {
  const { makeSeenKeys } = await import('../import/seen-keys.ts');
  const { uniqueFields } = await import('../users/ports.ts');
  // An upsert keeps also who has a value, and which values were set free.
  const keysOfValue = mode === null ? 1 : 3;
  return makeSeenKeys(rows * uniqueFields.filter((field) => positions.has(field)).length * keysOfValue);
}
