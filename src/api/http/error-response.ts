import { MissingScope } from '../../access/scope.ts';
import { errorDictionary, Refusal } from '../../errors/error-dictionary.ts';
import { StrangersBody } from './read-body.ts';

/**
 * Answers a refusal in the documented envelope `{ errorCode, message, detail }`.
 *
 * @param status where it is not the dictionary's: 404 for what a path names and a body would answer with 400
 */
export function toErrorResponse(
  refusal: Refusal,
  headers: Record<string, string> = {},
  status = errorDictionary[refusal.entry].httpStatus,
): Response {
  const { errorCode } = errorDictionary[refusal.entry];
  const body = { errorCode, message: refusal.entry, detail: refusal.message };
  return Response.json(body, { status, headers: { ...refusalHeaders(refusal), ...headers } });
}

/** Answers 405 with the methods that the path has (RFC 9110 section 15.5.6). */
export function methodNotAllowed(allow: string): Response {
  return toErrorResponse(new Refusal('METHOD_NOT_ALLOWED'), { Allow: allow });
}

/** Gives the headers that belong to a refusal on every transport (RFC 6750 section 3, RFC 9110 section 10.2.3). */
export function refusalHeaders(refusal: Refusal): Record<string, string> {
  if (refusal.entry === 'UNAUTHORIZED')
    return {
      'WWW-Authenticate': 'Bearer realm="ruangkerja"',
      ...(refusal instanceof StrangersBody && { Connection: 'close' }),
    };
  if (refusal instanceof MissingScope)
    return { 'WWW-Authenticate': 'Bearer realm="ruangkerja", error="insufficient_scope"' };
  if (refusal.retryAfterSeconds !== undefined) return { 'Retry-After': String(refusal.retryAfterSeconds) };
  return {};
}
