import { MissingScope } from '../../access/scope.ts';
import { errorDictionary, type ErrorName, Refusal } from '../../errors/error-dictionary.ts';
import type { Problem } from '../../users/fields.ts';
import type { Problems } from '../../users/outcome.ts';
import { namesType } from './accept.ts';
import { docUrlOf, type Exchange } from './exchange.ts';
import { StrangersBody } from './read-body.ts';

/** The refusal of an input. It is answered with the first problem; `application/problem+json` lists them all. */
export class InputRefusal extends Refusal {
  readonly problems: Problems;
  constructor(problems: Problems) {
    super(problems[0].name, problems[0].detail);
    this.problems = problems;
  }
}

/** The refusal 405. Its answer names the methods that the path has (RFC 9110 section 15.5.6). */
export class MethodNotAllowed extends Refusal {
  readonly allow: string;
  /** @param allow the methods, e.g. `GET, HEAD` */
  constructor(allow: string) {
    super('METHOD_NOT_ALLOWED');
    this.allow = allow;
  }
}

/** What an answer of a refusal takes from its request. */
type Asked = Pick<Exchange, 'accept' | 'origin' | 'requestId'>;

/**
 * Answers a refusal in the documented envelope `{ errorCode, message, detail }`, or as RFC 9457 where the request names
 * `application/problem+json`.
 *
 * @param status where it is not the dictionary's: 404 for what a path names and a body would answer with 400
 */
export function toErrorResponse(
  refusal: Refusal,
  asked: Asked,
  headers: Record<string, string> = {},
  status = errorDictionary[refusal.entry].httpStatus,
): Response {
  const { errorCode } = errorDictionary[refusal.entry];
  const init = { status, headers: { ...helpLink(errorCode), ...refusalHeaders(refusal), ...headers } };
  if (namesType(asked.accept, problemType))
    return Response.json(problemDetails(refusal, status, asked), {
      ...init,
      headers: { ...init.headers, 'Content-Type': problemType },
    });
  return Response.json({ errorCode, message: refusal.entry, detail: refusal.message }, init);
}

/** Gives the header that leads from a failure to its page (RFC 8288). */
export function helpLink(errorCode: number): { Link: string } {
  return { Link: `</errors/${errorCode}>; rel="help"` };
}

/** The media type of RFC 9457. */
export const problemType = 'application/problem+json';

function problemDetails(refusal: Refusal, status: number, asked: Asked) {
  const { errorCode } = errorDictionary[refusal.entry];
  const problems: readonly Problem[] =
    refusal instanceof InputRefusal ? refusal.problems : [{ name: refusal.entry, detail: refusal.message, path: [] }];
  return {
    type: docUrlOf(asked, errorCode),
    title: refusal.entry,
    status,
    detail: refusal.message,
    errorCode,
    requestId: asked.requestId,
    problems: problems.map(({ name, detail, path }) => ({
      errorCode: errorDictionary[name].errorCode,
      message: name,
      detail,
      pointer: pointerOf(path),
    })),
  };
}

/** Codes that GraphQL servers commonly answer, where they differ from the dictionary's names. */
const graphqlCodes: { [N in ErrorName]?: string } = {
  UNAUTHORIZED: 'UNAUTHENTICATED',
  INTERNAL_ERROR: 'INTERNAL_SERVER_ERROR',
};

/** Returns the `extensions.code` of a refusal in GraphQL. */
export function graphqlCodeOf(name: ErrorName): string {
  return graphqlCodes[name] ?? name;
}

/** Writes a path as a JSON Pointer (RFC 6901). */
function pointerOf(path: readonly string[]): string {
  return path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
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
  if (refusal instanceof MethodNotAllowed) return { Allow: refusal.allow };
  if (refusal.retryAfterSeconds !== undefined) return { 'Retry-After': String(refusal.retryAfterSeconds) };
  return {};
}
