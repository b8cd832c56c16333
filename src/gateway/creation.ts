import { availableParallelism } from 'node:os';
import type { CountryCode } from 'libphonenumber-js/max';
import { makeAccess } from '../access/access.ts';
import { makeLimits } from '../access/limits.ts';
import type { Config } from './config.ts';
import { makeSealer } from '../mail/seal.ts';
import type { Origin } from '../outbox/ports.ts';
import { openStore, type Store } from '../storage/store.ts';
import { makeCreateUsers } from '../users/create-users.ts';
import { makeDirectory } from '../users/directory.ts';
import type { Pause } from '../passwords/event-loop-pause.ts';
import { type Hasher, makeHasher } from '../passwords/hasher.ts';
import { makeEraseUser } from '../users/erase-user.ts';
import { makeImportUsers } from '../users/import-users.ts';
import { makeIdempotency } from '../users/idempotency.ts';
import { loadCommonPasswords } from '../passwords/password.ts';
import type { UserStore } from '../users/ports.ts';
import { makeResendPassword } from '../users/resend-password.ts';
import { around, type Stages } from './stages.ts';
import { makeUpdateUsers } from '../users/update-users.ts';
import { makeUpsertUsers } from '../users/upsert-users.ts';
import { loadOnce } from '../load-once.ts';
import { uuidv7 } from '../uuid.ts';

/**
 * Opens a database, and migrates it unless `readOnly`, with the use cases that the gateway and every command have.
 * @param rateLimit users that a client may create in a minute; 0, as for an operator's commands, for no limit
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

/** An open database with its use cases. */
export type Parts = Awaited<ReturnType<typeof openParts>>;

/** What the creation of users needs. */
export interface CreationNeeds {
  store: Store;
  config: Pick<Config, 'defaultCountry' | 'passwordMinLength' | 'generatedPasswordHash' | 'secretKeyPrevious'>;
  /** 32 bytes. */
  secretKey: Buffer;
  rateLimit: (clientId: string, users: number) => Promise<void>;
  countDryRun?: (clientId: string, users: number) => Promise<void>;
  countReads?: (clientId: string, users: number) => Promise<void>;
  wakeDelivery: () => void;
  /** Once it is true, batches hash no more. */
  isStopping?: () => boolean;
  /** Lets the event loop pause while passwords wait to be hashed (docs/decisions/0055). */
  pause?: Pause | undefined;
  /** Watches the stages of a creation, for metrics and traces; default nobody does. */
  stages?: Stages | undefined;
  /** The W3C traceparent of our own span, where there is one: a mail keeps it instead of the caller's. */
  traceparent?: (() => string | undefined) | undefined;
  now: () => number;
}

/** The use cases that create users and passwords. */
export type Creation = ReturnType<typeof makeCreation>;

/** Makes the use cases that create users and passwords, and what they share with the delivery of their mails. */
export function makeCreation(needs: CreationNeeds) {
  const { store, config, secretKey, stages = {}, now } = needs;
  const previous = config.secretKeyPrevious;
  const sealer = makeSealer({ current: secretKey, previous: previous ?? undefined });
  const secretKeys = previous ? [secretKey, previous] : [secretKey];
  const idempotency = makeIdempotency({ store: store.idempotency, secretKeys });
  const commonPasswords = loadOnce(loadCommonPasswords);
  const hasher = openHasher(needs);
  const passwords = {
    store: watchedStore(store.users, stages),
    hasher: watchedHasher(hasher, stages),
    rateLimit: needs.rateLimit,
    sealMail: (userSerial: string, password: string, { requestId, traceparent }: Origin) => {
      const id = uuidv7(now());
      const sealed = sealer.seal(id, userSerial, password);
      return { id, sealed, requestId, traceparent: needs.traceparent?.() ?? traceparent };
    },
    wakeDelivery: needs.wakeDelivery,
    now,
  };
  const counts = { countDryRun: needs.countDryRun, countReads: needs.countReads };
  const rules = async () => ({
    defaultCountry: config.defaultCountry as CountryCode,
    passwordMinLength: config.passwordMinLength,
    commonPasswords: await commonPasswords(),
  });
  return {
    createUsers: makeCreateUsers({ ...passwords, ...counts, idempotency, rules }),
    updateUsers: makeUpdateUsers({ ...passwords, ...counts, idempotency, rules }),
    upsertUsers: makeUpsertUsers({ ...passwords, ...counts, idempotency, rules }),
    importUsers: makeImportUsers({ ...passwords, rules }),
    eraseUser: makeEraseUser({ store: store.users, rateLimit: needs.rateLimit, now }),
    resendPassword: makeResendPassword({ ...passwords, passwordMinLength: config.passwordMinLength }),
    sealer,
    idempotency,
    /** Loads what the first creation needs. */
    warmUp: commonPasswords,
    /** Whether passwords wait to be hashed. */
    isBusy: hasher.isBusy,
    /** How many wait. */
    hashQueueLength: hasher.queueLength,
  };
}

function openHasher({ config, isStopping = () => false, pause }: CreationNeeds) {
  const threads = availableParallelism();
  // As many hashes again as run wait in the thread pool, and more if the event loop pauses (docs/decisions/0054).
  const poolDepth = (pause ? 8 : 2) * threads;
  const hasher = makeHasher({
    threads,
    poolDepth,
    generatedPasswordHash: config.generatedPasswordHash,
    isStopping,
  });
  if (pause) hasher.onContention(pause.plan);
  return hasher;
}

function watchedStore(users: UserStore, { lookUp, commit }: Stages): UserStore {
  return {
    ...users,
    lookUp: around(lookUp, users.lookUp),
    add: around(commit, users.add),
    write: around(commit, users.write),
    replacePassword: around(commit, users.replacePassword),
  };
}

function watchedHasher(hasher: Hasher, stages: Stages): Hasher {
  const queued = around(stages.hash, hasher.hash);
  const fast = around(stages.fastHash, hasher.hash);
  return { ...hasher, hash: (origin, ...given) => (hasher.isQueued(origin) ? queued : fast)(origin, ...given) };
}
