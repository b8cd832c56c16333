import { unavailable } from '../errors/error-dictionary.ts';

/** The line in which work waits. A batch is never refused, so it may have only `batchDepth` pieces of work queued. */
export interface QueueKey {
  name: string;
  kind: 'single' | 'batch';
}

/** Returns the key of a client's work. Its single creations and its batches have different keys, so they take turns. */
export function queueKeyOf(clientId: string, users: number): QueueKey {
  return users > 1 ? { name: `${clientId} batch`, kind: 'batch' } : { name: clientId, kind: 'single' };
}

/** The size of the machine, and whether it is stopping. */
export interface HashQueueOptions {
  /** Pieces of work that the machine runs at once. */
  threads: number;
  /** Pieces of work handed to the thread pool at once; those above `threads` wait inside it. */
  poolDepth: number;
  /** Whether batches get 503, because one may need longer than a stop waits. */
  isStopping: () => boolean;
}

/** The queue holds this much work, or `minQueueLength` pieces if that is more. */
const queueMs = 1_000;
const minQueueLength = 256;

/**
 * Makes a fair queue in front of the thread pool: keys take turns, and each has an equal part of the queue. It holds
 * 256 pieces or one second of work, whichever is more. Beyond that, a 503 now is better than an answer after the
 * client's time-out.
 */
export function makeHashQueue({ threads, poolDepth, isStopping }: HashQueueOptions) {
  /** Starts of waiting work by key name; the key that is served next stands first. */
  const waiting = new Map<string, (() => void)[]>();
  const listeners: (() => void)[] = [];
  let waitingCount = 0;
  let runningCount = 0;
  /** Time of one hash on one thread; a running mean. */
  let hashMs = 10;

  const reportContention = (): void => listeners.forEach((listener) => listener());

  /**
   * Whether work of this key would be accepted now. With equal parts, one client's many calls do not cause refusals of
   * others. Work that filled the queue before others arrived stays in it: then it holds at most twice its length, and
   * one more piece for each new key.
   */
  function hasCapacity({ name, kind }: QueueKey): boolean {
    if (kind === 'batch') return !isStopping();
    const own = waiting.get(name)?.length ?? 0;
    const queueLength = Math.max(minQueueLength, (queueMs * threads) / hashMs);
    const keyCount = waiting.size + Number(own === 0);
    return own < queueLength / keyCount && (own === 0 || waitingCount < 2 * queueLength);
  }

  function assertCapacity(key: QueueKey): void {
    if (hasCapacity(key)) return;
    if (key.kind === 'batch') throw unavailable('stopping', 'the gateway is stopping');
    reportContention();
    throw unavailable('hash_queue', 'more passwords wait to be hashed than this machine can hash in a second');
  }

  /** Takes a place in the pool, at once if one is free: then there is nothing to await. */
  function start(key: QueueKey): Promise<void> | undefined {
    if (key.kind === 'batch') assertCapacity(key);
    if (runningCount < poolDepth) {
      runningCount++;
      return undefined;
    }
    assertCapacity(key);
    waitingCount++;
    return new Promise((resolve) => {
      const queued = waiting.get(key.name);
      if (queued) queued.push(resolve);
      else waiting.set(key.name, [resolve]);
    });
  }

  function dequeue(): void {
    const [first] = waiting;
    if (!first) {
      runningCount--;
      return;
    }
    reportContention();
    const [name, queued] = first;
    const next = queued.shift()!;
    // The key moves to the end.
    waiting.delete(name);
    if (queued.length > 0) waiting.set(name, queued);
    waitingCount--;
    next();
  }

  return {
    hasCapacity,
    /** Throws 503 if `hasCapacity` is false. */
    assertCapacity,
    /** Runs the work when its key is served; 503 when the queue is full. */
    async run<T>(key: QueueKey, work: () => Promise<T>): Promise<T> {
      const started = start(key);
      if (started) await started;
      const startedAt = performance.now();
      const rounds = Math.max(1, runningCount / threads);
      try {
        return await work();
      } finally {
        hashMs += ((performance.now() - startedAt) / rounds - hashMs) / 16;
        dequeue();
      }
    },
    /** Calls `listener` whenever work waits while other work ends, or is refused. */
    onContention: (listener: () => void): void => void listeners.push(listener),
    /** Whether work of this key waits. */
    isWaiting: ({ name }: QueueKey): boolean => waiting.has(name),
    /** Pieces of work that wait, those in the pool not counted. */
    queueLength: (): number => waitingCount,
    /** Whether more work is queued than one batch may queue. */
    isBusy: (): boolean => runningCount + waitingCount > Math.min(poolDepth, 2 * threads),
    /** Pieces of work that a batch may have queued at once. */
    batchDepth: Math.min(poolDepth, 2 * threads),
  };
}
