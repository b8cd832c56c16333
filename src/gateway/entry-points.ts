import type { Logger } from 'pino';
import { makeTokenGrant } from '../access/token-grant.ts';
import { makeGraphql } from '../api/graphql/server/graphql.ts';
import { makeEdge } from '../api/http/edge.ts';
import type { Answered } from '../api/http/exchange.ts';
import { makeHealth } from '../api/http/health.ts';
import { printedSchema } from '../api/graphql/schema/schema.ts';
import { makeFailurePage } from '../api/pages/failure-page.ts';
import { makePages } from '../api/pages/make-pages.ts';
import { printedOpenapi } from '../api/rest/openapi.ts';
import { makeRest } from '../api/rest/rest.ts';
import { makeTokenCall } from '../api/rest/token.ts';
import type { makeMailbox } from '../mail/mailbox.ts';
import { type MailServer, verifySmtp } from '../mail/smtp-server.ts';
import type { OutboxStatus } from '../outbox/status.ts';
import { limitRepeats } from '../repeats.ts';
import { makeReadUsers } from '../users/read-users.ts';
import { documentedCall } from './banner.ts';
import type { Config } from './config.ts';
import type { Creation, Parts } from './creation.ts';
import type { Demo } from './demo.ts';
import { makeRequestLog } from './request-log.ts';
import { makeTally } from './tally.ts';

/** What the entry points need. */
export interface EntryPointNeeds {
  config: Config;
  parts: Parts;
  creation: Creation;
  mail: {
    mailbox: ReturnType<typeof makeMailbox>;
    /** null: mails go to the development mailbox. */
    server: MailServer | null;
    /** Tells what waits in the outbox. */
    status: () => Promise<OutboxStatus>;
  };
  /** null in production. */
  demo: Demo | null;
  isStopping: () => boolean;
  /** Called for each answered request, after the log. */
  watchers: readonly ((exchange: Answered) => void)[];
  log: Logger;
  withoutFastPath: boolean;
}

/** Makes GraphQL, REST, health and pages behind the HTTP edge. */
export function makeEntryPoints(needs: EntryPointNeeds) {
  const { config, parts, creation, mail, demo, isStopping, withoutFastPath } = needs;
  const { access, directory, limits, store } = parts;
  const { createUsers, updateUsers, upsertUsers, resendPassword, eraseUser } = creation;
  const { maxBodyBytes, production, publicUrl } = config;
  const { authenticate } = access;
  const readUsers = makeReadUsers(store.users, config.defaultCountry, limits);
  const log = limitedLog(needs.log);
  const tally = makeTally();
  const watchers = [makeRequestLog(log), tally.answered, ...needs.watchers];
  const health = makeHealth({
    pingDatabase: access.hasCompanies,
    outboxStatus: mail.status,
    mailServerAnswers: mail.server && (() => verifySmtp(mail.server!)),
    disk: store.disk,
    isStopping,
  });
  return makeEdge({
    graphql: makeGraphql({
      authenticate,
      createUsers,
      updateUsers,
      upsertUsers,
      readUsers,
      resendPassword,
      eraseUser,
      directory,
      schemaNeedsToken: production,
      maxBodyBytes,
      withoutFastPath,
      log,
    }),
    rest: makeRest({
      authenticate,
      createUsers,
      eraseUser,
      updateUsers,
      readUsers,
      directory,
      tokenCall: makeTokenCall(makeTokenGrant(access, limits.tokens)),
      maxBodyBytes,
      log,
    }),
    health,
    pages: makePages({
      printOpenapi: printedOpenapi,
      printSchema: printedSchema,
      isKnown: async (authorization) => (await authenticate(authorization)) !== null,
      readHealth: async () => (await health('/health/ready', 'GET'))!.json(),
      readOwn: async () => ({ users: (await demo?.lastUsers(store.users).catch(() => [])) ?? [], tally: tally.read() }),
      firstCall: async (origin) => {
        const details = await demo?.details();
        return details ? { ...details, curl: documentedCall(`${origin}/ruangkerja/users`, details.accessToken) } : null;
      },
      mailbox: mail.mailbox,
      smtpConfigured: mail.server !== null,
      demoToken: async () => (await demo?.details())?.accessToken ?? null,
      development: !production,
    }),
    failurePage: makeFailurePage({ development: !production }),
    isStopping,
    publicUrl,
    answered: (exchange) => watchers.forEach((watch) => watch(exchange)),
    log,
  });
}

/** Limits equal warnings to one a minute: here a warning is always the cause of a 503. */
function limitedLog(log: Logger) {
  return {
    debug: log.debug.bind(log),
    info: log.info.bind(log),
    warn: limitRepeats(log.warn.bind(log)),
    error: log.error.bind(log),
  };
}
