import { registerHooks } from 'node:module';

/**
 * Makes the start from source twice as fast: to learn what a `.js` file is, node 26 parses the package.json of its package
 * anew for every file (`getPackageScopeConfig` spreads the lazy `exports`), and drizzle-orm's has 179 KB and 112 files here.
 * All of them are ES modules that import each other by path, so node need not ask. To be removed when node keeps what it parsed.
 */
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
