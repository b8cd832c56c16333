import { tokenLifetimeSeconds } from '../access/access.ts';
import type { Commands } from './command.ts';
import { CommandError } from './command-error.ts';

/** Adds `gateway token`. */
export function addToken({ gateway, change }: Commands): void {
  change(
    gateway,
    'token <clientID>',
    'issue a fresh access token of a client, with all its scopes',
    [],
    async ({ clientID }, { access, store }) => {
      const client = await store.access.findClient(clientID);
      if (!client || client.revokedAt !== null)
        throw new CommandError(`there is no client ${clientID}, or it is revoked`);
      const accessToken = await access.issueToken(clientID, client.scopes);
      return [{ accessToken, expiresIn: tokenLifetimeSeconds }, accessToken];
    },
  );
}
