import { MissingScope } from '../../access/scope.ts';
import { errorDictionary, Refusal } from '../../errors/error-dictionary.ts';
import type { Exchange } from './exchange.ts';
import { StrangersBody } from './read-body.ts';

export interface ErrorLog {
  warn: (about: object, message: string) => void;
  error: (about: object, message: string) => void;
}

/** A refusal in the documented envelope of REST: `{ errorCode, message, detail }` with the dictionary's HTTP status. */
export function failure(refusal: Refusal, headers: Record<string, string> = {}): Response {
  const { errorCode, httpStatus } = errorDictionary[refusal.entry];
  const body = { errorCode, message: refusal.entry, detail: refusal.message };
  return Response.json(body, { status: httpStatus, headers: { ...refusalHeaders(refusal), ...headers } });
}

/** 405 with the methods that the path has (RFC 9110 section 15.5.6). */
export function methodNotAllowed(allow: string): Response {
  return failure(new Refusal('METHOD_NOT_ALLOWED'), { Allow: allow });
}

/** What a client may see of anything thrown: a refusal itself; the cause of a 503 or of a surprise goes to the log, the request id to both. */
export function asRefusal(error: unknown, exchange: Exchange, log: ErrorLog): Refusal {
  const { requestId } = exchange;
  if (error instanceof Refusal) {
    if (error.entry === 'SERVICE_UNAVAILABLE') exchange.reason = error.message;
    if (error.cause) log.warn({ requestId, err: error.cause }, error.message);
    return error;
  }
  log.error({ requestId, err: error }, 'unexpected error');
  return new Refusal('INTERNAL_ERROR', `something went wrong here, request id ${requestId}`);
}

/** Headers that belong to a refusal on every transport (RFC 6750 section 3, RFC 9110 section 10.2.3). */
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
