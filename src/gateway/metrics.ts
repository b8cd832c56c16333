import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Answered } from '../api/http/exchange.ts';
import { errorDictionary, type ErrorName, unavailabilities } from '../errors/error-dictionary.ts';
import type { SendMail } from '../mail/mail-delivery.ts';
import type { SendResult } from '../outbox/kind.ts';
import { addProcessMetrics } from './process-metrics.ts';
import type { Around, Stages } from './stages.ts';
import { addStoreMetrics, type StoreMetricsNeeds } from './store-metrics.ts';
import { readVersion } from './version.ts';

/** In seconds; those of requests are OpenTelemetry's advice for HTTP. */
const buckets = {
  request: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  stage: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
};
/** Any other is `_OTHER`, as OpenTelemetry writes it. */
const methods: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'];
/** What an attempt to send a mail may come to. */
const attemptOutcomes: Record<SendResult['kind'], true> = {
  accepted: true,
  failed: true,
  unavailable: true,
  limited: true,
  'refused for good': true,
  unreadable: true,
};
const transports = ['graphql', 'rest', 'import'];

/** The dictionary's numbers below 1000, which refuse a request as a whole, and their names. */
const refusals = new Map(
  Object.entries(errorDictionary)
    .filter(([, { errorCode }]) => errorCode < 1_000)
    .map(([name, { errorCode }]): [number, string] => [errorCode, name.toLowerCase()]),
);

/** The metrics of this process. */
export type Metrics = ReturnType<typeof makeMetrics>;

/**
 * Makes the metrics of this process; docs/operate.md lists them. Every label is a closed list of our own, whatever a
 * client sends (docs/decisions/0073).
 */
export function makeMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });

  const requests = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Time to the answer of a request.',
    labelNames: ['route', 'method', 'status'],
    buckets: buckets.request,
    registers,
  });
  const operations = new Histogram({
    name: 'graphql_operation_duration_seconds',
    help: 'Time to the answer of a GraphQL operation.',
    labelNames: ['operation', 'outcome'],
    buckets: buckets.request,
    registers,
  });
  const users = counter(
    'ruangkerja_users_total',
    'Users that were asked to be created, changed or erased, by what became of them.',
    'transport',
    'outcome',
    'error_code',
  );
  const replays = counter('ruangkerja_idempotent_replays_total', 'Calls that got the result of an earlier one.');
  const rateLimited = counter('ruangkerja_rate_limited_total', 'Requests that a rate limit refused.');
  const refused = counter('ruangkerja_refused_total', 'Requests that were refused as a whole.', 'cause');
  const attempts = counter('ruangkerja_mail_attempts_total', 'Attempts to send a mail, by their outcome.', 'outcome');
  const hashes = new Histogram({
    name: 'ruangkerja_hash_seconds',
    help: 'Time of a hash that passes the queue, its wait there included.',
    buckets: buckets.stage,
    registers,
  });
  const commits = new Histogram({
    name: 'ruangkerja_commit_seconds',
    help: 'Time until the transaction of users is committed.',
    buckets: buckets.stage,
    registers,
  });
  new Gauge({
    name: 'ruangkerja_build_info',
    help: 'The version of the gateway and of Node.',
    labelNames: ['version', 'node'],
    registers,
  }).set({ version: readVersion(), node: process.versions.node }, 1);
  addProcessMetrics(registry);

  // A counter that appears with its first event hides it from `increase()`.
  for (const transport of transports) users.inc({ transport, outcome: 'created', error_code: '' }, 0);
  for (const cause of [...refusals.values(), ...Object.keys(unavailabilities)]) refused.inc({ cause }, 0);
  for (const outcome of Object.keys(attemptOutcomes)) attempts.inc({ outcome: labelOf(outcome) }, 0);

  return {
    /** Prints every metric as Prometheus reads it. */
    print: () => registry.metrics(),
    contentType: registry.contentType,

    /** Adds the metrics that are read from the store and the hash queue. */
    watch: (store: StoreMetricsNeeds): void => addStoreMetrics(registry, store),

    /** Counts a request that was answered. */
    answered(exchange: Answered): void {
      const { method = '', route, operation = 'none', status, ms, errorCode } = exchange;
      const tookSeconds = ms / 1_000;
      const knownMethod = methods.includes(method) ? method : '_OTHER';
      requests.observe({ route: route ?? 'none', method: knownMethod, status }, tookSeconds);
      if (route === '/graphql') operations.observe({ operation, outcome: outcomeOf(exchange) }, tookSeconds);
      if (exchange.replays) replays.inc(exchange.replays);
      if (exchange.outcomes) {
        const transport = exchange.isImport ? 'import' : route === '/graphql' ? 'graphql' : 'rest';
        for (const { kind, problems } of exchange.outcomes)
          users.inc({ transport, outcome: kind, error_code: problems ? codeOf(problems[0]!.name) : '' });
      }
      const refusal = refusals.get(errorCode ?? (status < 400 ? 0 : status));
      // A batch that was stopped half-way by a 503 is answered all the same.
      if (refusal === undefined || (errorCode === 503 && status < 400)) return;
      refused.inc({ cause: exchange.unavailability ?? refusal });
      if (refusal === 'too_many_requests') rateLimited.inc();
    },

    /** Counts the attempts of a function that sends mails. */
    watchSend:
      (send: SendMail): SendMail =>
      async (...given) => {
        const result = await send(...given);
        attempts.inc({ outcome: labelOf(result.kind) });
        return result;
      },

    stages: { hash: timed(hashes), commit: timed(commits) } satisfies Stages,
  };
}

function timed(histogram: Histogram): Around {
  return async (work) => {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      histogram.observe((performance.now() - startedAt) / 1_000);
    }
  };
}

function outcomeOf({ status, errorCode }: Answered): string {
  if (status === 503 || errorCode === 503) return 'unavailable';
  if (status >= 500 || errorCode === 500) return 'failed';
  return errorCode === undefined && status < 400 ? 'ok' : 'refused';
}

const codeOf = (name: ErrorName): string => String(errorDictionary[name].errorCode);
const labelOf = (kind: string): string => kind.replaceAll(' ', '_');
