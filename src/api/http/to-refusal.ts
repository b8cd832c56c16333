import { Refusal } from '../../errors/error-dictionary.ts';
import type { Exchange } from './exchange.ts';

/** Where the causes of refusals and surprises are logged. */
export interface ErrorLog {
  warn: (about: object, message: string) => void;
  error: (about: object, message: string) => void;
}

/**
 * Turns anything thrown into what a client may see: a refusal stays, a surprise becomes 500. The cause of a 503 or of a
 * surprise goes to the log, under the request id that the client sees too.
 */
export function toRefusal(error: unknown, exchange: Exchange, log: ErrorLog): Refusal {
  const { requestId } = exchange;
  if (error instanceof Refusal) {
    if (error.entry === 'SERVICE_UNAVAILABLE') {
      exchange.reason = reasonOf(error);
      exchange.unavailability = error.unavailability;
    }
    if (error.cause) log.warn({ requestId, err: error.cause }, error.message);
    return error;
  }
  log.error({ requestId, err: error }, 'unexpected error');
  return new Refusal('INTERNAL_ERROR', `something went wrong here, request id ${requestId}`);
}

/** The message with the code of its cause: the cause itself may be in the log only once a minute. */
function reasonOf({ message, cause }: Refusal): string {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? `${message} (${code})` : message;
}
