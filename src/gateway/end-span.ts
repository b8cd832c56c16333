import { type Span, SpanStatusCode } from '@opentelemetry/api';

/** Ends a span. One that failed names the class of its error alone: the message may quote a value. */
export function endSpan(span: Span, error?: unknown): void {
  if (error !== undefined) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
  }
  span.end();
}
