import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../../outbox/describe-error.ts';
import { pathOf } from '../../storage/address.ts';
import { isSqlite } from '../../storage/store.ts';
import { type Config, type Environment, loadConfig } from '../config.ts';
import { checkDatabase } from './check-database.ts';
import { checkDisk, checkFiles, checkNode } from './check-machine.ts';
import { checkMailServer } from './check-mail-server.ts';
import { askGateway, askMetrics, checkPort } from './check-port.ts';
import { failed, type Finding, ok, skipped } from './finding.ts';

/** What the examination needs. */
export interface ExamineNeeds {
  env: Environment;
  /** Where development keeps its files; default `data`. */
  folder?: string;
  /** Milliseconds since 1970; default the clock of this machine. */
  now?: () => number;
}

/**
 * Examines a gateway and what it depends on. It reads only: it makes no file and no folder, sends no mail and changes
 * nothing, so that it may run before the first start and beside a running gateway.
 */
export async function examine({ env, folder = 'data', now = Date.now }: ExamineNeeds): Promise<Finding[]> {
  const production = env['NODE_ENV'] === 'production';
  /** Makes checks with the variables that they use, or says that these are wrong. */
  const withConfig = async (
    checks: readonly string[],
    used: readonly string[],
    work: (config: Config) => Promise<Finding[]> | Finding[],
  ): Promise<Finding[]> => {
    const loaded = loadConfig(env, used);
    if (loaded.kind === 'wrong') return checks.map((check) => skipped(check, 'its variables are wrong'));
    try {
      return await work(loaded.config);
    } catch (error) {
      const remedy = 'this is a surprise: look at the place that the message names';
      return [failed(checks[0]!, describeError(error), remedy)];
    }
  };

  const findings = await Promise.all([
    [checkNode(process.versions.node), ...checkConfiguration(env)],
    withConfig(['files', 'disk'], ['DATABASE_URL'], ({ databaseUrl }) => {
      const database = isSqlite(databaseUrl) ? pathOf(databaseUrl) : null;
      return [checkFiles({ database, folder: production ? null : folder }), checkDisk(database)];
    }),
    withConfig(['database', 'migrations', 'clock', 'secret key'], ['DATABASE_URL'], ({ databaseUrl }) =>
      checkDatabase({ databaseUrl, secretKeys: secretKeysOf(env, folder), now }),
    ),
    withConfig(['mail server', 'SMTP_NAME'], ['SMTP_URL', 'SMTP_NAME', 'MAIL_FROM'], (config) => {
      const { smtpUrl, smtpName, smtpRequireTls } = config;
      const server = smtpUrl ? { url: smtpUrl, name: smtpName, requireTls: smtpRequireTls } : null;
      return checkMailServer(server, production);
    }),
    withConfig(['PORT'], ['HOST', 'PORT'], async ({ host, port }) => {
      const variables = { host: 'HOST', port: 'PORT' };
      return [await checkPort({ variables, host, port, ask: askGateway })];
    }),
    withConfig(['METRICS_PORT'], ['METRICS_HOST', 'METRICS_PORT'], async ({ metricsHost, metricsPort }) => {
      const variables = { host: 'METRICS_HOST', port: 'METRICS_PORT' };
      if (metricsPort === null) return [skipped('METRICS_PORT', 'is not set: there are no metrics')];
      return [await checkPort({ variables, host: metricsHost, port: metricsPort, ask: askMetrics })];
    }),
  ]);
  return findings.flat();
}

function checkConfiguration(env: Environment): Finding[] {
  const loaded = loadConfig(env);
  if (loaded.kind === 'loaded')
    return [ok('configuration', `is complete for ${loaded.config.production ? 'production' : 'development'}`)];
  return loaded.problems.map((problem) => failed('configuration', problem, 'set it for the gateway and this command'));
}

/** Returns the configured keys, or that of development if it exists; null where they are wrong. */
function secretKeysOf(env: Environment, folder: string): Buffer[] | null {
  const loaded = loadConfig(env, ['SECRET_KEY', 'SECRET_KEY_PREVIOUS']);
  if (loaded.kind === 'wrong') return null;
  const { secretKey, secretKeyPrevious } = loaded.config;
  const current = secretKey ?? keptKey(join(folder, 'secret.key'));
  return [current, secretKeyPrevious].filter((key) => key !== null);
}

function keptKey(file: string): Buffer | null {
  try {
    const key = Buffer.from(readFileSync(file, 'utf8'), 'base64');
    return key.length === 32 ? key : null;
  } catch {
    return null;
  }
}
