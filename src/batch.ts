interface Call<Key, Value> {
  key: Key;
  resolve: (value: Value | Promise<Value>) => void;
  reject: (error: unknown) => void;
}

/** How long a batch waits for the one before. A call that hangs, as on a dead connection, delays the next no longer. */
const maxWaitMs = 20;

/**
 * Makes a function that loads one key out of `load`, which loads many. Keys that are requested in one iteration of the
 * event loop, or while the batch before them runs, form one batch. Partitions are independent of each other.
 * @param load answers the values in the order of the keys; when it throws, every call of the batch fails
 * @param maxBatchSize keys in one batch at most
 */
export function batch<Key, Value>(
  load: (keys: readonly Key[], partition: string) => Promise<readonly (Value | Promise<Value>)[]>,
  maxBatchSize = Infinity,
): (key: Key, partition?: string) => Promise<Value> {
  /** For each partition the calls that wait to be loaded, and the end of the batch that began last. */
  const gathering = new Map<string, Call<Key, Value>[]>();
  const running = new Map<string, Promise<void>>();

  function gather(partition: string): Call<Key, Value>[] {
    const calls: Call<Key, Value>[] = [];
    const begin = (): void => {
      if (gathering.get(partition) === calls) gathering.delete(partition);
      const ended = settle(calls, partition).then(() => {
        if (running.get(partition) === ended) running.delete(partition);
      });
      running.set(partition, ended);
    };
    const before = running.get(partition);
    if (before) void Promise.race([before, new Promise((resolve) => setTimeout(resolve, maxWaitMs))]).then(begin);
    else setImmediate(begin);
    gathering.set(partition, calls);
    return calls;
  }

  async function settle(calls: readonly Call<Key, Value>[], partition: string): Promise<void> {
    try {
      const values = await load(
        calls.map(({ key }) => key),
        partition,
      );
      for (const [at, { resolve }] of calls.entries()) resolve(values[at]!);
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  }

  return (key, partition = '') =>
    new Promise((resolve, reject) => {
      const open = gathering.get(partition);
      const calls = open && open.length < maxBatchSize ? open : gather(partition);
      calls.push({ key, resolve, reject });
    });
}
