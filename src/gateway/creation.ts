import { availableParallelism } from 'node:os';
import type { CountryCode } from 'libphonenumber-js/max';
import { makeAccess } from '../access/access.ts';
import { makeLimits } from '../access/limits.ts';
import type { Config } from './config.ts';
import { makeSealer } from '../mail/seal.ts';
import { openStore, type Store } from '../storage/store.ts';
import { makeCreateUsers } from '../users/create-users.ts';
import { makeDirectory } from '../users/directory.ts';
import type { Pause } from '../passwords/event-loop-pause.ts';
import { makeHasher } from '../passwords/hasher.ts';
import { makeImportUsers } from '../users/import-users.ts';
import { makeIdempotency } from '../users/idempotency.ts';
import { loadCommonPasswords } from '../passwords/password.ts';
import { makeResendPassword } from '../users/resend-password.ts';
import { uuidv7 } from '../uuid.ts';

/**
 * Opens a database, and migrates it unless `readOnly`, with what the gateway and every command do with it.
 * @param rateLimit users that a client may ask for in a minute; 0, as for an operator's commands, for no limit
 */
export async function openParts(
  databaseUrl: string,
  now: () => number,
  { readOnly = false, mustExist = false, rateLimit = 0 } = {},
) {
  const store = await openStore(databaseUrl, now, { readOnly, mustExist });
  const limits = makeLimits(rateLimit, store.access);
  return {
    store,
    limits,
    access: makeAccess({ store: store.access, now }),
    directory: makeDirectory({ store: store.directory, now, limits }),
  };
}

export interface CreationNeeds {
  store: Store;
  config: Pick<Config, 'defaultCountry' | 'passwordMinLength' | 'generatedPasswordHash' | 'secretKeyPrevious'>;
  /** 32 bytes. */
  secretKey: Buffer;
  rateLimit: (clientId: string, users: number) => Promise<void>;
  countDryRun?: (clientId: string, users: number) => Promise<void>;
  wakeDelivery: () => void;
  /** From then on batches hash no more. */
  isStopping?: () => boolean;
  /** Where the event loop may pause while passwords wait to be hashed. */
  pause?: Pause | undefined;
  now: () => number;
}

/** The use cases that create users and passwords, and what they share with the delivery of their mails. */
export function makeCreation({
  store,
  config,
  secretKey,
  rateLimit,
  countDryRun,
  wakeDelivery,
  isStopping = () => false,
  pause,
  now,
}: CreationNeeds) {
  const previous = config.secretKeyPrevious;
  const sealer = makeSealer({ current: secretKey, previous: previous ?? undefined });
  const idempotency = makeIdempotency({
    store: store.idempotency,
    secretKeys: previous ? [secretKey, previous] : [secretKey],
  });
  let commonPasswords: Promise<ReadonlySet<string>> | undefined;
  const warmUp = () =>
    (commonPasswords ??= loadCommonPasswords().catch((error: unknown) => {
      commonPasswords = undefined;
      throw error;
    }));
  // As many again as run wait inside the thread pool, so that no thread waits for the event loop; more where that
  // pauses.
  const threads = availableParallelism();
  const hasher = makeHasher({
    threads,
    poolDepth: (pause ? 8 : 2) * threads,
    generatedPasswordHash: config.generatedPasswordHash,
    isStopping,
  });
  if (pause) hasher.onContention(pause.plan);
  const passwords = {
    store: store.users,
    hasher,
    rateLimit,
    sealMail: (userSerial: string, password: string) => {
      const id = uuidv7(now());
      return { id, sealed: sealer.seal(id, userSerial, password) };
    },
    wakeDelivery,
    now,
  };
  const rules = async () => ({
    defaultCountry: config.defaultCountry as CountryCode,
    passwordMinLength: config.passwordMinLength,
    commonPasswords: await warmUp(),
  });
  const createUsers = makeCreateUsers({ ...passwords, countDryRun, idempotency, rules });
  const importUsers = makeImportUsers({ ...passwords, rules });
  const resendPassword = makeResendPassword({ ...passwords, passwordMinLength: config.passwordMinLength });
  return { createUsers, importUsers, resendPassword, sealer, idempotency, warmUp, isBusy: hasher.isBusy };
}
