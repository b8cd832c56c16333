import { AsyncLocalStorage } from 'node:async_hooks';
import { type Context, context, createTraceState, isSpanContextValid, type Span, trace } from '@opentelemetry/api';

/** What carries the current span through asynchronous calls. */
export type TraceContext = ReturnType<typeof makeTraceContext>;

/**
 * Makes what carries the current span through asynchronous calls. Not by the SDK's context alone: a channel of
 * diagnostics can bind only a storage that is given to it.
 */
export function makeTraceContext() {
  const storage = new AsyncLocalStorage<Context>();
  const active = (): Context => storage.getStore() ?? context.active();
  return {
    storage,
    active,
    /** Runs a piece of work inside of a span. */
    within<T>(parent: Context, span: Span, work: () => T): T {
      const inner = trace.setSpan(parent, span);
      return storage.run(inner, () => context.with(inner, work));
    },
    /** Writes the current span as the header of W3C Trace Context; undefined where there is none. */
    traceparent(): string | undefined {
      const span = trace.getSpanContext(active());
      if (!span || !isSpanContextValid(span)) return undefined;
      return `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, '0')}`;
    },
  };
}

/** Puts the span of a `traceparent` into a context; a header that is not well-formed counts as none. */
export function withRemote(outer: Context, traceparent?: string | null, tracestate?: string | null): Context {
  const wellFormed = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-|$)/;
  const [, traceId = '', spanId = '', flags = ''] = wellFormed.exec(traceparent ?? '') ?? [];
  const span = {
    traceId,
    spanId,
    // The other bits have no meaning yet.
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(tracestate && { traceState: createTraceState(tracestate) }),
  };
  return isSpanContextValid(span) ? trace.setSpanContext(outer, span) : outer;
}
