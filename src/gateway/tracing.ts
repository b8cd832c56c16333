import { type Attributes, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Edge } from '../api/http/edge.ts';
import type { Answered } from '../api/http/exchange.ts';
import type { SendMail } from '../mail/mail-delivery.ts';
import { endSpan } from './end-span.ts';
import { traceGraphql } from './graphql-spans.ts';
import type { Around, Stages } from './stages.ts';
import { makeTraceContext, withRemote } from './trace-context.ts';

interface HeadersLike {
  get(name: string): string | null;
}

/**
 * Makes the traces of this process: spans of requests, of what graphql-js publishes, of the stages of a creation and of
 * mails. The operator's SDK takes them; without one they go nowhere (docs/decisions/0075). A span holds no value of a
 * request: no variable, no document, no message of an error.
 */
export function makeTracing() {
  const tracer = trace.getTracer('ruangkerja-gateway');
  const traceContext = makeTraceContext();
  const { active, within, traceparent } = traceContext;
  traceGraphql(tracer, traceContext);

  function stage(name: string): Around {
    return async (work) => {
      const parent = active();
      const span = tracer.startSpan(name, {}, parent);
      try {
        const result = await within(parent, span, work);
        endSpan(span);
        return result;
      } catch (error) {
        endSpan(span, error);
        throw error;
      }
    };
  }

  async function request<T>(headers: HeadersLike, work: () => Promise<T>): Promise<T> {
    // Where the SDK makes spans of Node's requests, ours stands inside.
    const outer = active();
    const parent = trace.getSpan(outer)
      ? outer
      : withRemote(outer, headers.get('traceparent'), headers.get('tracestate'));
    const span = tracer.startSpan('request', { kind: SpanKind.SERVER }, parent);
    return within(parent, span, work).finally(() => span.end());
  }

  return {
    /** Makes a span of each request but those of probes. */
    watchEdge: ({ fetch, post, ...edge }: Edge): Edge => ({
      ...edge,
      fetch: (incoming, peer) =>
        new URL(incoming.url).pathname.startsWith('/health/')
          ? fetch(incoming, peer)
          : request(incoming.headers, () => fetch(incoming, peer)),
      post: (incoming, peer) => request(incoming.headers, () => post(incoming, peer)),
    }),

    /** Names the span of a request by its record. */
    answered({ method = '', route, operation, status, errorCode, requestId }: Answered): void {
      const span = trace.getSpan(active());
      if (!span) return;
      const attributes: Attributes = {
        'http.request.method': route && method,
        'http.route': route,
        'http.response.status_code': status,
        'graphql.operation.name': operation,
        'ruangkerja.error_code': errorCode,
        'ruangkerja.request_id': requestId,
      };
      for (const [key, value] of Object.entries(attributes)) if (value !== undefined) span.setAttribute(key, value);
      if (route) span.updateName(`${method} ${route}`);
      if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    },

    stages: {
      lookUp: stage('look-up'),
      hash: stage('hash'),
      fastHash: stage('hash'),
      commit: stage('commit'),
    } satisfies Stages,

    traceparent,

    /** Makes a span of each attempt to send a mail, in the trace of the request that queued it. */
    watchSend:
      (send: SendMail): SendMail =>
      async (due, ...given) => {
        const parent = withRemote(ROOT_CONTEXT, due.traceparent);
        const attributes = { 'ruangkerja.outbox_id': due.id, 'ruangkerja.attempt': due.attempts };
        const span = tracer.startSpan('mail', { kind: SpanKind.CLIENT, attributes }, parent);
        const result = await within(parent, span, () => send(due, ...given));
        span.setAttribute('ruangkerja.outcome', result.kind);
        if (result.kind !== 'accepted') span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
        return result;
      },
  };
}
