import type { TokenGrant } from '../../access/token-grant.ts';
import { Refusal } from '../../users/error-dictionary.ts';

export interface TokenCallInput {
  /** Parsed JSON, or the parameters of a form. */
  body: unknown;
  authorization: string | null;
  address: string;
}

export type TokenCall = (input: TokenCallInput) => Promise<Response>;

/** `POST /oauth/token` in both dialects: the documented one speaks JSON, RFC 6749 speaks forms. Throws what both refuse alike. */
export function makeTokenCall(grant: TokenGrant): TokenCall {
  return ({ body, ...from }) => (body instanceof URLSearchParams ? formDialect(body, from) : documentedDialect(body, from));

  async function documentedDialect(body: unknown, { address }: { address: string }): Promise<Response> {
    const { clientID, clientSecret, grantType } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
    if (grantType !== 'client_credentials') throw new Refusal('BAD_REQUEST', 'grantType must be client_credentials');
    if (typeof clientID !== 'string' || typeof clientSecret !== 'string') throw new Refusal('BAD_REQUEST', 'clientID and clientSecret are required and must be strings');
    const answer = await grant({ parameters: { grant_type: grantType, client_id: clientID, client_secret: clientSecret }, authorization: null, address });
    if ('error' in answer) throw new Refusal('BAD_REQUEST', 'Credentials does not match in our records');
    const { accessToken, expiresIn } = answer;
    return Response.json({ status: 'success', message: 'success', data: { accessToken, expiresIn: String(expiresIn), tokenType: 'bearer' } });
  }

  async function formDialect(form: URLSearchParams, { authorization, address }: { authorization: string | null; address: string }): Promise<Response> {
    const parameters = Object.fromEntries(form);
    if (form.size !== Object.keys(parameters).length) return refused('invalid_request', 'a parameter is repeated');
    if (authorization !== null && form.has('client_secret')) return refused('invalid_request', 'credentials are given twice, in the header and in the body');
    const answer = await grant({ parameters, authorization, address });
    if ('error' in answer) return refused(answer.error, answer.description);
    return Response.json({ access_token: answer.accessToken, token_type: 'Bearer', expires_in: answer.expiresIn, scope: answer.scope });
  }
}

/** RFC 6749 section 5.2. */
function refused(error: string, description: string): Response {
  const unknownClient = error === 'invalid_client';
  return Response.json(
    { error, error_description: description },
    { status: unknownClient ? 401 : 400, headers: unknownClient ? { 'WWW-Authenticate': 'Basic realm="ruangkerja"' } : {} },
  );
}
