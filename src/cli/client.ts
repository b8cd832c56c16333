import { InvalidArgumentError, Option } from 'commander';
import { type Scope, scopes } from '../access/ports.ts';
import type { Commands } from './command.ts';
import { CommandError } from './command-error.ts';
import { companyCode, companyOption, properNameOption } from './options.ts';
import { details, table } from './table.ts';

const onlyOnce = 'The secret is shown this once only: keep it now.';

/** Adds `gateway client …`. */
export function addClient(commands: Commands): void {
  const [id, secret] = ['Client ID', 'Client secret'].map(commands.translate) as [string, string];
  const client = commands.group('client', 'API clients and their secrets');
  commands.change(
    client,
    'create',
    'create a client; its secret is shown once',
    [companyOption(), properNameOption(), scopeOption()],
    async ({ company, name, scope }, { access, findCompany }) => {
      const created = await access.createClient(await findCompany(company), { name, scopes: scope });
      const { clientID, clientSecret } = created;
      return [created, `${details({ [id]: clientID, [secret]: clientSecret })}\n${onlyOnce}`];
    },
  );
  commands.query(
    client,
    'list',
    'list clients, newest first',
    [new Option('--company <code>', 'of this company only').argParser(companyCode)],
    async ({ company }, { access, findCompany }) => {
      const rows = await access.listClients(company === undefined ? undefined : (await findCompany(company)).id);
      const clients = rows.map(({ id, companyCode, name, scopes, createdAt, revokedAt }) => ({
        clientID: id,
        company: companyCode,
        name,
        scope: scopes.join(' '),
        createdAt,
        revokedAt,
      }));
      return [clients, table(clients)];
    },
  );
  commands.change(
    client,
    'rotate <clientID>',
    'replace its secret; the old one and all tokens end at once',
    [],
    async ({ clientID }, { access }) => {
      const rotated = await access.rotateClient(clientID);
      if (!rotated) throw new CommandError(`there is no client ${clientID}, or it is revoked`);
      return [{ clientID, ...rotated }, `${details({ [secret]: rotated.clientSecret })}\n${onlyOnce}`];
    },
  );
  commands.change(
    client,
    'revoke <clientID>',
    'end a client and all its tokens at once',
    [],
    async ({ clientID }, { access }) => {
      if (!(await access.revokeClient(clientID)))
        throw new CommandError(`there is no client ${clientID}, or it is already revoked`);
      return [{ clientID, revoked: true }, `Client ${clientID} and its tokens have ended.`];
    },
  );
}

function scopeOption(): Option {
  return new Option('--scope <scopes>', `separated by spaces, of: ${scopes.join(' ')}`)
    .makeOptionMandatory()
    .argParser((text) => {
      const words = [...new Set(text.trim().split(/\s+/))];
      const unknown = words.filter((word) => !scopes.includes(word as Scope)).map((word) => JSON.stringify(word));
      if (unknown.length > 0)
        throw new InvalidArgumentError(`There is no ${unknown.join(', ')}; it takes: ${scopes.join(' ')}`);
      return words;
    });
}
