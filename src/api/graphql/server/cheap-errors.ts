import { getLocation, type GraphQLError, type GraphQLSchema, responsePathAsArray } from 'graphql';
import { errorDictionary, Refusal } from '../../../errors/error-dictionary.ts';
import { graphqlCodeOf, refusalHeaders } from '../../http/error-response.ts';
import { docUrlOf, type Exchange } from '../../http/exchange.ts';

// In an overload most answers are refusals. Their errors carry no stack: `docs/decisions/0032`.

/** The extensions of a refusal. Status and headers belong to the HTTP answer, so they are left out of the JSON. */
class RefusalExtensions {
  readonly code: string;
  readonly errorCode: number;
  readonly requestId: string;
  readonly docUrl: string;
  readonly #http: { status: number; headers: Record<string, string> };

  constructor(refusal: Refusal, exchange: Exchange) {
    const { errorCode, httpStatus } = errorDictionary[refusal.entry];
    this.code = graphqlCodeOf(refusal.entry);
    this.errorCode = errorCode;
    this.requestId = exchange.requestId;
    this.docUrl = docUrlOf(exchange, errorCode);
    this.#http = { status: httpStatus, headers: refusalHeaders(refusal) };
  }

  get http() {
    return this.#http;
  }
}

/**
 * Makes a top-level error of a refusal, as a plain object: a GraphQLError, and Yoga's copy of it, cost as much as
 * executing the operation.
 *
 * @param at the error whose locations and path the answer names
 */
export function refusalError(refusal: Refusal, exchange: Exchange, at?: GraphQLError) {
  return {
    message: refusal.message,
    locations: at?.locations,
    path: at?.path,
    extensions: new RefusalExtensions(refusal, exchange),
  };
}

/**
 * Changes the mutations of `schema` so that their refusals carry locations and path already, and returns the schema.
 * The executor makes a GraphQLError of every error without a `path` (graphql-js, `locatedError`), and its stack costs
 * as much as the rest of a refusal.
 */
export function locateRefusals(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()!.getFields())) {
    const resolve = field.resolve!;
    field.resolve = async (source, args, context, info) => {
      try {
        return await resolve(source, args, context, info);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const locations = info.fieldNodes.map(({ loc }) => getLocation(loc!.source, loc!.start));
        // A copy, since one refusal may answer several requests. The answer is made of the original.
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

/** Runs `work` while errors take no stack: for errors that exist only to be answered. */
export function withoutStacks<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
