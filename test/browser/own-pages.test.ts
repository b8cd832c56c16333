import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { makeFolder, production, start } from '../process/program.ts';
import { describeInBrowser, launchChromium } from './chromium.ts';
import { openPage } from './open-page.ts';
import { type Gateway, startGateway } from './start-gateway.ts';

/** The pages of our own, by their path; MAIL stands for a mail. */
const ownPages = [
  '/',
  '/errors',
  '/errors/10101?lang=en',
  '/errors/401?lang=id',
  '/import',
  '/dev/mails',
  'MAIL',
  '/no',
];

const hasJava = (() => {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describeInBrowser('every page of our own', () => {
  let browser: Browser;
  let gateway: Gateway;
  let mail: string;
  beforeAll(async () => {
    [browser, gateway] = await Promise.all([launchChromium(), startGateway()]);
    const user = { employeeID: 'E1', name: 'Siti', email: 'siti@example.com', isActive: true };
    const headers = { Authorization: gateway.token, 'Content-Type': 'application/json' };
    const made = await fetch(`${gateway.url}/ruangkerja/users`, {
      method: 'POST',
      headers,
      body: JSON.stringify(user),
    });
    expect(made.status).toBe(200);
    mail = await vi.waitFor(
      async () => {
        const [first] = await (await fetch(`${gateway.url}/dev/mails.json`)).json();
        return `/dev/mails/${first.id}`;
      },
      { timeout: 10_000, interval: 50 },
    );
  });
  afterAll(async () => {
    await browser?.close();
    await gateway?.close();
  });
  const pathOf = (page: string): string => (page === 'MAIL' ? mail : page);

  test.each(ownPages)(
    '%s: one navigation, the title, nothing wider than 360 px, no serious finding of axe, light and dark',
    async (name) => {
      const { page } = await openPage(browser, gateway, narrow);
      onTestFinished(() => page.context().close());
      await page.goto(pathOf(name));
      expect(await page.title()).toMatch(/^.+ · Ruangkerja$/);
      expect(await page.locator('nav').count()).toBe(1);
      expect(await page.locator('nav a[href="/"]').count()).toBe(1);
      const wider = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
      expect(await page.evaluate(wider)).toBe(0);
      await expectNothingSerious(page);
    },
  );

  // Beside its page: no script runs in the frame that shows it there.
  test('a mail: no serious finding of axe, light and dark', async () => {
    const { page } = await openPage(browser, gateway, narrow);
    onTestFinished(() => page.context().close());
    const { html } = await (await fetch(`${gateway.url}${mail}.json`)).json();
    await page.setContent(html);
    await expectNothingSerious(page);
  });

  test.each(['/docs', '/graphql'])(
    '%s has the title and leads home; /docs has one main landmark and no critical finding of axe',
    async (path) => {
      const { page, complaints } = await openPage(browser, gateway);
      onTestFinished(() => page.context().close());
      await page.goto(path);
      await page.waitForSelector(path === '/docs' ? '#operations-Users-postUsers' : '.graphiql-execute-button');
      expect(await page.title()).toMatch(/^.+ · Ruangkerja$/);
      expect(await page.locator('nav.site a[href="/"]').count()).toBe(1);
      if (path === '/docs') {
        const { violations } = await new AxeBuilder({ page }).analyze();
        expect(violations.filter(({ impact }) => impact === 'critical')).toEqual([]);
        expect(await page.locator('main, [role=main]').count()).toBe(1);
        expect(await page.locator('main #operations-Users-postUsers').count()).toBe(1);
      }
      expect(complaints).toEqual([]);
    },
  );

  test('in production /graphql is a page that leads on', async () => {
    const program = await start(makeFolder(), production);
    const { page } = await openPage(browser, { url: `http://127.0.0.1:${program.port()}` });
    onTestFinished(() => page.context().close());
    const answer = await page.goto('/graphql');
    expect([answer?.status(), await page.title()]).toEqual([400, '400 BAD_REQUEST · Ruangkerja']);
    await page.click('main a[href="/"]');
    expect(await page.title()).toBe('Home · Ruangkerja');
  });

  test('the home page leaves what is not new as it is, also a name with an apostrophe', async () => {
    const { page } = await openPage(browser, gateway);
    onTestFinished(() => page.context().close());
    const user = { employeeID: 'E3', name: "Ma'ruf & Ida", email: 'maruf@example.com', isActive: true };
    const headers = { Authorization: gateway.token, 'Content-Type': 'application/json' };
    await fetch(`${gateway.url}/ruangkerja/users`, { method: 'POST', headers, body: JSON.stringify(user) });
    await page.clock.install();
    await page.goto('/');
    await page.waitForSelector('#news a:has-text("Ma\'ruf")');
    await page.waitForSelector('#news dd:has-text("no mail waits")');
    const replacements = await page.evaluateHandle(() => {
      const times: number[] = [];
      new MutationObserver(() => times.push(performance.now())).observe(document.querySelector('#news')!, {
        childList: true,
      });
      return times;
    });
    for (const _ of [1, 2, 3]) {
      const news = page.waitForResponse(/\/news$/);
      await page.clock.fastForward(2_000);
      await (await news).finished();
    }
    // The first answer may still come after the observer.
    expect(await replacements.evaluate((times) => times.length)).toBeLessThanOrEqual(1);
  });

  test('the home page shows a new user and a new mail by itself', async () => {
    const { page, complaints } = await openPage(browser, gateway);
    onTestFinished(() => page.context().close());
    await page.goto('/');
    await page.evaluate(async (token) => {
      const user = { employeeID: 'E2', name: 'Budi', email: 'budi@example.com', isActive: true };
      const headers = { Authorization: token, 'Content-Type': 'application/json' };
      await fetch('/ruangkerja/users', { method: 'POST', headers, body: JSON.stringify(user) });
    }, gateway.token);
    await page.waitForSelector('#news li >> text=E2');
    await page.waitForSelector('#news a:has-text("Budi")');
    expect(complaints).toEqual([]);
  });

  test('the error dictionary is searched, and marks the number of its address', async () => {
    const { page, complaints } = await openPage(browser, gateway);
    onTestFinished(() => page.context().close());
    await page.goto('/errors#10102');
    const ground = (name: string) => page.$eval(`#${name}`, (row) => getComputedStyle(row).backgroundColor);
    expect(await ground('USER_EMAIL_EXISTS')).not.toBe(await ground('USER_PHONE_EXISTS'));
    await page.fill('input[type=search]', 'phone taken');
    expect(await page.$$eval('.errors dt', (rows) => rows.filter((row) => row.checkVisibility()).length)).toBe(1);
    expect(complaints).toEqual([]);
  });

  test('the mailbox is searched and emptied', async () => {
    const { page } = await openPage(browser, gateway);
    onTestFinished(() => page.context().close());
    await page.goto('/dev/mails');
    await page.fill('#search input', 'nobody');
    expect(await page.locator('#mails li:visible').count()).toBe(0);
    await page.click('#clear');
    await page.waitForSelector('text=No mail yet');
  });

  test.skipIf(!hasJava && !process.env['REQUIRE_TOOLS'])('the Nu HTML checker finds no error', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pages-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const paths = [...ownPages, '/docs', '/graphql'].map((page) => (page === 'MAIL' ? '/dev/mails/gone' : page));
    const files = await Promise.all(
      paths.map(async (path, index) => {
        const file = join(folder, `${index}${path.replace(/\W/g, '-')}.html`);
        const answer = await fetch(`${gateway.url}${path}`, { headers: { Accept: 'text/html' } });
        writeFileSync(file, await answer.text());
        return file;
      }),
    );
    const jar = createRequire(import.meta.url)('vnu-jar') as string;
    expect(errorsIn(() => execFileSync('java', ['-jar', jar, '--errors-only', ...files], { stdio: 'pipe' }))).toBe('');
  });
});

const narrow = { viewport: { width: 360, height: 740 } };

/** Expects no serious finding of axe in the light page, and of what depends on colours none in the dark one. */
async function expectNothingSerious(page: Page): Promise<void> {
  // Legacy mode asks no frame: one that runs no script would never answer.
  const axe = () => new AxeBuilder({ page }).setLegacyMode(true);
  for (const [colorScheme, checks] of [
    ['light', axe()],
    ['dark', axe().withRules(['color-contrast', 'link-in-text-block'])],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await checks.analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const found = serious.map(({ id, nodes }) => [colorScheme, id, nodes.map(({ html }) => html)]);
    expect(found).toEqual([]);
  }
}

function errorsIn(check: () => unknown): string {
  try {
    check();
    return '';
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr ?? error);
  }
}
