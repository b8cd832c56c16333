import { setFlagsFromString } from 'node:v8';
import { type Command, Option } from 'commander';
import type { Config } from '../gateway/config.ts';
import type { ImportOptions, ImportReport } from '../import/import-rows.ts';
import type { Terminal } from './command.ts';
import { Failure } from './failure.ts';
import { companyCode } from './options.ts';
import { makeProgress } from './progress.ts';
import { table } from './table.ts';

const variables = [
  'DATABASE_URL',
  'SECRET_KEY',
  'SECRET_KEY_PREVIOUS',
  'DEFAULT_COUNTRY',
  'PASSWORD_MIN_LENGTH',
  'GENERATED_PASSWORD_HASH',
];

interface Given {
  company?: string;
  url?: string;
  clientId?: string;
  clientSecret?: string;
  dryRun?: boolean;
  template?: boolean;
  json?: boolean;
}

/**
 * `gateway import`. Its exit code is about the whole file: 0 every row is a user, 2 some were rejected, 1 it could not be
 * done or not to the end, wrong usage too; 78 wrong configuration.
 */
export function addImport(
  gateway: Command,
  { env, out, err, draw = err, signal: stopped }: Terminal,
  json: Option,
  end: (exitCode: number) => void,
): void {
  const command = gateway
    .command('import [file]')
    .description('Create a user of each row of a CSV file; started again, it goes on where it was stopped')
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
    .addOption(new Option('--dry-run', 'make every check, write nothing'))
    .addOption(new Option('--template', 'print a file without rows'))
    .addOption(json)
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new Failure(error.message);
    })
    .configureOutput({ writeOut: out, writeErr: () => undefined });

  command.action(async (file: string | undefined) => {
    const given: Given = command.optsWithGlobals();
    const { countKnown, readHeader, template } = await import('../import/columns.ts');
    if (given.template) return out(given.json ? `${JSON.stringify({ template })}\n` : template);
    if (file === undefined) throw new Failure("error: missing required argument 'file'");
    if ((given.company === undefined) === (given.url === undefined))
      throw new Failure(
        'error: give either --company, for the database in DATABASE_URL, or --url, for a gateway and the company of its client',
      );

    // V8 would let garbage grow to 250 MB before it looks: so an import stays below 200.
    for (const flag of ['--semi-space-growth-factor=1', '--heap-growing-percent=10']) setFlagsFromString(flag);
    const stop = new AbortController();
    const { signal } = stop;
    const tell = (text: string): void => {
      if (given.json) return;
      if (process.stderr.isTTY) draw('\r\u001b[K');
      err(`${text}\n`);
    };
    // Not once: under npm a Ctrl-C comes twice, from the terminal and forwarded.
    const interrupt = (): void => {
      if (!signal.aborted) tell('Stopping after these rows…');
      stop.abort();
    };
    const progress = (label: string, unit: string) =>
      makeProgress(label, unit, {
        write: given.json ? () => undefined : draw,
        isTerminal: process.stderr.isTTY === true,
      });
    const { openCsv } = await import('../import/read-csv.ts');
    const { importRows } = await import('../import/import-rows.ts');
    const dryRun = given.dryRun === true;
    if (stopped?.aborted) interrupt();
    stopped?.addEventListener('abort', interrupt, { once: true });
    const closing: (() => Promise<void>)[] = [];
    process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
    try {
      const reading = progress('Reading', 'bytes');
      const csv = await openCsv(file, {
        countKnown,
        signal,
        onProgress: (done, bytes) => void (bytes > 10_000_000 && reading.update(done, bytes)),
      }).finally(reading.end);
      closing.push(csv.close);
      const columns = readHeader(csv.header);
      // Slower, and nobody notices: two passwords that are hashed at once take 38 MB.
      if (columns.places.has('password')) setFlagsFromString('--optimize-for-size');
      for (const note of columns.notes) tell(`Note: ${note}`);
      const [{ makeSeenKeys }, { uniqueFields }] = await Promise.all([
        import('../import/seen-keys.ts'),
        import('../users/ports.ts'),
      ]);
      const seen = dryRun
        ? makeSeenKeys(csv.rows * uniqueFields.filter((field) => columns.places.has(field)).length)
        : null;
      const target = await (given.url === undefined ? intoStore(given.company!) : intoGateway(given.url));
      const importing = progress(dryRun ? 'Checking' : 'Importing', 'users');
      const report = await importRows({
        csv,
        columns,
        ...target,
        dryRun,
        signal,
        onProgress: importing.update,
      }).finally(importing.end);
      if (seen?.isFull())
        report.notes.push('the file is so large that this dry run did not look for duplicates among all of its rows');
      out(given.json ? `${JSON.stringify({ file, ...report })}\n` : `${said(report, columns.notes)}\n`);
      end(report.interrupted ? 1 : report.rejected > 0 ? 2 : 0);

      async function intoStore(code: string): Promise<Pick<ImportOptions, 'target' | 'giveWay'>> {
        const config = await configured();
        const [{ open }, { makeCreation }, { developmentSecretKey }, { makeStoreTarget }] = await Promise.all([
          import('./open.ts'),
          import('../gateway/creation.ts'),
          import('../gateway/secret-key.ts'),
          import('../import/into-store.ts'),
        ]);
        const { store, company, close } = await open(env);
        closing.push(close);
        const { id: companyId } = await company(code);
        // A gateway that runs finds the mails in the outbox.
        const needs = { rateLimit: async () => undefined, wakeDelivery: () => undefined, now: Date.now };
        const { importUsers } = makeCreation({
          store,
          config,
          secretKey: config.secretKey ?? developmentSecretKey('data'),
          ...needs,
        });
        return {
          target: makeStoreTarget({ importUsers, companyId, dryRun: seen?.keys ?? null, signal }),
          giveWay: store.yieldToOtherWriters,
        };
      }

      async function intoGateway(url: string): Promise<Pick<ImportOptions, 'target'>> {
        const [{ makeApiClient }, { makeGatewayTarget }] = await Promise.all([
          import('../import/api-client.ts'),
          import('../import/into-gateway.ts'),
        ]);
        const clientSecret = given.clientSecret ?? env['CLIENT_SECRET'];
        if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url))
          throw new Failure('error: --url must be the address of a gateway, e.g. https://gateway.example.com');
        if (!given.clientId || !clientSecret)
          throw new Failure(
            'error: --url needs --client-id, and the secret in the variable CLIENT_SECRET or in --client-secret',
          );
        const call = makeApiClient({ url, clientID: given.clientId, clientSecret, signal, onWait: tell });
        return { target: makeGatewayTarget({ call, dryRun: seen?.keys ?? null }) };
      }
    } catch (error) {
      throw signal.aborted && (error as Error).name === 'AbortError'
        ? new Failure('Stopped before the first row was done.')
        : error;
    } finally {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      for (const close of closing.toReversed()) await close();
    }
  });

  /** Only what an import uses is looked at: it sends no mail. */
  async function configured(): Promise<Config> {
    const { loadConfig } = await import('../gateway/config.ts');
    const { config, problems } = loadConfig(env, variables);
    if (!config) throw new Failure(problems.join('\n'), 78);
    return config;
  }
}

function said(report: ImportReport, told: readonly string[]): string {
  const { total, rows, created, valid, imported, rejected, errorFile } = report;
  const number = (count: number): string => count.toLocaleString('en');
  const counts = [
    report.dryRun ? `${number(valid)} would be created` : `${number(created)} created`,
    ...(imported > 0 ? [`${number(imported)} were created by an earlier run`] : []),
    `${number(rejected)} rejected`,
  ].join(', ');
  const named = report.firstRejected.map(({ line, errorCode, detail }) => `Line ${line}: ${errorCode} ${detail}`);
  return [
    ...report.notes.filter((note) => !told.includes(note)).map((note) => `Note: ${note}`),
    ...named,
    ...(rejected > named.length ? [`… and ${number(rejected - named.length)} more`] : []),
    ...(rejected > 0 ? ['', table(report.rejections), ''] : []),
    `${number(rows)} of ${number(total)} rows: ${counts}.${report.dryRun ? ' A dry run: nothing is written.' : ''}`,
    ...(errorFile ? [`The rejected rows are in ${errorFile}: mend them there and import that file.`] : []),
    ...(report.interrupted ? ['Stopped. The same command goes on from there.'] : []),
  ].join('\n');
}
