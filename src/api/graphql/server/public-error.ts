import { GraphQLError, Kind } from 'graphql';
import { inputExtensions, problemOf } from './input-problems.ts';

/** Kinds of nodes whose text is a value that somebody typed, perhaps a password. */
const valueKinds = new Set<string>([
  Kind.STRING,
  Kind.INT,
  Kind.FLOAT,
  Kind.BOOLEAN,
  Kind.ENUM,
  Kind.NULL,
  Kind.LIST,
  Kind.OBJECT,
  Kind.OBJECT_FIELD,
  Kind.ARGUMENT,
  Kind.VARIABLE,
]);

/**
 * Rewrites an error of the request itself so that it holds no value of the request (`docs/decisions/0031`).
 *
 * @returns null for a refusal, which has its own number and log line, and for a surprise
 */
export function publicError(error: unknown): GraphQLError | null {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  if (!(original instanceof GraphQLError)) return null;
  const at = error instanceof GraphQLError ? error : undefined;
  return withoutToken(original) ?? withoutValue(original, at) ?? yogaRefusal(original) ?? at ?? original;
}

/** A syntax error without the text of its token, as in `found String "hunter2"`; the token's kind is no secret. */
function withoutToken(error: GraphQLError): GraphQLError | null {
  if (!error.message.startsWith('Syntax Error')) return null;
  return rewritten(error, error.message.replace(/\b(String|BlockString|Int|Float|Name) (".*")/s, '$1'));
}

/** A wrong value that only the executor finds, such as a null in a variable that has a default. */
function withoutValue(error: GraphQLError, at: GraphQLError | undefined): GraphQLError | null {
  const kind = error.nodes?.[0]?.kind;
  if (!kind || error.extensions['code'] !== undefined) return null;
  if (!valueKinds.has(kind) && !error.message.includes(' got invalid value ')) return null;
  const [, subject = 'An argument'] = /^(Argument "\w+"|Variable "\$\w+")/.exec(error.message) ?? [];
  const message = `${subject} holds a value that is not of its type${placeOf(error)}.`;
  return rewritten(at ?? error, message, inputExtensions(problemOf({}, 'wrong', null, [], message)));
}

/**
 * Yoga's own refusal of a request, with the dictionary's number. V8's message about JSON would quote the body. Without
 * Yoga's `spec`, the status is the same for either media type.
 */
function yogaRefusal(error: GraphQLError): GraphQLError | null {
  const { code, errorCode, http } = error.extensions as {
    code?: string;
    errorCode?: number;
    http?: { status?: number; headers?: Record<string, string> };
  };
  if (errorCode !== undefined || (code !== 'BAD_REQUEST' && code !== 'OPERATION_RESOLUTION_FAILURE')) return null;
  const extensions =
    http?.status === 405
      ? { code: 'METHOD_NOT_ALLOWED', errorCode: 405, http: { status: 405, headers: http.headers } }
      : { code, errorCode: 400, http: { status: 400 } };
  return new GraphQLError(error.message, { extensions });
}

function placeOf(error: GraphQLError): string {
  const place = error.locations?.[0];
  return place ? `, at line ${place.line}, column ${place.column}` : '';
}

function rewritten(error: GraphQLError, message: string, extensions: object = {}): GraphQLError {
  return new GraphQLError(message, {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    path: error.path,
    extensions: { ...error.extensions, ...extensions },
  });
}
