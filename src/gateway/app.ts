import type { Logger } from 'pino';
import { makeRateLimit } from '../access/rate-limit.ts';
import { makeTokenGrant } from '../access/token-grant.ts';
import { makeEdge } from '../api/http/edge.ts';
import { makeGraphql } from '../api/graphql/server/graphql.ts';
import { makeHealth } from '../api/http/health.ts';
import { makeListener } from '../api/http/listener.ts';
import { makePages } from '../api/pages/make-pages.ts';
import { makeRest } from '../api/rest/rest.ts';
import { makeTokenCall } from '../api/rest/token.ts';
import type { Config } from './config.ts';
import { openDemo } from './demo.ts';
import { makeDelivery } from '../mail/deliver.ts';
import { makeMailbox } from '../mail/mailbox.ts';
import type { Transport } from '../mail/ports.ts';
import { makeSmtpTransport, verifySmtp } from '../mail/smtp.ts';
import { makeCreation, openParts } from './creation.ts';
import { makePause } from '../passwords/pause.ts';
import { purgeHourly } from './purge.ts';
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
  /** Takes GraphQL through Yoga's own HTTP layer: tests compare both ways. */
  withoutLeanWay?: boolean;
}

export type App = Awaited<ReturnType<typeof makeApp>>;

/** Puts the parts together. Opens the database and starts the delivery of the outbox; `close` ends both. */
export async function makeApp({ config, secretKey, log, now = Date.now, ...given }: AppNeeds) {
  const { store, access, directory } = await openParts(config.databaseUrl, now);
  const mailbox = makeMailbox({ from: config.mailFrom, now });
  const smtpUrl = config.smtpUrl;
  let stopping = false;
  const isStopping = (): boolean => stopping;
  const rateLimit = makeRateLimit(config.rateLimit, store.access);
  const pause = makePause();
  const { createUsers, resendPassword, sealer, idempotency, warmUp, isBusy } = makeCreation({
    store,
    config,
    secretKey,
    rateLimit,
    wakeDelivery: () => delivery.wake(),
    isStopping,
    now,
    // With Postgres every round trip would wait for the end of a pause.
    pause: isSqlite(config.databaseUrl) ? pause.plan : undefined,
  });
  const delivery = makeDelivery({
    outbox: store.outbox,
    transport:
      given.transport ?? (smtpUrl ? makeSmtpTransport({ url: smtpUrl, from: config.mailFrom }) : mailbox.transport),
    sealer,
    isBusy,
    domain: config.mailFrom.address.split('@')[1]!,
    locale: config.mailLocale,
    now,
    log,
  });
  const demo = config.production ? null : await openDemo({ access, directory, now });
  const readUsers = makeReadUsers(store.users);

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
      withoutLeanWay: given.withoutLeanWay ?? false,
      log,
    }),
    rest: makeRest({
      authenticate,
      createUsers,
      readUsers,
      directory,
      tokenCall: makeTokenCall(makeTokenGrant(access)),
      maxBodyBytes,
      log,
    }),
    health: makeHealth({
      pingDatabase: access.hasCompanies,
      mailServerAnswers: () => (smtpUrl ? verifySmtp(smtpUrl) : null),
      isStopping,
    }),
    pages: makePages({
      mailbox,
      smtpConfigured: smtpUrl !== null,
      demoToken: async () => (await demo?.details())?.accessToken ?? null,
      development: !config.production,
    }),
    isStopping,
    log,
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
