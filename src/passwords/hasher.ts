import { hashAtFullCost, hashAtSmallestCost } from './argon2.ts';
import { type HashQueueOptions, makeHashQueue, type QueueKey } from './hash-queue.ts';

/** Who chose the password: somebody, or the gateway at random. */
export type PasswordOrigin = 'chosen' | 'generated';

export interface HasherOptions extends Partial<HashQueueOptions> {
  threads: number;
  /** `full` gives generated passwords the cost of chosen ones. */
  generatedPasswordHash: 'fast' | 'full';
  /** Tests hold hashes with it. */
  argon2?: (password: string) => Promise<string>;
}

export type Hasher = ReturnType<typeof makeHasher>;

/** Hashes passwords with argon2id: a hash of full cost goes through the fair queue, one of the smallest cost is made at once. */
export function makeHasher(options: HasherOptions) {
  const { threads, poolDepth = threads, isStopping = () => false, argon2 = hashAtFullCost } = options;
  const { run, hasCapacity, assertCapacity, ...queue } = makeHashQueue({ threads, poolDepth, isStopping });
  const isQueued = (origin: PasswordOrigin) => origin === 'chosen' || options.generatedPasswordHash === 'full';
  return {
    ...queue,
    /** Whether a hash would be accepted now. */
    hasCapacity: (origin: PasswordOrigin, key: QueueKey): boolean => !isQueued(origin) || hasCapacity(key),
    /** Throws 503 where `hasCapacity` is false. */
    assertCapacity(origin: PasswordOrigin, key: QueueKey): void {
      if (isQueued(origin)) assertCapacity(key);
    },
    /** @returns a PHC string; throws 503 when the queue is full */
    hash: async (origin: PasswordOrigin, password: string, key: QueueKey): Promise<string> =>
      isQueued(origin) ? run(key, () => argon2(password)) : hashAtSmallestCost(password),
  };
}
