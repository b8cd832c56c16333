import { type TracingChannel, tracingChannel } from 'node:diagnostics_channel';
import { type Context, type Span, trace, type Tracer } from '@opentelemetry/api';
import { endSpan } from './end-span.ts';
import type { TraceContext } from './trace-context.ts';

/** What graphql-js publishes, of what is used here. */
interface Message {
  operationType?: string | undefined;
  error?: unknown;
}

/** Makes a span of each parse, validation and execution. Resolvers are left alone: each field would be a span. */
export function traceGraphql(tracer: Tracer, traceContext: TraceContext): void {
  for (const name of ['graphql:parse', 'graphql:validate', 'graphql:execute'])
    traceChannel(tracingChannel(name), (parent) => tracer.startSpan(name.replace(':', '.'), {}, parent), traceContext);
}

function traceChannel(
  channel: TracingChannel<Message, Context>,
  startSpan: (parent: Context) => Span,
  { storage, active }: TraceContext,
): void {
  const spans = new WeakMap<Message, Span>();
  const end = (message: Message): void => {
    const span = spans.get(message);
    if (span) endSpan(span, message.error);
    spans.delete(message);
  };
  channel.start.bindStore(storage, (message) => {
    const parent = active();
    const span = startSpan(parent);
    if (message.operationType) span.setAttribute('graphql.operation.type', message.operationType);
    spans.set(message, span);
    return trace.setSpan(parent, span);
  });
  // When the synchronous part of a call ends, an asynchronous one has neither result nor error yet.
  channel.end.subscribe((given) => {
    const message = given as Message;
    if ('result' in message || 'error' in message) end(message);
  });
  channel.asyncEnd.subscribe((message) => end(message as Message));
}
