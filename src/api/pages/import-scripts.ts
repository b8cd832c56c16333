import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

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
export function makeImportScripts(): (path: string) => Promise<string | null> {
  const bundled = new Map<Script, Promise<string>>();
  return async (path) => {
    const script = importScripts.find((name) => path === `/import/${name}.js`);
    if (!script) return null;
    const code = bundled.get(script) ?? bundle(script);
    bundled.set(script, code);
    // What fails now, as without a free file descriptor, is tried again.
    code.catch(() => bundled.delete(script));
    return code;
  };
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
