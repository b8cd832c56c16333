import { setImmediate } from 'node:timers/promises';

/** Milliseconds that the items of a list may take of the event loop at once. */
const sliceMs = 8;

/**
 * The items of a list for graphql-js, which completes each, with all that is selected below it, before it asks for the
 * next: whenever they have taken `sliceMs`, the event loop goes on with other requests first.
 */
export function paced<Item>(items: readonly Item[]): AsyncIterable<Item> {
  return {
    async *[Symbol.asyncIterator]() {
      let begun = performance.now();
      for (const item of items) {
        yield item;
        if (performance.now() - begun < sliceMs) continue;
        await setImmediate();
        begun = performance.now();
      }
    },
  };
}
