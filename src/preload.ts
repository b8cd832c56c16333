/**
 * What Node must know before any other file is loaded: `node --import ./src/preload.ts src/main.ts`. Without it the
 * gateway behaves the same, but starts slower and hashes a tenth fewer passwords.
 */
import { registerHooks } from 'node:module';
import { availableParallelism } from 'node:os';

// The size of libuv's thread pool, which is created at its first use (docs/decisions/0054). Two at least: slow name
// look-ups get half of the threads (https://docs.libuv.org/en/v1.x/threadpool.html) and must leave one to the hashes.
process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(2, availableParallelism()));

// Halves the time of a start from source: Node 26 parses drizzle-orm's package.json of 179 KB for each of its 112 files
// (docs/decisions/0059). All of them are ES modules that import each other by path. To be removed when Node caches it.
registerHooks({
  resolve(specifier, context, nextResolve) {
    const { parentURL = '' } = context;
    const isInside =
      /\/node_modules\/drizzle-orm\/(?!.*\/node_modules\/)/.test(parentURL) &&
      specifier.startsWith('.') &&
      specifier.endsWith('.js');
    return isInside
      ? { url: new URL(specifier, parentURL).href, format: 'module', shortCircuit: true }
      : nextResolve(specifier, context);
  },
});
