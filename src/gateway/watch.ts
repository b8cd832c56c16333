import type { Edge } from '../api/http/edge.ts';
import type { SendMail } from '../mail/mail-delivery.ts';
import type { Config } from './config.ts';
import { bothStages } from './stages.ts';

/** What watches the gateway from outside. */
export type Watch = Awaited<ReturnType<typeof openWatch>>;

/**
 * Opens what watches the gateway: the metrics where METRICS_PORT is set, the traces where an `OTEL_…` variable is. What
 * is not wanted is not loaded, and puts nothing around anything.
 */
export async function openWatch({ metricsPort }: Pick<Config, 'metricsPort'>, traced: boolean) {
  const metrics = metricsPort === null ? null : (await import('./metrics.ts')).makeMetrics();
  const tracing = traced ? (await import('./tracing.ts')).makeTracing() : null;
  const isThere = <T>(one: T | undefined): one is T => one !== undefined;
  return {
    metrics,
    stages: bothStages(tracing?.stages ?? {}, metrics?.stages ?? {}),
    /** Called for each answered request. */
    answered: [metrics?.answered, tracing?.answered].filter(isThere),
    watchSend: (send: SendMail): SendMail =>
      [metrics?.watchSend, tracing?.watchSend].filter(isThere).reduce((inner, watch) => watch(inner), send),
    watchEdge: (edge: Edge): Edge => tracing?.watchEdge(edge) ?? edge,
    /** The W3C traceparent of the current span; undefined where there is none. */
    traceparent: tracing?.traceparent,
  };
}
