import { availableParallelism } from 'node:os';
import type { CountryCode } from 'libphonenumber-js';
import { makeAccess } from '../access/access.ts';
import type { Config } from './config.ts';
import { makeSealer } from '../mail/seal.ts';
import { openStore, type Store } from '../storage/store.ts';
import { makeCreateUsers } from '../users/create-users.ts';
import { makeDirectory } from '../users/directory.ts';
import { makeHasher } from '../passwords/hash.ts';
import { makeIdempotency } from '../users/idempotency.ts';
import { loadCommonPasswords } from '../passwords/password.ts';
import { makeResendPassword } from '../users/resend-password.ts';
import { uuidv7 } from '../uuid.ts';

/** Opens and migrates a database, with what the gateway and every command do with it. */
export async function openParts(databaseUrl: string, now: () => number) {
  const store = await openStore(databaseUrl, now);
  return {
    store,
    access: makeAccess({ store: store.access, now }),
    directory: makeDirectory({ store: store.directory, now }),
  };
}

export interface CreationNeeds {
  store: Store;
  config: Pick<Config, 'defaultCountry' | 'passwordMinLength' | 'generatedPasswordHash' | 'secretKeyPrevious'>;
  /** 32 bytes. */
  secretKey: Buffer;
  rateLimit: (clientId: string, users: number) => Promise<void>;
  wakeDelivery: () => void;
  /** From then on batches hash no more. */
  isStopping?: () => boolean;
  /** Called while passwords wait to be hashed. */
  pause?: (() => void) | undefined;
  now: () => number;
}

/** `createUsers`, `resendPassword` and what they share with the delivery of its mails; hashes on as many threads as the machine runs at once. */
export function makeCreation({
  store,
  config,
  secretKey,
  rateLimit,
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
  // As many again as run wait inside of the thread pool, so that no thread waits for the event loop; more where that pauses.
  const threads = availableParallelism();
  const hasher = makeHasher({
    threads,
    underWay: (pause ? 8 : 2) * threads,
    generatedPasswordHash: config.generatedPasswordHash,
    isStopping,
    pause,
  });
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
  const createUsers = makeCreateUsers({
    ...passwords,
    idempotency,
    rules: async () => ({
      defaultCountry: config.defaultCountry as CountryCode,
      passwordMinLength: config.passwordMinLength,
      commonPasswords: await warmUp(),
    }),
  });
  const resendPassword = makeResendPassword({ ...passwords, passwordMinLength: config.passwordMinLength });
  return { createUsers, resendPassword, sealer, idempotency, warmUp, isBusy: hasher.isBusy };
}
