import { setImmediate } from 'node:timers/promises';

/** How long the items of one list may block the event loop. */
const sliceMs = 8;

/**
 * Gives graphql-js the items of a list in slices of `sliceMs`. graphql-js completes an item, with everything that is
 * selected below it, before it takes the next one; between two slices the event loop serves other requests.
 */
export function paced<Item>(items: readonly Item[]): AsyncIterable<Item> {
  return {
    async *[Symbol.asyncIterator]() {
      let startedAt = performance.now();
      for (const item of items) {
        yield item;
        if (performance.now() - startedAt < sliceMs) continue;
        await setImmediate();
        startedAt = performance.now();
      }
    },
  };
}
