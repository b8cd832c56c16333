import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { describe } from 'vitest';

const usualPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const found = [process.env.CHROMIUM, ...usualPaths].find((path) => path !== undefined && existsSync(path));

/** As vitest's `describe`, where there is a Chromium; else it skips and says why, or fails under REQUIRE_BROWSER=1. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (found === undefined) {
    const reason = 'no Chromium: install one, or name it in CHROMIUM';
    if (process.env.REQUIRE_BROWSER === '1') throw new Error(reason);
    console.warn(`browser tests skipped: ${reason}`);
  }
  describe.skipIf(found === undefined)(name, tests);
}

/** A headless Chromium that asks nobody for updates. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: found!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
