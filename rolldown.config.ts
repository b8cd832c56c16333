import { relative } from 'node:path';
import { defineConfig } from 'rolldown';
import { importBuild, importScripts } from './src/api/pages/import-scripts.ts';

const root = import.meta.dirname;

/**
 * The program and the operator's commands for the container image: `dist/preload.js`, `dist/main.js`, `dist/cli.js` and
 * what they share.
 */
const program = defineConfig({
  input: { preload: 'src/preload.ts', main: 'src/main.ts', cli: 'src/cli/main.ts' },
  platform: 'node',
  // Two hold machine code, which cannot be bundled. GraphiQL, 9 MB, is imported by development only, and the bundler
  // only where there is source: neither is in the image.
  external: ['better-sqlite3', '@node-rs/argon2', '@graphql-yoga/render-graphiql', 'rolldown'],
  output: { dir: 'dist', cleanDir: true },
  plugins: [
    {
      // Source files find migrations and package.json from their own place, `../../../drizzle`. In the bundle they keep
      // that place, as an address without a file: every chunk lies in dist/, beside where src/ was.
      name: 'own-place',
      transform: {
        filter: { code: 'import.meta.url' },
        handler: (code, id) =>
          id.startsWith(`${root}/src/`)
            ? code.replaceAll(
                'import.meta.url',
                `new URL(${JSON.stringify(`../${relative(root, id)}`)}, import.meta.url)`,
              )
            : null,
      },
    },
  ],
});

/** The scripts of the page /import: `dist/import/page.js` and `dist/import/worker.js`. */
const importPage = importScripts.map((script) => ({
  ...importBuild(script),
  output: { dir: 'dist/import', minify: true },
}));

export default [program, ...importPage];
