import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { loadOnce } from '../../load-once.ts';
import { type Asset, makeAsset } from './asset.ts';

/** The scripts of the import page, each a file of src/import/browser. */
export const importScripts = ['page', 'worker'] as const;
type Script = (typeof importScripts)[number];

const source = new URL('../../import/browser/', import.meta.url);
const built = new URL('../../../dist/import/', import.meta.url);

/** Returns how a script is bundled for a browser: the rules of src/import with the parser's build for browsers. */
export function importBuild(script: Script) {
  return {
    input: { [script]: fileURLToPath(new URL(`${script}.ts`, source)) },
    platform: 'browser' as const,
    resolve: { alias: { 'csv-parse/sync': 'csv-parse/browser/esm/sync', 'csv-parse': 'csv-parse/browser/esm' } },
    // Rules that a script shares with the gateway lie beside others, of which nothing is left but these imports.
    external: /^node:/,
    treeshake: { moduleSideEffects: [{ test: /^node:/, external: true, sideEffects: false }] },
  };
}

/**
 * Makes the function that gives a script of the page by its path: bundled at the first request, or read from
 * dist/import where there is no source (docs/decisions/0081).
 *
 * @returns null for another path
 */
export function makeImportScripts(): (path: string) => Promise<Asset | null> {
  const scripts = new Map(
    importScripts.map((name) => [
      `/import/${name}.js`,
      loadOnce(async () => makeAsset(Buffer.from(await bundle(name)), 'text/javascript; charset=utf-8')),
    ]),
  );
  return async (path) => (await scripts.get(path)?.()) ?? null;
}

async function bundle(script: Script): Promise<string> {
  if (!existsSync(source)) return readFile(new URL(`${script}.js`, built), 'utf8');
  const { rolldown } = await import('rolldown');
  const build = await rolldown(importBuild(script));
  try {
    const { output } = await build.generate({ format: 'esm', minify: true });
    return output[0].code;
  } finally {
    await build.close();
  }
}
