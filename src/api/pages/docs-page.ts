import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { html, raw } from 'hono/html';

/** The files that the page loads, by their path; they come from swagger-ui-dist and are read at the first request. */
const assets = {
  '/docs/swagger-ui.css': { file: 'swagger-ui-dist/swagger-ui.css', type: 'text/css; charset=utf-8' },
  '/docs/swagger-ui-bundle.js': {
    file: 'swagger-ui-dist/swagger-ui-bundle.js',
    type: 'text/javascript; charset=utf-8',
  },
} as const;

/** A file of the page. */
export type DocsAsset = { bytes: Buffer<ArrayBuffer>; type: string };

/**
 * Makes the function that gives a file of the page by its path. Each file is read once, so that all answers in progress
 * share its 1.5 MB.
 *
 * @returns null for another path, and where the package is not installed
 */
export function makeDocsAssets(): (path: string) => Promise<DocsAsset | null> {
  const read = new Map<string, Promise<DocsAsset | null>>();
  return async (path) => {
    if (!Object.hasOwn(assets, path)) return null;
    const asset = read.get(path) ?? readAsset(assets[path as keyof typeof assets]);
    read.set(path, asset);
    // A file that cannot be read now, because there is no file descriptor left, is tried again.
    asset.catch(() => read.delete(path));
    return asset;
  };
}

async function readAsset({ file, type }: { file: string; type: string }): Promise<DocsAsset | null> {
  try {
    return { bytes: await readFile(createRequire(import.meta.url).resolve(file)), type };
  } catch (error) {
    if (['MODULE_NOT_FOUND', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

/**
 * Renders Swagger UI on openapi.json. It needs nothing from the network; a token that is typed in stays in the page.
 */
export async function docsPage(nonce: string): Promise<string> {
  const document = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>API · Ruangkerja</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/docs/swagger-ui.css" />
      </head>
      <body>
        <div id="swagger-ui"></div>
        <script nonce="${nonce}" src="/docs/swagger-ui-bundle.js"></script>
        <script nonce="${nonce}">
          ${raw(start)};
        </script>
      </body>
    </html>`;
  return document.toString();
}

const start =
  "SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, tryItOutEnabled: true, " +
  'validatorUrl: null })';
