import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Compiled code is kept for the next file and for the programs that tests start, each of which has a process of its own.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/compile');

export default defineConfig({
  // graphql 17 ships two builds; without its module-sync condition vitest and the libraries each load another one
  // ("another module or realm").
  ssr: { resolve: { conditions: ['module-sync', 'node', 'default'] } },
  // Clusters that crash and large imports are for CI, which sets SLOW_TESTS: `npm test` takes less than a minute.
  test: {
    include: ['test/**/*.test.ts'],
    exclude: process.env['SLOW_TESTS'] ? [] : ['test/**/*.slow.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    maxWorkers: 5,
    // A worker loads the modules once for all its files, which saves a fifth: what a file changes of its process it puts back.
    isolate: false,
    execArgv: ['--import', new URL('src/preload.ts', import.meta.url).href],
  },
});
