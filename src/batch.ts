interface Call<Asked, Value> {
  asked: Asked;
  resolve: (value: Value | Promise<Value>) => void;
  reject: (error: unknown) => void;
}

/** Milliseconds. A call that hangs, as on a network that broke without a word, holds up the others of its group no longer. */
const patience = 20;

/**
 * A function that asks for one thing, made of `load`, which answers for many in order. What is asked for in one turn of the
 * event loop, and while the call before runs, goes together, `most` at most; each group by itself. A `load` that throws
 * fails for all of its call.
 */
export function batch<Asked, Value>(
  load: (asked: readonly Asked[], group: string) => Promise<readonly (Value | Promise<Value>)[]>,
  most = Infinity,
): (asked: Asked, group?: string) => Promise<Value> {
  /** Of each group those that gather, and the end of the call that began last. */
  const gathering = new Map<string, Call<Asked, Value>[]>();
  const running = new Map<string, Promise<void>>();

  function gather(group: string): Call<Asked, Value>[] {
    const calls: Call<Asked, Value>[] = [];
    const begin = (): void => {
      if (gathering.get(group) === calls) gathering.delete(group);
      const ended = settle(calls, group).then(() => {
        if (running.get(group) === ended) running.delete(group);
      });
      running.set(group, ended);
    };
    const before = running.get(group);
    if (before) void Promise.race([before, new Promise((resolve) => setTimeout(resolve, patience))]).then(begin);
    else setImmediate(begin);
    gathering.set(group, calls);
    return calls;
  }

  async function settle(calls: readonly Call<Asked, Value>[], group: string): Promise<void> {
    try {
      const values = await load(
        calls.map(({ asked }) => asked),
        group,
      );
      for (const [at, { resolve }] of calls.entries()) resolve(values[at]!);
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  }

  return (asked, group = '') =>
    new Promise((resolve, reject) => {
      const open = gathering.get(group);
      const calls = open && open.length < most ? open : gather(group);
      calls.push({ asked, resolve, reject });
    });
}
