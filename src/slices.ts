import { setImmediate } from 'node:timers/promises';

/** How long one piece of work may block the event loop. */
const sliceMs = 8;

/** Divides a long piece of work into slices. Between two of them the event loop serves other requests. */
export function makeSlices() {
  let startedAt = performance.now();
  return {
    isOver: (): boolean => performance.now() - startedAt >= sliceMs,
    /** Lets the event loop run once and starts the next slice. */
    async next(): Promise<void> {
      await setImmediate();
      startedAt = performance.now();
    },
  };
}

/** Maps a list in slices. A short list is mapped in one. */
export async function mapInSlices<Item, Result>(
  items: readonly Item[],
  map: (item: Item, index: number) => Result,
): Promise<Result[]> {
  const slices = makeSlices();
  const results: Result[] = [];
  for (const [index, item] of items.entries()) {
    if (slices.isOver()) await slices.next();
    results.push(map(item, index));
  }
  return results;
}
