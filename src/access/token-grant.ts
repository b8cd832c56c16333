import OAuth2Server, { InvalidClientError, OAuthError, Request, Response } from '@node-oauth/oauth2-server';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { type Access, tokenLifetime } from './access.ts';
import type { Scope } from './ports.ts';
import { tooMany } from './rate-limit.ts';

/** The parameters of RFC 6749 section 4.4.2 and the peer's address. */
export interface TokenRequest {
  parameters: Record<string, string>;
  /** The header, for Basic credentials. */
  authorization: string | null;
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
 * Right credentials always pass: a secret of 256 bits can't be guessed, and nobody can lock another one out.
 */
export function makeTokenGrant(access: Access): TokenGrant {
  const limiters = [new RateLimiterMemory({ points: failuresPerMinute, duration: 60 }), new RateLimiterMemory({ points: failuresPerMinute, duration: 60 })] as const;
  const server = new OAuth2Server({
    accessTokenLifetime: tokenLifetime,
    model: {
      getClient: async (id: string, secret: string) => {
        const client = await access.verifyClient(id, secret ?? '');
        return client ? { id: client.id, grants: ['client_credentials'], scopes: client.scopes } : null;
      },
      getUserFromClient: async () => ({}),
      validateScope: async (_: unknown, client: OAuth2Server.Client, wanted?: string[]) => {
        const own: string[] = client['scopes'];
        return !wanted?.length ? own : wanted.every((scope) => own.includes(scope)) ? wanted : false;
      },
      saveToken: async (token: OAuth2Server.Token, client: OAuth2Server.Client) => ({
        ...token,
        accessToken: await access.issueToken(client.id, token.scope as Scope[]),
        client,
        user: {},
      }),
    } as unknown as OAuth2Server.ClientCredentialsModel,
  });

  async function countFailure(address: string, clientID: string): Promise<void> {
    for (const [limiter, key] of [[limiters[0], address], [limiters[1], clientID.slice(0, 64)]] as const) {
      await limiter.consume(key).catch((refused: unknown) => {
        throw refused instanceof RateLimiterRes ? tooMany(`more than ${failuresPerMinute} failed token calls in a minute`, refused.msBeforeNext) : refused;
      });
    }
  }

  return async function grant({ parameters, authorization, address }) {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'transfer-encoding': 'chunked', ...(authorization && { authorization }) };
    const request = new Request({ method: 'POST', query: {}, headers, body: parameters });
    try {
      const token = await server.token(request, new Response());
      return { accessToken: token.accessToken, expiresIn: tokenLifetime, scope: token.scope?.join(' ') ?? '' };
    } catch (error) {
      if (!(error instanceof OAuthError) || error.name === 'server_error') throw error;
      if (error instanceof InvalidClientError) await countFailure(address, parameters['client_id'] ?? basicName(authorization));
      return { error: error.name, description: error.message };
    }
  };
}

function basicName(authorization: string | null): string {
  const [, encoded = ''] = /^basic\s+(\S+)$/i.exec(authorization?.trim() ?? '') ?? [];
  return Buffer.from(encoded, 'base64').toString().split(':', 1)[0]!;
}
