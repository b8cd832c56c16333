import { randomUUID } from 'node:crypto';

/** Where a request comes from. */
export interface Peer {
  /** The client's IP address. */
  address: string;
  /** False while other requests wait on its connection. */
  isLast: () => boolean;
}

/** One request, and what its log line says of it; filled while it is answered. */
export interface Exchange extends Peer {
  requestId: string;
  /** The client of the token, or the one that a token call names. */
  clientId?: string | undefined;
  /** The number of the error dictionary in the answer. */
  errorCode?: number;
  /** How many values the answer may hold, by the cost of its GraphQL operation. */
  maxValues?: number;
  /** Why the answer is a 503, or why this is not a request: there are many causes. */
  reason?: string | undefined;
}

/**
 * Opens the exchange of a request. A well-formed request id of the client is kept, so that its own log has the same.
 */
export function openExchange(requestId: string | null, { address, isLast }: Peer): Exchange {
  return { requestId: requestId && /^[\w.-]{1,64}$/.test(requestId) ? requestId : randomUUID(), address, isLast };
}
