import { randomUUID } from 'node:crypto';
import { errorDictionary, type ErrorName, Refusal, type Unavailability } from '../../errors/error-dictionary.ts';
import type { Origin } from '../../outbox/ports.ts';

/** Where a request comes from. */
export interface Peer {
  /** The client's IP address. */
  address: string;
  /** False while other requests wait on its connection. */
  isLast: () => boolean;
}

/** What became of one user; every outcome of the use cases is one. */
export interface UserOutcome {
  kind: 'created' | 'valid' | 'refused' | 'unavailable' | 'updated' | 'unchanged' | 'erased';
  user?: { serial: string };
  problems?: readonly { name: ErrorName }[];
}

/**
 * The record of one request. Whoever answers the request fills it; once it is answered, the log and the metrics read
 * it, and nothing else (docs/decisions/0070).
 */
export interface Exchange extends Peer {
  requestId: string;
  /** W3C Trace Context, well-formed. */
  traceparent?: string | undefined;
  /** On the clock of `performance.now()`. */
  startedAt: number;
  /** Absent where the input is not a request. */
  method?: string;
  /** At most two segments, those that may be a personal value as `…`. */
  path?: string;
  /** A route as openapi.json writes it, or `/graphql`. */
  route?: string;
  /** The field of our own schema that a GraphQL operation calls: see `operationNameOf`. */
  operation?: string;
  /** The header `Accept`: it chooses the form of a failure. */
  accept: string | null;
  /** Where the client reaches the gateway, e.g. `https://gateway.example.com`; empty when that is not known. */
  origin: string;
  /** The client of the token, or the one that a token call names. */
  clientId?: string | undefined;
  /** The number of the error dictionary in the answer, or of its first problem. */
  errorCode?: number;
  /** What became of the users of this request; those of a replay are not in it. */
  outcomes?: readonly UserOutcome[];
  /** How many of its calls were answered by the first result of their idempotency key. */
  replays?: number;
  /** Whether its users come from an import: its idempotency key says so. */
  isImport?: boolean;
  /** How many values the answer may hold, by the cost of its GraphQL operation. */
  maxValues?: number;
  /** Why the answer is a 503, or why this is not a request: there are many causes. */
  reason?: string | undefined;
  /** What was short, of a 503. */
  unavailability?: Unavailability | undefined;
}

/** A request that was answered. */
export interface Answered extends Exchange {
  status: number;
  ms: number;
}

/**
 * Opens the exchange of a request. A well-formed request id of the client is kept, so that its own log has the same.
 *
 * @param publicUrl where clients reach the gateway; null: at the `Host` that each of them names
 */
export function openExchange(
  headers: { get(name: string): string | null },
  { address, isLast }: Peer,
  publicUrl: string | null,
): Exchange {
  const id = headers.get('x-request-id');
  return {
    requestId: id && /^[\w.-]{1,64}$/.test(id) ? id : randomUUID(),
    traceparent: traceparentOf(headers.get('traceparent')),
    startedAt: performance.now(),
    accept: headers.get('accept'),
    origin: publicUrl ?? originAt(headers.get('host')),
    address,
    isLast,
  };
}

/** Reads the header of W3C Trace Context section 3.2.2; version ff and ids of zeros are none. */
function traceparentOf(header: string | null): string | undefined {
  if (header === null) return undefined;
  const isWellFormed = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/.test(header);
  return isWellFormed ? header : undefined;
}

/** Notes the client of a request, and returns the caller with its request, which a mail keeps. */
export function identified<C extends { clientId: string }>(exchange: Exchange, caller: C): C & Origin {
  exchange.clientId = caller.clientId;
  return { ...caller, requestId: exchange.requestId, traceparent: exchange.traceparent };
}

/** Notes what became of users, and the first problem. */
export function noteOutcomes(exchange: Exchange, outcomes: readonly UserOutcome[], isReplay = false): void {
  if (isReplay) exchange.replays = (exchange.replays ?? 0) + 1;
  else exchange.outcomes = exchange.outcomes ? [...exchange.outcomes, ...outcomes] : outcomes;
  if (exchange.errorCode !== undefined) return;
  const name = outcomes.find(({ problems }) => problems)?.problems?.[0]?.name;
  if (name) exchange.errorCode = errorDictionary[name].errorCode;
}

/** Returns the address of the page that explains an error; without an origin it is relative. */
export function docUrlOf({ origin }: Pick<Exchange, 'origin'>, errorCode: number): string {
  return `${origin}/errors/${errorCode}`;
}

/** A name or an IP address, with any port. `URL` takes quotes and other signs too. */
const wellFormedHost = /^(?:[a-z\d](?:[a-z\d._-]{0,252})|\[[a-f\d:.]{2,45}\])(?::\d{1,5})?$/i;

function originAt(host: string | null): string {
  return host !== null && wellFormedHost.test(host) ? `http://${host}` : '';
}

/** Waits for a call about so many users; one that is refused as a whole, such as by 503, is noted as theirs. */
export async function noteRefusal<T>(exchange: Exchange, users: number, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Refusal) {
      const kind = error.entry === 'SERVICE_UNAVAILABLE' ? 'unavailable' : 'refused';
      noteOutcomes(exchange, Array<UserOutcome>(users).fill({ kind, problems: [{ name: error.entry }] }));
    }
    throw error;
  }
}
