import { hashAtFullCost, hashAtSmallestCost } from './argon2.ts';
import { type HashQueueOptions, makeHashQueue, type QueueKey } from './hash-queue.ts';

/** Who chose the password: somebody, or the gateway at random. */
export type PasswordOrigin = 'chosen' | 'generated';

/** The options of the hasher and of its queue. */
export interface HasherOptions extends Partial<HashQueueOptions> {
  threads: number;
  /** `full` gives generated passwords the cost of chosen ones. */
  generatedPasswordHash: 'fast' | 'full';
  /** Tests replace it, to hold hashes back. */
  argon2?: (password: string) => Promise<string>;
}

/** The hasher of passwords. */
export type Hasher = ReturnType<typeof makeHasher>;

/**
 * Makes the hasher of passwords, argon2id. A hash at full cost passes the fair queue, one at the smallest cost does
 * not.
 */
export function makeHasher(options: HasherOptions) {
  const { threads, poolDepth = threads, isStopping = () => false, argon2 = hashAtFullCost } = options;
  const { run, hasCapacity, assertCapacity, ...queue } = makeHashQueue({ threads, poolDepth, isStopping });
  const isQueued = (origin: PasswordOrigin) => origin === 'chosen' || options.generatedPasswordHash === 'full';
  return {
    ...queue,
    /** Whether a hash passes the queue. */
    isQueued,
    /** Whether a hash would be accepted now. */
    hasCapacity: (origin: PasswordOrigin, key: QueueKey): boolean => !isQueued(origin) || hasCapacity(key),
    /** Throws 503 if `hasCapacity` is false. */
    assertCapacity(origin: PasswordOrigin, key: QueueKey): void {
      if (isQueued(origin)) assertCapacity(key);
    },
    /** @returns a PHC string; throws 503 when the queue is full */
    hash: async (origin: PasswordOrigin, password: string, key: QueueKey): Promise<string> =>
      isQueued(origin) ? run(key, () => argon2(password)) : hashAtSmallestCost(password),
  };
}
