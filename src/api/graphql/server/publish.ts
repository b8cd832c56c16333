import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Exchange } from '../../http/exchange.ts';
import { asRefusal, type ErrorLog } from '../../http/failure.ts';
import { publicError, refusalError } from './errors.ts';
import { mostErrors } from './wrong-values.ts';

/**
 * What one answer holds at most. 1,000 users with every field and 47 tags each, which is what 1 MB of them holds, are 3 MB.
 * `smallValues` of the largest, an alias of 256 characters and a name of 200, fit in anyway.
 */
const limits = { bytes: 4_194_304, smallValues: 1_000, errors: mostErrors + 1, messageLength: 500 };

/** What a client may see of a result: errors without the cause of a surprise and without values of the request, within the limits of an answer. */
export function makePublish(log: ErrorLog): (result: ExecutionResult, exchange: Exchange) => ExecutionResult {
  const masked = (error: GraphQLError, exchange: Exchange) =>
    refusalError(asRefusal(error.originalError ?? error, exchange, log), error);

  return (result, exchange) => {
    if (!result.errors) {
      if ((exchange.mostValues ?? 0) <= limits.smallValues || sizeOf(result.data, limits.bytes) <= limits.bytes)
        return result;
      exchange.errorCode ??= 400;
      return { data: null, errors: [tooLarge()] };
    }
    const errors = result.errors
      .slice(0, limits.errors)
      .map((error) => clipped(publicError(error) ?? masked(error, exchange)));
    const errorCode = errors[0]?.extensions['errorCode'];
    exchange.errorCode ??= typeof errorCode === 'number' ? errorCode : 400;
    return { ...result, errors: errors as readonly GraphQLError[] };
  };
}

/** An error may repeat a name of the request. */
function clipped<E extends { message: string }>(error: E): E {
  if (error.message.length > limits.messageLength) error.message = `${error.message.slice(0, limits.messageLength)}…`;
  return error;
}

function tooLarge(): GraphQLError {
  const message = `The answer is larger than ${limits.bytes} bytes: select fewer fields, or ask for fewer items at once. What a mutation has changed stays.`;
  return new GraphQLError(message, {
    extensions: { code: 'BAD_REQUEST', errorCode: 400, http: { spec: true, status: 400 } },
  });
}

/** Bytes of a value as JSON; counted on from `most` no more. */
function sizeOf(value: unknown, most: number): number {
  if (typeof value === 'string') return Buffer.byteLength(/["\\]/.test(value) ? JSON.stringify(value) : value) + 2;
  if (typeof value !== 'object' || value === null) return 5;
  let size = 2;
  if (Array.isArray(value))
    for (let at = 0; at < value.length && size <= most; at++) size += sizeOf(value[at], most - size) + 1;
  else
    for (const name in value) {
      if (size > most) break;
      size += name.length + 4 + sizeOf((value as Record<string, unknown>)[name], most - size);
    }
  return size;
}
