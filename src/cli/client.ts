import { InvalidArgumentError, Option } from 'commander';
import { type Scope, scopes } from '../access/ports.ts';
import type { Commands } from './command.ts';
import { Failure } from './failure.ts';
import { companyCode, companyOption, properNameOption } from './options.ts';
import { table } from './table.ts';

/** `gateway client …` */
export function addClient({ group, action, query }: Commands): void {
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
  query(
    client,
    'list',
    'list clients, newest first',
    [new Option('--company <code>', 'of this company only').argParser(companyCode)],
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
}
