import { makeSlices } from '../../../slices.ts';

/**
 * Gives graphql-js the items of a list in slices. graphql-js completes an item, with everything that is
 * selected below it, before it takes the next one; between two slices the event loop serves other requests.
 */
export function paced<Item>(items: readonly Item[]): AsyncIterable<Item> {
  return {
    async *[Symbol.asyncIterator]() {
      const slices = makeSlices();
      for (const item of items) {
        yield item;
        if (slices.isOver()) await slices.next();
      }
    },
  };
}
