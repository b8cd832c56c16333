import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { type Scope, scopes } from '../access/ports.ts';
import { type Environment, loadDatabaseUrl } from '../gateway/config.ts';
import type { Locale } from '../mail/ports.ts';
import { isSqlite } from '../storage/store.ts';
import type { DirectoryOutcome } from '../users/directory.ts';
import { errorDictionary, type ErrorName, Refusal } from '../errors/error-dictionary.ts';
import { properName } from '../text.ts';
import { Failure } from './failure.ts';
import { addImport } from './import.ts';
import type { Opened } from './open.ts';
import { makeProgress, type Progress } from './progress.ts';
import { table } from './table.ts';

const json = new Option('--json', 'print one JSON value and nothing else');
const companyOption = new Option('--company <code>', 'the company, four letters A-Z').makeOptionMandatory();
const nameOption = new Option('--name <name>', 'its name').makeOptionMandatory();
const properNameOption = new Option('--name <name>', 'its name').makeOptionMandatory().argParser((name) => {
  const proper = properName(name, 200);
  if (proper === null) throw new InvalidArgumentError('It must have 1 to 200 characters and no control characters.');
  return proper;
});

type Options = Record<'code' | 'name' | 'company' | 'clientID' | 'id' | 'file' | 'from' | 'to', string> & {
  dryRun?: boolean;
  scope: Scope[];
  limit: number;
  mailLocale?: Locale;
  parent?: string;
  inactive?: boolean;
  state?: 'queued' | 'sent' | 'dead';
};
type Answer = [value: unknown, text: string];

export interface Terminal {
  env: Environment;
  out: (text: string) => void;
  err: (text: string) => void;
  /** Stops a long command as Ctrl-C does. */
  signal?: AbortSignal;
}

/**
 * Runs one command of an operator. Answers its exit code: 0 done, 1 refused, 2 wrong usage, 78 wrong configuration
 * (sysexits.h EX_CONFIG). With `--json` exactly one JSON value goes out.
 */
