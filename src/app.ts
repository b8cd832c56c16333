import { availableParallelism } from 'node:os';
import type { CountryCode } from 'libphonenumber-js';
import type { Logger } from 'pino';
import { makeAccess } from './access/access.ts';
import { makeRateLimit } from './access/rate-limit.ts';
import { makeTokenGrant } from './access/token-grant.ts';
import { makeEdge, refuseAddress } from './api/edge.ts';
import { makeGraphql } from './api/graphql/graphql.ts';
import { makeHealth } from './api/health.ts';
import { makePages } from './api/pages/make-pages.ts';
import { makeRest } from './api/rest/rest.ts';
import { makeTokenCall } from './api/rest/token.ts';
import type { Config } from './config.ts';
import { openDemo } from './demo.ts';
import { makeDelivery } from './mail/deliver.ts';
import { makeMailbox } from './mail/mailbox.ts';
import type { Transport } from './mail/ports.ts';
import { makeSealer } from './mail/seal.ts';
import { makeSmtpTransport, verifySmtp } from './mail/smtp.ts';
import { purgeHourly } from './purge.ts';
import { openStore } from './storage/store.ts';
import { makeCreateUsers } from './users/create-users.ts';
import { makeDirectory } from './users/directory.ts';
import { makeHasher } from './users/hash.ts';
import { makeIdempotency } from './users/idempotency.ts';
import { loadCommonPasswords } from './users/password.ts';
import { makeReadUsers } from './users/read-users.ts';
import { makeResendPassword } from './users/resend-password.ts';
import { uuidv7 } from './uuid.ts';

export interface AppNeeds {
  config: Config;
  /** 32 bytes: the configured key, or the development key. */
  secretKey: Buffer;
  log: Logger;
  now?: () => number;
  /** Takes the place of the mail server: tests record mails with it. */
  transport?: Transport;
}

export type App = Awaited<ReturnType<typeof makeApp>>;

/** Puts the parts together. Opens the database and starts the delivery of the outbox; `close` ends both. */
export async function makeApp({ config, secretKey, log, now = Date.now, ...given }: AppNeeds) {
  const store = await openStore(config.databaseUrl, now);
  const access = makeAccess({ store: store.access, now });
  const directory = makeDirectory({ store: store.directory, now });
  const mailbox = makeMailbox({ from: config.mailFrom, now });
  const smtpUrl = config.smtpUrl;
  const sealer = makeSealer({ current: secretKey, previous: config.secretKeyPrevious ?? undefined });
  const delivery = makeDelivery({
    outbox: store.outbox,
    transport: given.transport ?? (smtpUrl ? makeSmtpTransport({ url: smtpUrl, from: config.mailFrom }) : mailbox.transport),
    sealer,
    domain: config.mailFrom.address.split('@')[1]!,
    locale: config.mailLocale,
    now,
    log,
  });
  const demo = config.production ? null : await openDemo({ access, directory, now });
  let commonPasswords: Promise<ReadonlySet<string>> | undefined;
  const warmUp = () =>
    (commonPasswords ??= loadCommonPasswords().catch((error: unknown) => {
      commonPasswords = undefined;
      throw error;
    }));
  const secretKeys = config.secretKeyPrevious ? [secretKey, config.secretKeyPrevious] : [secretKey];
  const idempotency = makeIdempotency({ store: store.idempotency, secretKeys });
  const hasher = makeHasher({ concurrency: availableParallelism(), generatedPasswordHash: config.generatedPasswordHash });
  const rateLimit = makeRateLimit(config.rateLimit, store.access);
  const sealMail = (userSerial: string, password: string) => {
    const id = uuidv7(now());
    return { id, sealed: sealer.seal(id, userSerial, password) };
  };
  const createUsers = makeCreateUsers({
    store: store.users,
    idempotency,
    hasher,
    rules: async () => ({
      defaultCountry: config.defaultCountry as CountryCode,
      passwordMinLength: config.passwordMinLength,
      commonPasswords: await warmUp(),
    }),
    rateLimit,
    sealMail,
    wakeDelivery: delivery.wake,
    now,
  });
  const readUsers = makeReadUsers(store.users);
  const resendPassword = makeResendPassword({
    store: store.users, hasher, passwordMinLength: config.passwordMinLength, rateLimit, sealMail, wakeDelivery: delivery.wake, now,
  });

  let stopping = false;
  const isStopping = (): boolean => stopping;
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
  const fetch = makeEdge({
    graphql: makeGraphql({ authenticate, createUsers, findUser: store.users.find, readUsers, resendPassword, directory, introspectionNeedsToken: config.production, log }),
    rest: makeRest({ authenticate, createUsers, readUsers, directory, tokenCall: makeTokenCall(makeTokenGrant(access)), maxBodyBytes, log }),
    health: makeHealth({ pingDatabase: access.hasCompanies, mailServerAnswers: () => (smtpUrl ? verifySmtp(smtpUrl) : null), isStopping }),
    pages: makePages({ mailbox, smtpConfigured: smtpUrl !== null, demoToken: async () => (await demo?.details())?.accessToken ?? null, development: !config.production }),
    maxBodyBytes,
    isStopping,
    log,
  });

  return {
    /** Answers one request of the peer at `address`. */
    fetch,
    access,
    directory,
    demo,
    /** Loads what the first creation needs and the start does not. */
    warmUp,
    /** Answers a request whose Host header names no address, so that there is no Request to `fetch`. */
    refuseAddress,
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
