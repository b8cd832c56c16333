import { type Environment, loadConfig } from '../gateway/config.ts';
import type { ImportOptions } from '../import/import-rows.ts';
import type { UsedKeys } from '../users/conflicts.ts';
import type { UpsertMode } from '../users/plan-upserts.ts';
import type { Say } from './command.ts';
import { CommandError, exitConfig } from './command-error.ts';

/** The variables that an import uses: it sends no mail. */
const variables = [
  'DATABASE_URL',
  'SECRET_KEY',
  'SECRET_KEY_PREVIOUS',
  'DEFAULT_COUNTRY',
  'PASSWORD_MIN_LENGTH',
  'GENERATED_PASSWORD_HASH',
];

/** The options of `gateway import` that say where the users are created. */
export interface ImportArguments {
  company?: string;
  url?: string;
  clientId?: string;
  clientSecret?: string;
  dryRun?: boolean;
}

/** What a target needs of the command. */
export interface TargetNeeds {
  env: Environment;
  /** Changes users who are there; null only creates. */
  mode: UpsertMode | null;
  /** The keys of the rows before, in a dry run; else null. */
  dryRun: UsedKeys | null;
  signal: AbortSignal;
  say: Say;
}

/** Where the users are written; `close` ends it. */
export type OpenTarget = Pick<ImportOptions, 'target' | 'yieldToOtherWriters'> & { close: () => Promise<void> };

/** Opens the gateway at `--url`, or the database for `--company`. Throws `CommandError` when it cannot. */
export async function openTarget(given: ImportArguments, needs: TargetNeeds): Promise<OpenTarget> {
  return given.url === undefined ? openStoreTarget(given.company!, needs) : openGatewayTarget(given.url, given, needs);
}

async function openStoreTarget(code: string, { env, mode, dryRun, signal, say }: TargetNeeds): Promise<OpenTarget> {
  const loaded = loadConfig(env, variables);
  if (loaded.kind === 'wrong') throw new CommandError(loaded.problems.join('\n'), exitConfig);
  const { config } = loaded;
  const [{ open }, { makeCreation }, { developmentSecretKey }, { makeStoreTarget }] = await Promise.all([
    import('./open.ts'),
    import('../gateway/creation.ts'),
    import('../gateway/secret-key.ts'),
    import('../import/into-store.ts'),
  ]);
  const { store, findCompany, close } = await open(env, say, { mustExist: true });
  try {
    const { id: companyId } = await findCompany(code);
    const { importUsers } = makeCreation({
      store,
      config,
      secretKey: config.secretKey ?? developmentSecretKey('data'),
      rateLimit: async () => undefined,
      // A running gateway finds the mails in the outbox.
      wakeDelivery: () => undefined,
      now: Date.now,
    });
    return {
      target: makeStoreTarget({ importUsers, companyId, mode, dryRun, signal }),
      yieldToOtherWriters: store.yieldToOtherWriters,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openGatewayTarget(url: string, given: ImportArguments, needs: TargetNeeds): Promise<OpenTarget> {
  const { env, mode, dryRun, signal, say } = needs;
  const [{ makeApiClient }, { makeGatewayTarget }] = await Promise.all([
    import('../import/api-client.ts'),
    import('../import/into-gateway.ts'),
  ]);
  const clientSecret = given.clientSecret ?? env['CLIENT_SECRET'];
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url))
    throw new CommandError('error: --url must be the address of a gateway, e.g. https://gateway.example.com');
  if (!given.clientId || !clientSecret)
    throw new CommandError(
      'error: --url needs --client-id, and the secret in the variable CLIENT_SECRET or in --client-secret',
    );
  const call = makeApiClient({ url, credentials: { clientID: given.clientId, clientSecret }, signal, onWait: say });
  return { target: makeGatewayTarget({ call, dryRun, mode }), close: async () => undefined };
}