export async function runGateway(
  words: readonly string[],
  { env, out, err: write, signal }: Terminal,
): Promise<number> {
  // Commander repeats the words that it does not understand, and an address may hold a password.
  const err = (text: string) => write(text.replace(/(:\/\/[^\s:@/]*):\S*@/g, '$1:…@'));
  const gateway = new Command('gateway')
    .description(
      'Companies, clients, tags, organizations and mails of the gateway in DATABASE_URL; its backup and its move to Postgres.',
    )
    .addOption(json)
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err })
    .configureHelp({ showGlobalOptions: true });

  const company = group('company', 'Companies');
  const codeOption = new Option('--code <code>', 'four letters A-Z, unique').makeOptionMandatory().argParser((code) => {
    if (!/^[A-Z]{4}$/.test(code)) throw new InvalidArgumentError('It must be four letters A-Z, e.g. RUKR.');
    return code;
  });
  const localeOption = new Option('--mail-locale <locale>', 'language of its mails; without it MAIL_LOCALE').choices([
    'id',
    'en',
  ]);
  action(
    company,
    'create',
    'make a company',
    [codeOption, properNameOption, localeOption],
    async ({ code, name, mailLocale }, { access }) => {
      if (!(await access.createCompany({ code, name, mailLocale })))
        throw new Failure(`there is a company ${code} already`);
      return [{ code }, `Company ${code} is made.`];
    },
  );

  const client = group('client', 'API clients and their secrets');
  const scopeOption = new Option('--scope <scopes>', `separated by spaces, of: ${scopes.join(' ')}`)
    .makeOptionMandatory()
    .argParser((given) => {
      const wanted = [...new Set(given.trim().split(/\s+/))];
      const unknown = wanted.filter((one) => !scopes.includes(one as Scope));
      if (unknown.length > 0)
        throw new InvalidArgumentError(
          `There is no ${unknown.map((one) => JSON.stringify(one)).join(', ')}; it takes: ${scopes.join(' ')}`,
        );
      return wanted;
    });
  action(
    client,
    'create',
    'make a client; its secret is shown once',
    [companyOption, properNameOption, scopeOption],
    async ({ company, name, scope }, context) => {
      const made = await context.access.createClient(await context.company(company), { name, scopes: scope });
      return [
        made,
        `Client ID      ${made.clientID}\nClient secret  ${made.clientSecret}\nThe secret is shown this once only: keep it now.`,
      ];
    },
  );
  action(
    client,
    'list',
    'list clients, newest first',
    [new Option('--company <code>', 'of this company only')],
    async ({ company }, context) => {
      const rows = await context.access.listClients(
        company === undefined ? undefined : (await context.company(company)).id,
      );
      const clients = rows.map(({ id, companyCode, name, scopes: granted, createdAt, revokedAt }) => ({
        clientID: id,
        company: companyCode,
        name,
        scope: granted.join(' '),
        createdAt,
        revokedAt,
      }));
      return [clients, table(clients)];
    },
  );
  action(
    client,
    'rotate <clientID>',
    'make a new secret; the old one and all tokens end at once',
    [],
    async ({ clientID }, { access }) => {
      const made = await access.rotateClient(clientID);
      if (!made) throw new Failure(`there is no client ${clientID}, or it is revoked`);
      return [
        { clientID, ...made },
        `Client secret  ${made.clientSecret}\nThe secret is shown this once only: keep it now.`,
      ];
    },
  );
  action(
    client,
    'revoke <clientID>',
    'end a client and all its tokens at once',
    [],
    async ({ clientID }, { access }) => {
      if (!(await access.revokeClient(clientID)))
        throw new Failure(`there is no client ${clientID}, or it is revoked already`);
      return [{ clientID, revoked: true }, `Client ${clientID} and its tokens have ended.`];
    },
  );

  const organization = group('organization', 'Units of a company');
  const parentOption = new Option('--parent <serial>', 'the unit above it');
  const inactiveOption = new Option('--inactive', 'takes no new users');
  action(
    organization,
    'create',
    'make an organization',
    [companyOption, nameOption, parentOption, inactiveOption],
    async ({ company, name, parent, inactive }, context) =>
      serialOf(
        await context.directory.createOrganization(await context.company(company), {
          name,
          parent,
          isActive: !inactive,
        }),
        'Organization',
      ),
  );

  const tag = group('tag', 'Tags of a company');
  action(tag, 'create', 'make a tag', [companyOption, nameOption], async ({ company, name }, context) =>
    serialOf(await context.directory.createTag(await context.company(company), { name }), 'Tag'),
  );

  const mail = group('mail', 'The outbox');
  const stateOption = new Option('--state <state>', 'only these').choices(['queued', 'sent', 'dead']);
  const limitOption = new Option('--limit <number>', 'at most so many').default(100).argParser((limit) => {
    if (!/^[1-9]\d{0,5}$/.test(limit)) throw new InvalidArgumentError('It must be a number from 1 to 999999.');
    return Number(limit);
  });
  action(
    mail,
    'list',
    'list mails, newest first',
    [stateOption, limitOption],
    async ({ state, limit }, { store: { outbox } }) => {
      const mails = await outbox.list({ state, limit });
      return [mails, table(mails)];
    },
  );
  action(mail, 'retry <id>', 'send a mail of the dead letter again', [], async ({ id }, { store: { outbox } }) => {
    const outcome = await outbox.retry(id);
    if (outcome === 'unknown') throw new Failure(`there is no mail ${id}`);
    if (outcome === 'not-dead') throw new Failure(`mail ${id} is not in the dead letter`);
    if (outcome === 'erased')
      throw new Failure(`the password of mail ${id} was erased after 7 days in the dead letter; set a new one`);
    return [{ id, state: 'queued' }, `Mail ${id} is queued again.`];
  });

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
          'DATABASE_URL is a Postgres, which is backed up by its own tools: pg_dump, or continuous archiving (see README, Backup)',
        );
      const { backupSqlite } = await import('../storage/sqlite/backup.ts');
      const progress = inform('Copying', 'pages');
      const { bytes } = await interruptible((signal) =>
        backupSqlite(databaseUrl, file, { signal, onProgress: progress.update }),
      ).finally(progress.end);
      return [{ file, bytes }, `${file} is written and checked, ${bytes.toLocaleString('en')} bytes.`];
    },
  );

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
        'a Postgres database, e.g. postgres://user:password@db.example.com/gateway',
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

  let exitCode = 0;
  addImport(gateway, { env, out, err, signal }, json, (code) => (exitCode = code));

  function group(name: string, description: string): Command {
    return gateway.command(name).description(description).exitOverride();
  }

  /** A command that prints the JSON value or the text; `inform` shows how far it came, on standard error and not with `--json`. */
  function command(
    parent: Command,
    usage: string,
    description: string,
    options: Option[],
    run: (given: Options, inform: (label: string, unit: string) => Progress) => Promise<Answer>,
  ): void {
    const command = parent.command(usage).description(description).addOption(json).exitOverride();
    for (const option of options) command.addOption(option);
    command.action(async (...given) => {
      const named = Object.fromEntries(
        command.registeredArguments.map((argument, index) => [argument.name(), given[index]]),
      );
      const { json: asJson, ...values } = command.optsWithGlobals();
      const shown = { write: asJson ? () => undefined : err, isTerminal: process.stderr.isTTY === true };
      const [value, text] = await run({ ...values, ...named } as Options, (label, unit) =>
        makeProgress(label, unit, shown),
      );
      out(`${asJson ? JSON.stringify(value) : text}\n`);
    });
  }

  /** A command with its database open. */
  function action(
    parent: Command,
    usage: string,
    description: string,
    options: Option[],
    run: (given: Options, opened: Opened) => Promise<Answer>,
  ): void {
    command(parent, usage, description, options, async (given) => {
      // Loaded here, half a second: help and wrong usage answer without it, and leave no database behind.
      const { open } = await import('./open.ts');
      const opened = await open(env);
      try {
        return await run(given, opened);
      } finally {
        await opened.close();
      }
    });
  }

  /** Work that a Ctrl-C ends in order. */
  async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    const interrupt = () => abort.abort(new Failure('stopped, nothing is left behind'));
    if (signal?.aborted) interrupt();
    signal?.addEventListener('abort', interrupt, { once: true });
    // Not once: under npm a Ctrl-C comes twice, from the terminal and forwarded.
    process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
    try {
      return await work(abort.signal);
    } finally {
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    }
  }

  try {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    await gateway.version(version).parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { message, cause } = error as Error;
    err(
      `${error instanceof Refusal ? said(error.entry, cause instanceof Error ? `${message}: ${cause.message}` : message) : message}\n`,
    );
    return error instanceof Failure ? error.exitCode : 1;
  }
}

/** The rule of DATABASE_URL for an address of one engine; never echoes it. */
function demandAddress(option: string, given: string, engine: RegExp, what: string): void {
  if (!engine.test(given) || loadDatabaseUrl({ DATABASE_URL: given }).problems)
    throw new Failure(`${option} must be the address of ${what}`, 2);
}

function serialOf(outcome: DirectoryOutcome, what: string): Answer {
  if ('serial' in outcome) return [outcome, `${what} ${outcome.serial} is made.`];
  throw new Failure(said(outcome.name, outcome.detail));
}

function said(name: ErrorName, detail: string): string {
  return `${name} (${errorDictionary[name].errorCode}): ${detail}`;
}
