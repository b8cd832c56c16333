import { hash } from 'node:crypto';
import OAuth2Server, { InvalidClientError, OAuthError, Request, Response } from '@node-oauth/oauth2-server';
import { type Access, tokenLifetime } from './access.ts';
import type { Client, Scope } from './ports.ts';
import { noLimits } from './limits.ts';
import { makeLocalLimit } from './rate-limit.ts';

/** The parameters of RFC 6749 section 4.4.2, the client's credentials and the peer's address. */
export interface TokenRequest {
  clientID: string;
  clientSecret: string;
  /** Separated by spaces; undefined asks for every scope of the client. */
  scope?: string | undefined;
  address: string;
}

export type TokenAnswer =
  | { accessToken: string; expiresIn: number; scope: string }
  /** A code of RFC 6749 section 5.2 and a sentence. */
  | { error: string; description: string };

export type TokenGrant = (request: TokenRequest) => Promise<TokenAnswer>;

const failuresPerMinute = 10;

/**
 * The client-credentials grant. Above 10 failed calls a minute for a client or an address a further failure is 429.
 * Failures never lock out right credentials: a secret of 256 bits can't be guessed, and nobody can lock another one out.
 *
 * @param countToken counts a token of a client, whose credentials are right; throws 429
 */
export function makeTokenGrant(access: Access, countToken = noLimits.tokens): TokenGrant {
  const failures = () => makeLocalLimit(failuresPerMinute, 'failed token calls');
  const [failedOfAddress, failedOfClient] = [failures(), failures()];
  const server = new OAuth2Server({
    accessTokenLifetime: tokenLifetime,
    model: {
      getClient: async (id: string, secret: string) => {
        const client = await access.verifyClient(id, secret);
        return client && { ...client, grants: ['client_credentials'] };
      },
      getUserFromClient: async () => ({}),
      validateScope: async (_: unknown, client: Client, wanted?: string[]) => {
        const own: string[] = client.scopes;
        return !wanted ? own : wanted.every((scope) => own.includes(scope)) ? [...new Set(wanted)] : false;
      },
      saveToken: async (token: OAuth2Server.Token, client: Client) => {
        await countToken(client.id);
        const accessToken = await access.grantToken(client, token.scope as Scope[]);
        if (!accessToken) throw new InvalidClientError('Invalid client: client is invalid');
        return { ...token, accessToken, client, user: {} };
      },
    } as unknown as OAuth2Server.ClientCredentialsModel,
  });

  return async function grant({ clientID, clientSecret, scope, address }) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'transfer-encoding': 'chunked' };
    const body = { grant_type: 'client_credentials', client_id: clientID, client_secret: clientSecret, scope };
    try {
      const token = await server.token(new Request({ method: 'POST', query: {}, headers, body }), new Response());
      return { accessToken: token.accessToken, expiresIn: tokenLifetime, scope: token.scope?.join(' ') ?? '' };
    } catch (error) {
      // The library wraps what the store throws: a busy database must stay the 503 that it is.
      if (!(error instanceof OAuthError) || error.name === 'server_error')
        throw (error as { inner?: Error }).inner ?? error;
      // What the library calls an invalid request can only be an id or a secret of characters that none has.
      const code = error.name === 'invalid_request' ? 'invalid_client' : error.name;
      if (code === 'invalid_client') {
        // In this order an address adds at most 10 keys a minute, whatever ids it makes up; hashed, a key holds no body alive.
        await failedOfAddress(networkOf(address));
        await failedOfClient(hash('sha256', clientID, 'base64url'));
      }
      return { error: code, description: error.message };
    }
  };
}

/** An IPv6 peer stands for its /64, all of which one subscriber has (RFC 6177); an IPv4 one for itself. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  return [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail].slice(0, 4).join(':');
}
