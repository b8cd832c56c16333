import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { makeAccess } from '../access/access.ts';
import { type Company, type Scope, scopes } from '../access/ports.ts';
import { loadDatabaseUrl } from '../config.ts';
import { openStore } from '../storage/sqlite/store.ts';
import { type DirectoryOutcome, makeDirectory } from '../users/directory.ts';
import { errorDictionary, type ErrorName, Refusal } from '../users/error-dictionary.ts';
import { properName } from '../users/text.ts';
import { table } from './table.ts';

/** Exit codes: 1 refused, 2 wrong usage, 78 (sysexits.h EX_CONFIG) wrong configuration. */
class Failure extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

const json = new Option('--json', 'print one JSON value and nothing else');
const companyOption = new Option('--company <code>', 'the company, four letters A-Z').makeOptionMandatory();
const nameOption = new Option('--name <name>', 'its name').makeOptionMandatory();

const gateway = new Command('gateway')
  .description('Companies, clients, tags, organizations and mails of the gateway in DATABASE_URL.')
  .addOption(json)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true });

const company = group('company', 'Companies');
action(company, 'create', 'make a company', [new Option('--code <code>', 'four letters A-Z, unique').makeOptionMandatory(), nameOption], async ({ code, name }, { access }) => {
  if (!/^[A-Z]{4}$/.test(code)) throw new Failure('--code must be four letters A-Z, e.g. RUKR', 2);
  const proper = properNameOf(name);
  if (!(await access.createCompany({ code, name: proper }))) throw new Failure(`there is a company ${code} already`);
  return [{ code }, `Company ${code} is made.`];
});

const client = group('client', 'API clients and their secrets');
const scopeOption = new Option('--scope <scopes>', `separated by spaces, of: ${scopes.join(' ')}`).makeOptionMandatory();
action(client, 'create', 'make a client; its secret is shown once', [companyOption, nameOption, scopeOption], async ({ company, name, scope }, context) => {
  const wanted = [...new Set(scope.trim().split(/\s+/))];
  const unknown = wanted.filter((one) => !scopes.includes(one as Scope));
  if (unknown.length > 0) throw new Failure(`--scope has no ${unknown.map((one) => JSON.stringify(one)).join(', ')}; it takes: ${scopes.join(' ')}`, 2);
  const made = await context.access.createClient(await context.company(company), { name: properNameOf(name), scopes: wanted as Scope[] });
  return [made, `Client ID      ${made.clientID}\nClient secret  ${made.clientSecret}\nThe secret is shown this once only: keep it now.`];
});
action(client, 'list', 'list clients, newest first', [new Option('--company <code>', 'of this company only')], async ({ company }, context) => {
  const rows = await context.access.listClients(company === undefined ? undefined : (await context.company(company)).id);
  const clients = rows.map(({ id, companyCode, name, scopes: granted, createdAt, revokedAt }) => ({ clientID: id, company: companyCode, name, scope: granted.join(' '), createdAt, revokedAt }));
  return [clients, table(clients)];
});
action(client, 'rotate <clientID>', 'make a new secret; the old one and all tokens end at once', [], async ({ clientID }, { access }) => {
  const made = await access.rotateClient(clientID);
  if (!made) throw new Failure(`there is no client ${clientID}, or it is revoked`);
  return [{ clientID, ...made }, `Client secret  ${made.clientSecret}\nThe secret is shown this once only: keep it now.`];
});
action(client, 'revoke <clientID>', 'end a client and all its tokens at once', [], async ({ clientID }, { access }) => {
  if (!(await access.revokeClient(clientID))) throw new Failure(`there is no client ${clientID}, or it is revoked already`);
  return [{ clientID, revoked: true }, `Client ${clientID} and its tokens have ended.`];
});

const organization = group('organization', 'Units of a company');
const parentOption = new Option('--parent <serial>', 'the unit above it');
const inactiveOption = new Option('--inactive', 'takes no new users');
action(organization, 'create', 'make an organization', [companyOption, nameOption, parentOption, inactiveOption], async ({ company, name, parent, inactive }, context) =>
  serialOf(await context.directory.createOrganization(await context.company(company), { name, parent, isActive: !inactive }), 'Organization'),
);

