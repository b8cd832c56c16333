import type { TokenAnswer, TokenGrant, TokenRequest } from '../../access/token-grant.ts';
import { Refusal } from '../../errors/error-dictionary.ts';
import { helpLink } from '../http/error-response.ts';
import type { Exchange } from '../http/exchange.ts';

/** One token call, in either dialect. */
export interface TokenCallInput {
  /** Parsed JSON, or the parameters of a form. */
  body: unknown;
  authorization: string | null;
  /** Gives the client's address, and keeps the client's id for the log line. */
  exchange: Pick<Exchange, 'address' | 'clientId'>;
}

/** Answers one token call. */
export type TokenCall = (input: TokenCallInput) => Promise<Response>;

/**
 * Makes `POST /oauth/token` in both dialects: the documented one speaks JSON, RFC 6749 speaks forms. Throws the
 * refusals that both share.
 */
export function makeTokenCall(grant: TokenGrant): TokenCall {
  return ({ body, authorization, exchange }) =>
    body instanceof URLSearchParams ? formDialect(body, authorization, exchange) : documentedDialect(body, exchange);

  function grantTo(request: Omit<TokenRequest, 'address'>, exchange: TokenCallInput['exchange']): Promise<TokenAnswer> {
    // A value of another form may be a secret in the wrong place.
    if (/^[0-9a-f]{32}$/.test(request.clientID)) exchange.clientId = request.clientID;
    return grant({ ...request, address: exchange.address });
  }

  async function documentedDialect(body: unknown, exchange: TokenCallInput['exchange']): Promise<Response> {
    if (typeof body !== 'object' || body === null || Array.isArray(body))
      throw new Refusal('BAD_REQUEST', 'the body must be a JSON object');
    const { clientID, clientSecret, grantType } = body as Record<string, unknown>;
    if (grantType !== 'client_credentials') throw new Refusal('BAD_REQUEST', 'grantType must be client_credentials');
    if (typeof clientID !== 'string' || typeof clientSecret !== 'string')
      throw new Refusal('BAD_REQUEST', 'clientID and clientSecret are required and must be strings');
    const answer = await grantTo({ clientID, clientSecret }, exchange);
    if (answer.kind === 'refused') throw new Refusal('BAD_REQUEST', 'Credentials does not match in our records');
    const { accessToken, expiresInSeconds } = answer;
    return Response.json({
      status: 'success',
      message: 'success',
      data: { accessToken, expiresIn: String(expiresInSeconds), tokenType: 'bearer' },
    });
  }

  async function formDialect(
    form: URLSearchParams,
    authorization: string | null,
    exchange: TokenCallInput['exchange'],
  ): Promise<Response> {
    if (new Set(form.keys()).size !== form.size) return refused('invalid_request', 'a parameter is repeated');
    // Section 3.2: a parameter without a value counts as absent.
    const parameter = (name: string): string | undefined => form.get(name) || undefined;
    const grantType = parameter('grant_type');
    if (grantType === undefined) return refused('invalid_request', 'grant_type is missing');
    if (grantType !== 'client_credentials')
      return refused('unsupported_grant_type', 'grant_type must be client_credentials');
    const [inBody, inHeader] = [
      { clientID: parameter('client_id'), clientSecret: parameter('client_secret') },
      basicCredentials(authorization),
    ];
    const isRepeated =
      inHeader && (inBody.clientSecret !== undefined || (inBody.clientID ?? inHeader.clientID) !== inHeader.clientID);
    if (isRepeated) return refused('invalid_request', 'credentials are given twice, in the header and in the body');
    const { clientID = '', clientSecret = '' } = inHeader ?? inBody;
    const answer = await grantTo({ clientID, clientSecret, scope: parameter('scope') }, exchange);
    if (answer.kind === 'refused') return refused(answer.error, answer.description);
    return Response.json({
      access_token: answer.accessToken,
      token_type: 'Bearer',
      expires_in: answer.expiresInSeconds,
      scope: answer.scope,
    });
  }
}

/**
 * Reads id and secret of a Basic header, each of them form-encoded (RFC 6749 section 2.3.1). A header that holds none
 * gives empty ones, which no client has.
 *
 * @returns null for another header: a client may send its old token along
 */
function basicCredentials(authorization: string | null): { clientID: string; clientSecret: string } | null {
  if (!/^basic(?: |$)/i.test(authorization?.trim() ?? '')) return null;
  const [, coded = ''] = /^basic +([\w+/.~-]+=*)$/i.exec(authorization!.trim()) ?? [];
  const [, clientID = '', clientSecret = ''] = /^([^:]*):(.*)$/s.exec(Buffer.from(coded, 'base64').toString()) ?? [];
  try {
    return { clientID: formDecoded(clientID), clientSecret: formDecoded(clientSecret) };
  } catch {
    return { clientID: '', clientSecret: '' };
  }
}

function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

/** RFC 6749 section 5.2. */
function refused(error: string, description: string): Response {
  const unknownClient = error === 'invalid_client';
  const status = unknownClient ? 401 : 400;
  return Response.json(
    { error, error_description: description },
    {
      status,
      headers: { ...helpLink(status), ...(unknownClient && { 'WWW-Authenticate': 'Basic realm="ruangkerja"' }) },
    },
  );
}
