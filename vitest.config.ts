import { defineConfig } from 'vitest/config';

export default defineConfig({
  // graphql 17 ships two builds; without its module-sync condition vitest and the libraries each load another one
  // ("another module or realm").
  ssr: { resolve: { conditions: ['module-sync', 'node', 'default'] } },
  // Minutes of crashing clusters are for CI, which sets CLUSTERS; `npm test` takes less than one.
  test: { include: ['test/**/*.test.ts'], exclude: process.env['CLUSTERS'] ? [] : ['test/**/cluster.test.ts'], testTimeout: 30_000, hookTimeout: 30_000, maxWorkers: 4 },
});
