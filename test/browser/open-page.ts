import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Gateway } from './start-gateway.ts';

/**
 * A page in a fresh profile. `complaints` gathers what must never happen: a request to another host (it is stopped), a
 * console error, an uncaught exception.
 */
export async function openPage(
  browser: Browser,
  { url }: Pick<Gateway, 'url'>,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    ...options,
  });
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url });
  const complaints: string[] = [];
  await context.route(
    (to) => to.origin !== url && to.protocol.startsWith('http'),
    (route) => {
      complaints.push(`request to ${route.request().url()}`);
      return route.abort();
    },
  );
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  return { page, complaints };
}
