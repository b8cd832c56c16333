import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { docUrlOf, type Exchange } from '../../http/exchange.ts';
import { type ErrorLog, toRefusal } from '../../http/to-refusal.ts';
import { refusalError } from './cheap-errors.ts';
import { inputExtensions, problemOf } from './input-problems.ts';
import { publicError } from './public-error.ts';
import { maxErrors } from './wrong-values.ts';

/**
 * Limits of one answer. 1,000 users with every field and 47 tags each, the most that 1 MB of input can name, are 3 MB.
 * An answer of `smallValues` values is not measured: even the largest values, aliases of 256 and names of 200
 * characters, fit.
 */
const limits = { bytes: 4_194_304, smallValues: 1_000, errors: maxErrors + 1, messageLength: 500 };

/** Turns a result into what a client may see of it, and notes its error code for the log line. */
export type PublishResult = (result: ExecutionResult, exchange: Exchange) => ExecutionResult;

/** Makes the function that masks surprises, hides values of the request, and holds the limits of an answer. */
export function makePublish(log: ErrorLog): PublishResult {
  const masked = (error: GraphQLError, exchange: Exchange) =>
    refusalError(toRefusal(error.originalError ?? error, exchange, log), exchange, error);

  return (result, exchange) => {
    if (!result.errors) {
      if ((exchange.maxValues ?? 0) <= limits.smallValues || sizeOf(result.data, limits.bytes) <= limits.bytes)
        return result;
      exchange.errorCode ??= 400;
      return { data: null, errors: [withHelp(tooLarge(), exchange)] };
    }
    const errors = result.errors
      .slice(0, limits.errors)
      .map((error) => clipped(withHelp(publicError(error), exchange) ?? masked(error, exchange)));
    exchange.errorCode ??= errors[0]!.extensions['errorCode'] as number;
    return { ...result, errors: errors as readonly GraphQLError[] };
  };
}

/** Publishes every result on Yoga's own path. */
export function publishResults(publish: PublishResult): Plugin<object, { exchange: Exchange }> {
  return {
    onResultProcess: ({ result, setResult, serverContext }) =>
      setResult(publish(result as ExecutionResult, serverContext.exchange)),
  };
}

/**
 * Completes the extensions of GraphQL's own refusal: the number and the problem that it has not named itself, the
 * request's id and the page that explains the number.
 */
function withHelp<E extends GraphQLError | null>(error: E, exchange: Exchange): E {
  if (error === null) return error;
  const { message, extensions } = error;
  if (extensions['code'] === 'BAD_USER_INPUT' && extensions['problems'] === undefined)
    Object.assign(extensions, inputExtensions(problemOf({}, 'wrong', null, [], message)));
  const errorCode = (extensions['errorCode'] ??= 400) as number;
  Object.assign(extensions, { requestId: exchange.requestId, docUrl: docUrlOf(exchange, errorCode) });
  return error;
}

/** Shortens a message, which may repeat a name of the request. */
function clipped<E extends { message: string }>(error: E): E {
  if (error.message.length > limits.messageLength) error.message = `${error.message.slice(0, limits.messageLength)}…`;
  return error;
}

function tooLarge(): GraphQLError {
  const message =
    `The answer is larger than ${limits.bytes} bytes: select fewer fields, or ask for fewer items at once. ` +
    'What a mutation has changed stays.';
  return new GraphQLError(message, {
    extensions: { code: 'BAD_REQUEST', errorCode: 400, http: { spec: true, status: 400 } },
  });
}

/**
 * Counts the bytes of a value as JSON.
 *
 * @param maxBytes where counting stops
 */
function sizeOf(value: unknown, maxBytes: number): number {
  if (typeof value === 'string') return Buffer.byteLength(/["\\]/.test(value) ? JSON.stringify(value) : value) + 2;
  if (typeof value !== 'object' || value === null) return 5;
  let size = 2;
  if (Array.isArray(value))
    for (let at = 0; at < value.length && size <= maxBytes; at++) size += sizeOf(value[at], maxBytes - size) + 1;
  else
    for (const name in value) {
      if (size > maxBytes) break;
      size += name.length + 4 + sizeOf((value as Record<string, unknown>)[name], maxBytes - size);
    }
  return size;
}
