import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { html, raw } from 'hono/html';
import { loadOnce } from '../../load-once.ts';
import { type Asset, makeAsset, scriptSafe } from './asset.ts';
import { docsClient } from './docs-client.ts';
import { type Frame, navigation, renderDocument } from './layout.ts';
import { navigationCss } from './styles.ts';

/** The files that the page loads, by their path; they come from swagger-ui-dist and are read at the first request. */
const assets = {
  '/docs/swagger-ui.css': { file: 'swagger-ui-dist/swagger-ui.css', type: 'text/css; charset=utf-8' },
  '/docs/swagger-ui-bundle.js': {
    file: 'swagger-ui-dist/swagger-ui-bundle.js',
    type: 'text/javascript; charset=utf-8',
  },
} as const;

/**
 * Makes the function that gives a file of the page by its path. Each file is read once, so that all answers in progress
 * share its 1.5 MB.
 *
 * @returns null for another path, and where the package is not installed
 */
export function makeDocsAssets(): (path: string) => Promise<Asset | null> {
  const readers = new Map(Object.entries(assets).map(([path, asset]) => [path, loadOnce(() => readAsset(asset))]));
  return async (path) => (await readers.get(path)?.()) ?? null;
}

async function readAsset({ file, type }: { file: string; type: string }): Promise<Asset | null> {
  try {
    return await makeAsset(await readFile(createRequire(import.meta.url).resolve(file)), type);
  } catch (error) {
    if (['MODULE_NOT_FOUND', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/**
 * Renders Swagger UI on openapi.json. It needs nothing from the network; a token that is typed in stays in the page.
 *
 * @param page its `token` is filled in; null leaves that to the reader
 */
export function docsPage(page: { token: string | null; frame: Frame; nonce: string }): Promise<string> {
  const { token, frame, nonce } = page;
  const start = `(${docsClient})(${scriptSafe(token)})`;
  // Swagger UI brings its own <main>.
  const body = html`<body>
    ${navigation(frame, '/docs', 'en')}
    <div id="swagger-ui"></div>
    <script nonce="${nonce}" src="/docs/swagger-ui-bundle.js"></script>
    <script nonce="${nonce}">
      ${raw(start)};
    </script>
  </body>`;
  const head = html`<link rel="stylesheet" href="/docs/swagger-ui.css" />`;
  return renderDocument({ title: 'REST API', language: 'en', nonce, head, css: navigationCss + css, body });
}

const css = `
body { margin: 0; background: var(--ground) }
nav.site { font: 16px/1.5 system-ui, sans-serif; color: var(--ink) }
body .swagger-ui .scheme-container.scheme-container { margin: 0; padding: 0 0 1rem; background: none; border: 0;
  box-shadow: none }
.swagger-ui .json-schema-2020-12-expand-deep-button { color: var(--soft) }
`;
