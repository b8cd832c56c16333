import { getLocation, GraphQLError, type GraphQLSchema, Kind, responsePathAsArray } from 'graphql';
import { errorDictionary, Refusal } from '../../../errors/error-dictionary.ts';
import { refusalHeaders } from '../../http/failure.ts';

/** Codes of GraphQL's own habit where they differ from the dictionary's names. */
const codes: Partial<Record<Refusal['entry'], string>> = {
  UNAUTHORIZED: 'UNAUTHENTICATED',
  INTERNAL_ERROR: 'INTERNAL_SERVER_ERROR',
};

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

/** Its status and headers are the answer's, and no part of its JSON. */
class RefusalExtensions {
  readonly code: string;
  readonly errorCode: number;
  readonly #http: { status: number; headers: Record<string, string> };

  constructor(refusal: Refusal) {
    const { errorCode, httpStatus } = errorDictionary[refusal.entry];
    this.code = codes[refusal.entry] ?? refusal.entry;
    this.errorCode = errorCode;
    this.#http = { status: httpStatus, headers: refusalHeaders(refusal) };
  }

  get http() {
    return this.#http;
  }
}

/** A refusal as a top-level error. No GraphQLError, since making one, and Yoga's copy of it, costs as much as executing the operation. */
export function refusalError(refusal: Refusal, at?: GraphQLError) {
  return {
    message: refusal.message,
    locations: at?.locations,
    path: at?.path,
    extensions: new RefusalExtensions(refusal),
  };
}

/**
 * Gives the mutations of `schema` resolvers whose refusals know their place, as the executor would tell it. Of errors without
 * a `path` it makes GraphQLErrors (graphql-js, `locatedError`), whose stacks cost as much as the rest of a refusal.
 */
export function placingRefusals(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()!.getFields())) {
    const resolve = field.resolve!;
    field.resolve = async (source, args, context, info) => {
      try {
        return await resolve(source, args, context, info);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const locations = info.fieldNodes.map(({ loc }) => getLocation(loc!.source, loc!.start));
        // A new one, since several requests may be refused by one; what is answered is the original.
        throw Object.assign(new Refusal(error.entry, error.message), {
          originalError: error,
          locations,
          path: responsePathAsArray(info.path),
        });
      }
    };
  }
  return schema;
}

/** For errors that are made only to be answered: taking the stacks costs as much as executing the operation. */
export function withoutStacks<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** What is wrong with an argument that GraphQL itself cannot know: an error of its field, so the answer stays 2xx (GraphQL over HTTP 6.4.2). */
export function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

/**
 * What a client may see of an error of the request itself: no value of it (graphql-js prints literals and whole variables,
 * passwords included: graphql-js #2629). Null for a refusal, which has its own number and log line, and for a surprise.
 */
export function publicError(error: unknown): GraphQLError | null {
  const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  const at = error instanceof GraphQLError ? error : undefined;
  if (!(original instanceof GraphQLError)) return null;
  if (original.message.startsWith('Syntax Error')) {
    // `found String "hunter2"`: the kind of the token helps, its text is a value.
    return rewritten(original, original.message.replace(/\b(String|BlockString|Int|Float|Name) (".*")/s, '$1'));
  }
  const { code, errorCode, http } = original.extensions as {
    code?: string;
    errorCode?: number;
    http?: { status?: number; headers?: Record<string, string> };
  };
  const kind = original.nodes?.[0]?.kind;
  // What only the executor finds: a null in a variable that has a default, say.
  if (kind && (valueKinds.has(kind) || original.message.includes(' got invalid value ')) && code === undefined) {
    const [, subject = 'An argument'] = /^(Argument "\w+"|Variable "\$\w+")/.exec(original.message) ?? [];
    return rewritten(
      at ?? original,
      `${subject} holds a value that is not of its type${placeOf(original)}.`,
      'BAD_USER_INPUT',
    );
  }
  if (errorCode === undefined && (code === 'BAD_REQUEST' || code === 'OPERATION_RESOLUTION_FAILURE')) {
    // Yoga's own refusals of a request. V8's message about JSON quotes the body. Without `spec`, the status is the same for either media type.
    return http?.status === 405
      ? new GraphQLError(original.message, {
          extensions: { code: 'METHOD_NOT_ALLOWED', errorCode: 405, http: { status: 405, headers: http.headers } },
        })
      : new GraphQLError(original.message, { extensions: { code, errorCode: 400, http: { status: 400 } } });
  }
  // With the field that raised it, which `original` does not know.
  return at ?? original;
}

function placeOf(error: GraphQLError): string {
  const place = error.locations?.[0];
  return place ? `, at line ${place.line}, column ${place.column}` : '';
}

function rewritten(error: GraphQLError, message: string, code?: string): GraphQLError {
  return new GraphQLError(message, {
    nodes: error.nodes,
    source: error.source,
    positions: error.positions,
    path: error.path,
    extensions: { ...error.extensions, ...(code && { code }) },
  });
}
