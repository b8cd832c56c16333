import type { Logger } from 'pino';
import { makeTokenGrant } from '../access/token-grant.ts';
import { makeEdge } from '../api/http/edge.ts';
import { makeGraphql } from '../api/graphql/server/graphql.ts';
import { makeHealth } from '../api/http/health.ts';
import { makeListener } from '../api/http/listener.ts';
import { makePages } from '../api/pages/make-pages.ts';
import { printedOpenapi } from '../api/rest/openapi.ts';
import { makeRest } from '../api/rest/rest.ts';
import { makeTokenCall } from '../api/rest/token.ts';
import type { Config } from './config.ts';
import { openDemo } from './demo.ts';
import { makeMailDelivery } from '../mail/mail-delivery.ts';
import { makeMailbox } from '../mail/mailbox.ts';
import type { Transport } from '../mail/ports.ts';
import { makeSmtpTransport } from '../mail/smtp.ts';
import { verifySmtp } from '../mail/smtp-server.ts';
import { makeCreation, openParts } from './creation.ts';
import { makePause } from '../passwords/event-loop-pause.ts';
import { purgeHourly } from './purge.ts';
import { limitRepeats } from '../repeats.ts';
import { isSqlite } from '../storage/store.ts';
import { makeReadUsers } from '../users/read-users.ts';

export interface AppNeeds {
  config: Config;
  /** 32 bytes: the configured key, or the development key. */
  secretKey: Buffer;
  log: Logger;
  now?: () => number;
  /** Takes the place of the mail server: tests record mails with it. */
  transport?: Transport;
  /** Takes GraphQL through Yoga's own HTTP layer: the tests compare both ways. */
  withoutFastPath?: boolean;
}

export type App = Awaited<ReturnType<typeof makeApp>>;

/** Puts the parts together. Opens the database and starts the delivery of the outbox; `close` ends both. */
export async function makeApp({ config, secretKey, log, now = Date.now, ...given }: AppNeeds) {
  const { store, limits, access, directory } = await openParts(config.databaseUrl, now, {
    rateLimit: config.rateLimit,
  });
  const mailbox = makeMailbox({ from: config.mailFrom, now });
  const { smtpUrl } = config;
  const mailServer = smtpUrl ? { url: smtpUrl, name: config.smtpName, requireTls: config.smtpRequireTls } : null;
  let stopping = false;
  const isStopping = (): boolean => stopping;
  const pause = makePause();
  const { createUsers, resendPassword, sealer, idempotency, warmUp, isBusy } = makeCreation({
    store,
    config,
    secretKey,
    rateLimit: limits.writes,
    countDryRun: limits.dryRuns,
    wakeDelivery: () => delivery.wake(),
    isStopping,
    now,
    // With Postgres every round trip would wait for the end of a pause.
    pause: isSqlite(config.databaseUrl) ? pause : undefined,
  });
  const delivery = makeMailDelivery({
    outbox: store.outbox,
    transport:
      given.transport ??
      (mailServer ? makeSmtpTransport({ server: mailServer, from: config.mailFrom }) : mailbox.transport),
    sealer,
    isBusy,
    domain: config.mailFrom.address.split('@')[1]!,
    locale: config.mailLocale,
    now,
    log,
  });
  const mailsWaitingForKey = () => store.outbox.countWaitingForKey(sealer.keyIds);
  const waiting = await mailsWaitingForKey();
  if (waiting > 0)
    log.error({ mails: waiting }, 'mails wait for the key that sealed them: give it as SECRET_KEY_PREVIOUS');
  const demo = config.production ? null : await openDemo({ access, directory, now });
  const readUsers = makeReadUsers(store.users, config.defaultCountry, limits);

  // At the doors a warning is always the cause of a 503.
  const doorLog = {
    debug: log.debug.bind(log),
    info: log.info.bind(log),
    warn: limitRepeats(log.warn.bind(log)),
    error: log.error.bind(log),
  };
  const { authenticate } = access;
  const { maxBodyBytes } = config;
  const stopPurging = purgeHourly({ store, idempotency, now, log });
  let delivered: Promise<void> | undefined;
  const beginStopping = (): void => {
    stopping = true;
    stopPurging();
    // Beside the last requests, not after them: a client and a mail server that both hang share the time of a stop.
    delivered ??= delivery.stop();
  };
  const edge = makeEdge({
    graphql: makeGraphql({
      authenticate,
      createUsers,
      readUsers,
      resendPassword,
      directory,
      schemaNeedsToken: config.production,
      maxBodyBytes,
      withoutFastPath: given.withoutFastPath ?? false,
      log: doorLog,
    }),
    rest: makeRest({
      authenticate,
      createUsers,
      readUsers,
      directory,
      tokenCall: makeTokenCall(makeTokenGrant(access, limits.tokens)),
      maxBodyBytes,
      log: doorLog,
    }),
    health: makeHealth({
      pingDatabase: access.hasCompanies,
      mailsWaitingForKey,
      mailServerAnswers: () => (mailServer ? verifySmtp(mailServer) : null),
      disk: store.disk,
      isStopping,
    }),
    pages: makePages({
      mailbox,
      smtpConfigured: mailServer !== null,
      printOpenapi: printedOpenapi,
      demoToken: async () => (await demo?.details())?.accessToken ?? null,
      development: !config.production,
    }),
    isStopping,
    log: doorLog,
  });

  return {
    /** Answers one request of the client at `address`. */
    fetch: (request: Request, address: string) => edge.fetch(request, { address, isLast: () => true }),
    access,
    directory,
    demo,
    /** Loads what the first creation needs and the start does not. */
    warmUp,
    /** The same for a node:http server. */
    listener: makeListener({ ...edge, trustProxy: config.trustProxy }),
    /** For each new connection of that server. */
    onConnection: pause.onConnection,
    /** From now on not ready, no new mail is tried, and each answer closes its connection. */
    beginStopping,
    /** Ends the delivery, mails in flight included, and closes the database. */
    close: async () => {
      beginStopping();
      await delivered;
      await store.close();
    },
  };
}
