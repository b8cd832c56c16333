/**
 * What node must know before any other file is loaded: `node --import ./src/preload.ts src/main.ts`. Without it the gateway
 * works the same, but starts slower and hashes a tenth fewer passwords.
 */
import { registerHooks } from 'node:module';
import { availableParallelism } from 'node:os';

// Sizes libuv's thread pool, which is created at its first use. A thread for each core: twice as many take turns on the
// cores and their caches, and hash a tenth less. Two at least, since slow name look-ups get half of the threads
// (https://docs.libuv.org/en/v1.x/threadpool.html) and must leave one to the hashes.
process.env['UV_THREADPOOL_SIZE'] ??= String(Math.max(2, availableParallelism()));

// Makes the start from source twice as fast: to learn what a `.js` file is, node 26 parses the package.json of its package
// again for every file (`getPackageScopeConfig` spreads the lazy `exports`); drizzle-orm's has 179 KB, and 112 of its files
// are loaded. All of them are ES modules that import each other by path, so node need not ask. To be removed when node
// keeps what it parsed.
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
