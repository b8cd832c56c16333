import { hash } from 'node:crypto';
import OAuth2Server, { InvalidClientError, OAuthError, Request, Response } from '@node-oauth/oauth2-server';
import { type Access, tokenLifetimeSeconds } from './access.ts';
import type { Scope } from './ports.ts';
import { noLimits } from './limits.ts';
import { makeLocalLimit } from './rate-limit.ts';

/** The parameters of RFC 6749 section 4.4.2, the client's credentials and the peer's address. */
export interface TokenRequest {
  clientID: string;
  clientSecret: string;
  /** Separated by spaces; undefined requests every scope of the client. */
  scope?: string | undefined;
  address: string;
}

/** What became of a token call. */
export type TokenAnswer =
  | { kind: 'granted'; accessToken: string; expiresInSeconds: number; scope: string }
  /** A code of RFC 6749 section 5.2 and a sentence. */
  | { kind: 'refused'; error: string; description: string };

/** The use case of the token call. Throws 429, and 503 for a busy store. */
export type TokenGrant = (request: TokenRequest) => Promise<TokenAnswer>;

const failuresPerMinute = 10;

/**
 * Makes the client-credentials grant. Above 10 failed calls in a minute for a client or an address, a further failure
 * is
 * 429. Failures never lock out right credentials (docs/decisions/0022).
 * @param countToken counts a token of a client whose credentials are right; throws 429
 */
export function makeTokenGrant(access: Access, countToken = noLimits.tokens): TokenGrant {
  const failures = () => makeLocalLimit(failuresPerMinute, 'failed token calls');
  const [failedOfAddress, failedOfClient] = [failures(), failures()];
  const server = new OAuth2Server({ accessTokenLifetime: tokenLifetimeSeconds, model: modelOf(access, countToken) });

  return async function grant({ clientID, clientSecret, scope, address }) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'transfer-encoding': 'chunked' };
    const body = { grant_type: 'client_credentials', client_id: clientID, client_secret: clientSecret, scope };
    try {
      const token = await server.token(new Request({ method: 'POST', query: {}, headers, body }), new Response());
      return {
        kind: 'granted',
        accessToken: token.accessToken,
        expiresInSeconds: tokenLifetimeSeconds,
        scope: token.scope?.join(' ') ?? '',
      };
    } catch (error) {
      // The library wraps the store's errors: a busy database must stay 503.
      if (!(error instanceof OAuthError) || error.name === 'server_error')
        throw (error as { inner?: Error }).inner ?? error;
      // The library calls an id or a secret with forbidden characters an invalid request.
      const code = error.name === 'invalid_request' ? 'invalid_client' : error.name;
      if (code === 'invalid_client') {
        // In this order an address adds at most 10 keys a minute, however many ids it invents. A hash keeps no body
        // alive.
        await failedOfAddress(networkOf(address));
        await failedOfClient(hash('sha256', clientID, 'base64url'));
      }
      return { kind: 'refused', error: code, description: error.message };
    }
  };
}

/** The grant's view of the clients. `own` is the client itself. */
function modelOf(access: Access, countToken: typeof noLimits.tokens): OAuth2Server.ClientCredentialsModel {
  return {
    async getClient(id, secret) {
      const client = await access.verifyClient(id, secret);
      return client && { id: client.id, grants: ['client_credentials'], own: client };
    },
    getUserFromClient: async () => ({}),
    async validateScope(_, { own }, requested) {
      const { scopes }: { scopes: readonly string[] } = own;
      if (!requested) return [...scopes];
      return requested.every((scope) => scopes.includes(scope)) ? [...new Set(requested)] : false;
    },
    async saveToken(token, client) {
      await countToken(client.id);
      const accessToken = await access.grantToken(client['own'], token.scope as Scope[]);
      if (!accessToken) throw new InvalidClientError('Invalid client: client is invalid');
      return { ...token, accessToken, client, user: {} };
    },
    // The library's type demands it for the check of a token, which is not used: `authenticate` of access checks
    // tokens.
    getAccessToken: async () => null,
  };
}

/** Returns the /64 of an IPv6 peer, all of which one subscriber has (RFC 6177), and an IPv4 address as it is. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = [], tail = []] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  return [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail].slice(0, 4).join(':');
}
