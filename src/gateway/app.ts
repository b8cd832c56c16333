import type { Logger } from 'pino';
import { makeListener } from '../api/http/listener.ts';
import { makeMailDelivery } from '../mail/mail-delivery.ts';
import { makeMailbox } from '../mail/mailbox.ts';
import type { Transport } from '../mail/ports.ts';
import { makeSmtpTransport } from '../mail/smtp.ts';
import { makePause } from '../passwords/event-loop-pause.ts';
import { isSqlite } from '../storage/store.ts';
import type { Config } from './config.ts';
import { makeCreation, openParts } from './creation.ts';
import { openDemo } from './demo.ts';
import { makeEntryPoints } from './entry-points.ts';
import { purgeHourly } from './purge.ts';
import { openWatch } from './watch.ts';

/** What the gateway needs. */
export interface AppNeeds {
  config: Config;
  /** 32 bytes: the configured key, or the development key. */
  secretKey: Buffer;
  log: Logger;
  now?: () => number;
  /** Replaces the mail server: tests record mails with it. */
  transport?: Transport;
  /** Takes GraphQL through Yoga's own HTTP layer: the tests compare both ways. */
  withoutFastPath?: boolean;
  /** Whether an SDK of OpenTelemetry takes traces. */
  traced?: boolean;
}

/** The gateway without its process: it answers requests and delivers mails. */
export type App = Awaited<ReturnType<typeof makeApp>>;

/** Opens the database, starts the delivery of the outbox and puts the parts together; `close` ends it. */
export async function makeApp({ config, secretKey, log, now = Date.now, ...given }: AppNeeds) {
  const { rateLimit } = config;
  const { store, limits, access, directory } = await openParts(config.databaseUrl, now, { rateLimit });
  let stopping = false;
  const isStopping = (): boolean => stopping;
  const pause = makePause();
  const watch = await openWatch(config, given.traced ?? false);
  const creation = makeCreation({
    store,
    config,
    secretKey,
    rateLimit: limits.writes,
    countDryRun: limits.dryRuns,
    countReads: (clientId, users) => limits.reads(clientId, 'one', users),
    wakeDelivery: () => delivery.wake(),
    isStopping,
    now,
    stages: watch.stages,
    traceparent: watch.traceparent,
    // On Postgres every round trip would wait for the end of a pause.
    pause: isSqlite(config.databaseUrl) ? pause : undefined,
  });
  const { sealer, idempotency } = creation;
  const mail = makeMail(config, now, given.transport);
  if (config.mailHold) await store.outbox.hold();
  const mailLimits = { perSecond: config.mailRate, perDay: config.mailDaily };
  const delivery = makeMailDelivery({
    outbox: store.outbox,
    transport: mail.transport,
    sealer,
    connections: config.mailConnections,
    limits: mailLimits,
    isBusy: creation.isBusy,
    watchSend: watch.watchSend,
    from: config.mailFrom,
    locale: config.mailLocale,
    signInUrl: config.signInUrl,
    replyTo: config.mailReplyTo,
    now,
    log,
  });
  const outboxStatus = () => store.outbox.status(sealer.keyIds, mailLimits);
  const { waitingForKey, heldAt } = await outboxStatus();
  if (heldAt) log.warn({ heldAt }, 'the delivery of mails is held: gateway mail release starts it');
  if (waitingForKey > 0)
    log.error({ mails: waitingForKey }, 'mails wait for the key that sealed them: give it as SECRET_KEY_PREVIOUS');
  const demo = config.production ? null : await openDemo({ access, directory, now });
  const entryPoints = makeEntryPoints({
    config,
    parts: { store, limits, access, directory },
    creation,
    mail: { ...mail, status: outboxStatus },
    demo,
    isStopping,
    watchers: watch.answered,
    log,
    withoutFastPath: given.withoutFastPath ?? false,
  });

  const edge = watch.watchEdge(entryPoints);
  const { disk, freeBytes } = store;
  const { hashQueueLength } = creation;
  watch.metrics?.watch({ pingDatabase: access.hasCompanies, outboxStatus, disk, freeBytes, hashQueueLength });

  const stopPurging = purgeHourly({ store, idempotency, now, log });
  let delivered: Promise<void> | undefined;
  const beginStopping = (): void => {
    stopping = true;
    stopPurging();
    // Beside the last requests, not after them: a client and a mail server that both hang share the time of a stop.
    delivered ??= delivery.stop();
  };
  return {
    /** Answers one request of the client at `address`. */
    fetch: (request: Request, address: string) => edge.fetch(request, { address, isLast: () => true }),
    access,
    directory,
    demo,
    /** null without METRICS_PORT. */
    metrics: watch.metrics,
    /** Loads what the first creation needs and the start does not. */
    warmUp: creation.warmUp,
    /** The same for a node:http server. */
    listener: makeListener({ ...edge, trustProxy: config.trustProxy }),
    /** To be called for each new connection of that server. */
    onConnection: pause.onConnection,
    /** From now on the gateway is not ready, tries no new mail, and closes the connection of each answer. */
    beginStopping,
    /** Ends the delivery, mails in flight included, and closes the database. */
    close: async () => {
      beginStopping();
      await delivered;
      mail.close();
      await store.close();
    },
  };
}

/** Chooses where mails go: to the mail server, or to the development mailbox without one. */
function makeMail(config: Config, now: () => number, transport: Transport | undefined) {
  const { smtpUrl, smtpName, smtpRequireTls } = config;
  const mailbox = makeMailbox({ now });
  const server = smtpUrl ? { url: smtpUrl, name: smtpName, requireTls: smtpRequireTls } : null;
  const smtp = server ? makeSmtpTransport({ server, perSecond: config.mailRate }) : null;
  return { mailbox, server, transport: transport ?? smtp ?? mailbox.transport, close: () => smtp?.close() };
}
