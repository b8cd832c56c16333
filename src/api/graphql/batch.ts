/** A look-up by key that gathers what is asked for in one turn of the event loop into one call of `load`. */
export function batch<Value>(load: (keys: string[]) => Promise<ReadonlyMap<string, Value>>): (key: string) => Promise<Value | undefined> {
  let gathering: { keys: Set<string>; found: Promise<ReadonlyMap<string, Value>> } | undefined;
  return async (key) => {
    gathering ??= gather();
    gathering.keys.add(key);
    return (await gathering.found).get(key);
  };

  function gather() {
    const keys = new Set<string>();
    const found = new Promise<ReadonlyMap<string, Value>>((resolve) => {
      setImmediate(() => {
        gathering = undefined;
        resolve(load([...keys]));
      });
    });
    return { keys, found };
  }
}