const tag = group('tag', 'Tags of a company');
action(tag, 'create', 'make a tag', [companyOption, nameOption], async ({ company, name }, context) =>
  serialOf(await context.directory.createTag(await context.company(company), { name }), 'Tag'),
);

const mail = group('mail', 'The outbox');
const stateOption = new Option('--state <state>', 'only these').choices(['queued', 'sent', 'dead']);
const limitOption = new Option('--limit <number>', 'at most so many').default('100');
action(mail, 'list', 'list mails, newest first', [stateOption, limitOption], async ({ state, limit }, { outbox }) => {
  if (!/^[1-9]\d{0,5}$/.test(limit)) throw new Failure('--limit must be a number from 1 to 999999', 2);
  const mails = await outbox.list({ state: state as 'dead' | undefined, limit: Number(limit) });
  return [mails, table(mails)];
});
action(mail, 'retry <id>', 'send a mail of the dead letter again', [], async ({ id }, { outbox }) => {
  const outcome = await outbox.retry(id);
  if (outcome === 'unknown') throw new Failure(`there is no mail ${id}`);
  if (outcome === 'not-dead') throw new Failure(`mail ${id} is not in the dead letter`);
  if (outcome === 'erased') throw new Failure(`the password of mail ${id} was erased after 7 days in the dead letter; set a new one`);
  return [{ id, state: 'queued' }, `Mail ${id} is queued again.`];
});

type Options = Record<'code' | 'name' | 'company' | 'scope' | 'clientID' | 'id' | 'limit', string> & { parent?: string; inactive?: boolean; state?: string };
type Answer = [value: unknown, text: string];
type Opened = Awaited<ReturnType<typeof open>>;

function group(name: string, description: string): Command {
  return gateway.command(name).description(description).exitOverride();
}

/** A command with its database open; prints the JSON value or the text. */
function action(parent: Command, usage: string, description: string, options: Option[], run: (given: Options, opened: Opened) => Promise<Answer>): void {
  const command = parent.command(usage).description(description).addOption(json).exitOverride();
  for (const option of options) command.addOption(option);
  command.action(async (...given) => {
    const named = Object.fromEntries(command.registeredArguments.map((argument, index) => [argument.name(), given[index]]));
    const { json: asJson, ...values } = command.optsWithGlobals();
    const opened = await open();
    try {
      const [value, text] = await run({ ...values, ...named } as Options, opened);
      process.stdout.write(`${asJson ? JSON.stringify(value) : text}\n`);
    } finally {
      opened.close();
    }
  });
}

async function open() {
  const { databaseUrl, problems } = loadDatabaseUrl(process.env);
  if (databaseUrl === undefined) throw new Failure(problems.join('\n'), 78);
  const now = Date.now;
  const store = await openStore(databaseUrl, now);
  const access = makeAccess({ store: store.access, now });
  return {
    access,
    directory: makeDirectory({ store: store.directory, now }),
    outbox: store.outbox,
    async company(code: string): Promise<Company> {
      const found = await access.findCompany(code);
      if (!found) throw new Failure(`there is no company ${code}; make it with: gateway company create --code ${code} --name NAME`);
      return found;
    },
    close: store.close,
  };
}

function serialOf(outcome: DirectoryOutcome, what: string): Answer {
  if ('serial' in outcome) return [outcome, `${what} ${outcome.serial} is made.`];
  throw new Failure(said(outcome.name, outcome.detail));
}

function properNameOf(name: string): string {
  const proper = properName(name, 200);
  if (proper === null) throw new Failure('--name must have 1 to 200 characters and no control characters', 2);
  return proper;
}

function said(name: ErrorName, detail: string): string {
  return `${name} (${errorDictionary[name].errorCode}): ${detail}`;
}

// A reader that has seen enough, `gateway mail list | head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await gateway.version(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const message = error instanceof Refusal ? said(error.entry, error.message) : (error as Error).message;
    process.stderr.write(`${message}\n`);
    process.exitCode = error instanceof Failure ? error.exitCode : 1;
  }
}
