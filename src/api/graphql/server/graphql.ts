import type { DocumentNode } from 'graphql';
import type { Caller } from '../../../access/ports.ts';
import { Refusal } from '../../../errors/error-dictionary.ts';
import { acceptedType } from '../../http/accept.ts';
import { type Exchange, identified } from '../../http/exchange.ts';
import { idempotencyKeyOf } from '../../http/idempotency-key.ts';
import { type PlainRequest, type PlainResponse, toPlainResponse } from '../../http/plain.ts';
import { readBody } from '../../http/read-body.ts';
import { type ErrorLog, toRefusal } from '../../http/to-refusal.ts';
import { refusalError } from './cheap-errors.ts';
import { makeFastPath, parseSingleOperation } from './fast-path.ts';
import { makeIdentifyStranger } from './identify-strangers.ts';
import { type ContextNeeds, makeContextOf } from './make-context.ts';
import { makePublish } from './publish-result.ts';
import type { ServerContext } from './server-context.ts';
import { makeYoga } from './yoga.ts';

/** What the GraphQL entry point calls. */
export interface GraphqlNeeds extends ContextNeeds {
  authenticate: (authorization: string | null) => Promise<Caller | null>;
  /** In production only clients may learn the schema. */
  schemaNeedsToken: boolean;
  maxBodyBytes: number;
  /** Takes every request through Yoga's own HTTP layer: the tests compare both ways. */
  withoutFastPath: boolean;
  log: ErrorLog;
}

/** Makes the entry point of `/graphql`: GraphQL over HTTP, `application/json` by POST, queries also by GET. */
export function makeGraphql(needs: GraphqlNeeds) {
  const { authenticate, schemaNeedsToken, maxBodyBytes, withoutFastPath, log } = needs;
  const documents = new Map<string, DocumentNode>();
  const publish = makePublish(log);
  const identify = makeIdentifyStranger(documents, schemaNeedsToken);
  const yoga = makeYoga({ documents, schemaNeedsToken, contextOf: makeContextOf(needs), identify, publish });
  const fastPath = makeFastPath({ yoga, documents, identify, publish });

  /** Answers one request; never throws. */
  return async function graphql(request: PlainRequest, exchange: Exchange): Promise<PlainResponse> {
    try {
      const mediaType = mediaTypeOf(request);
      const body = request.method === 'POST' ? await bodyOf(request) : null;
      const params = body === null || withoutFastPath ? null : parseSingleOperation(body);
      const context = contextOf(request, exchange);
      if (params) return await fastPath(request, params, mediaType, context);
      return await toPlainResponse(await yoga.fetch(fetchRequest(request, body, mediaType), context));
    } catch (error) {
      return refusalResponse(toRefusal(error, exchange, log), exchange);
    }
  };

  /** JSON alone: any page in a browser could send a form (`docs/decisions/0025`). Throws 415, 413, 401 or 400. */
  async function bodyOf(request: PlainRequest): Promise<string> {
    const isKnown = async () => (await authenticate(request.headers.get('authorization'))) !== null;
    return (await readBody(request, ['application/json'], maxBodyBytes, isKnown)).text;
  }

  function contextOf({ headers }: PlainRequest, exchange: Exchange): ServerContext {
    let lookUp: Promise<Caller | null> | undefined;
    const caller = () =>
      (lookUp ??= authenticate(headers.get('authorization')).then((known) => known && identified(exchange, known)));
    return { exchange, caller, idempotencyKey: idempotencyKeyOf(headers), isStranger: false };
  }
}

/**
 * Returns the media type of the answer, one of the two that are not streamed; throws 406. Yoga refuses wrong methods.
 */
function mediaTypeOf({ method, headers }: PlainRequest): string {
  if (method !== 'POST' && method !== 'GET') return 'application/json';
  const mediaType = acceptedType(headers.get('accept'), ['application/json', 'application/graphql-response+json']);
  if (!mediaType) throw new Refusal('NOT_ACCEPTABLE');
  return mediaType;
}

/** The request as Yoga's HTTP layer takes it. */
function fetchRequest({ method, url }: PlainRequest, body: string | null, mediaType: string): Request {
  const headers = new Headers({ Accept: mediaType, ...(body !== null && { 'Content-Type': 'application/json' }) });
  // The Fetch API has no TRACE. Yoga refuses OPTIONS in the same way.
  return new Request(url, { method: method === 'TRACE' ? 'OPTIONS' : method, headers, body });
}

function refusalResponse(refusal: Refusal, exchange: Exchange): PlainResponse {
  const error = refusalError(refusal, exchange);
  const { status, headers } = error.extensions.http;
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ errors: [error] }),
  };
}
