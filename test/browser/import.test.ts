import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { root } from '../support/source.ts';
import { describeInBrowser, launchChromium } from './chromium.ts';
import { openPage } from './open-page.ts';
import { type Gateway, startGateway } from './start-gateway.ts';

const slow = { timeout: 60_000 };

describeInBrowser('the import page in Chromium', () => {
  let browser: Browser;
  let gateway: Gateway;
  const folder = mkdtempSync(join(tmpdir(), 'gateway-import-page-'));
  beforeAll(async () => {
    [browser, gateway] = await Promise.all([launchChromium(), startGateway()]);
  });
  afterAll(async () => {
    await browser?.close();
    await gateway?.close();
    rmSync(folder, { recursive: true });
  });

  async function open(expected: RegExp = /^$/): Promise<Page> {
    const { page, complaints } = await openPage(browser, gateway);
    onTestFinished(async () => {
      await page.context().close();
      expect(complaints.filter((complaint) => !expected.test(complaint))).toEqual([]);
    });
    await page.goto('/import');
    return page;
  }

  function makeFile(name: string, content: string | Buffer): string {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  }

  /** What the summary says, by its labels. */
  async function summary(page: Page): Promise<Record<string, string>> {
    const [labels, counts] = await Promise.all([
      page.locator('#summary dt').allInnerTexts(),
      page.locator('#summary dd').allInnerTexts(),
    ]);
    return Object.fromEntries(labels.map((label, at) => [label, counts[at]!]));
  }

  async function check(page: Page): Promise<void> {
    await page.click('[data-import=check]');
    await page.locator('#status', { hasText: 'Nothing was written' }).waitFor(slow);
  }

  test('a messy file of 2,000 rows goes from drop to the mailbox, and its refused rows are those of the command', async () => {
    const rows = Array.from({ length: 2_000 }, (_, n) => {
      if (n % 100 === 3) return `M ${n};"Budi; S.H.";budi${n}@example.com;;ya`;
      if (n % 100 === 4) return `M${n - 2};Siti;siti${n}@example.com;;ya`;
      if (n % 100 === 5) return `M${n};Ani;;12;mungkin`;
      return `M${n};"Siti ${n}, A.Md." ;m${n}@example.com; 812${String(5_000_000 + n)};${n % 2 ? 'Aktif' : 'TIDAK'}`;
    });
    const content = `\uFEFFDaftar Karyawan;;;;\r\n\r\nNIK;Nama Lengkap;Surel;No. HP;Status\r\n${rows.join('\r\n')}\r\n`;
    const path = makeFile('karyawan.csv', content);
    const page = await open();
    const dropped = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], 'karyawan.csv'));
      return transfer;
    }, content);
    await page.dispatchEvent('#drop', 'drop', { dataTransfer: dropped });
    await page.locator('#notes', { hasText: 'Daftar Karyawan' }).waitFor(slow);

    await check(page);
    expect(await summary(page)).toEqual({
      Rows: '2,000',
      'Users that will be created': '1,940',
      'Mails with a password that will be sent': '1,940',
      'Rows refused': '60',
    });
    expect(await page.locator('#notes').innerText()).toContain('were read as national numbers');
    await page.selectOption('#filter', '10101');
    expect(await page.locator('#rejected-rows tr').first().innerText()).toMatch(
      /^8\s+M2\s+10101\s+employee id already/,
    );
    const mailsBefore = await mails(page);

    await page.click('[data-import=create]');
    await page.locator('#status', { hasText: 'Done' }).waitFor(slow);
    expect(await summary(page)).toMatchObject({ 'Users created': '1,940', 'Rows refused': '60' });
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-import=errors]')]);
    expect(download.suggestedFilename()).toBe('karyawan.errors.csv');
    expect(mailsBefore).toBe(0);
    await page.click('#mailbox a');
    await page.locator('#mails a').first().waitFor(slow);

    const command = [
      join(root, 'src/cli/main.ts'),
      'import',
      path,
      '--url',
      gateway.url,
      '--client-id',
      gateway.clientID,
    ];
    const env = { ...process.env, CLIENT_SECRET: gateway.clientSecret };
    const { stdout } = await promisify(execFile)(process.execPath, [...command, '--json'], { env }).catch(
      (ended: { stdout: string }) => ended,
    );
    // The same chunks with the same keys: what the page created is not created again.
    expect(JSON.parse(stdout)).toMatchObject({ created: 0, imported: 1_940, rejected: 60 });
    expect(readFileSync(await download.path(), 'utf8')).toBe(readFileSync(path.replace('.csv', '.errors.csv'), 'utf8'));
  });

  test('a file is imported by keyboard alone, with a column that the person chooses', async () => {
    const path = makeFile(
      'tombol.csv',
      'Kode Orang,name,phone,isActive\nK1,Siti,08125550001,1\nK2,Budi,08125550002,1\n',
    );
    const page = await open();
    const tabTo = async (selector: string, key = 'Tab') => {
      for (let presses = 0; presses < 30; presses++) {
        if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
        await page.keyboard.press(key);
      }
      throw new Error(`${key} does not reach ${selector}`);
    };
    await tabTo('[data-import=file]');
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Space')]);
    await chooser.setFiles(path);
    await page.locator('#missing', { hasText: 'employeeID' }).waitFor(slow);
    expect(await page.locator('[data-import=check]').isDisabled()).toBe(true);
    await tabTo('#column-employeeID');
    await page.keyboard.press('ArrowDown');
    await tabTo('[data-import=check]');
    await page.keyboard.press('Enter');
    await page.locator('#results').waitFor(slow);
    await tabTo('[data-import=create]', 'Shift+Tab');
    await page.keyboard.press('Enter');
    await page.locator('#status', { hasText: 'Done' }).waitFor(slow);
    expect(await summary(page)).toMatchObject({ 'Users created': '2', 'Mails with a password': '0' });
  });

  test('an import that is stopped goes on where it was, and creates nobody twice', async () => {
    const rows = Array.from({ length: 600 }, (_, n) => `S${n},Siti,,0813${String(5_000_000 + n)},,,1`);
    const path = makeFile('stop.csv', `employeeID,name,email,phone,tagSerials,username,isActive\n${rows.join('\n')}\n`);
    const page = await open();
    await page.setInputFiles('[data-import=file]', path);
    await check(page);
    // The first call of the creation waits until the person has stopped it.
    const { promise: isStopped, resolve: stop } = Promise.withResolvers<void>();
    let calls = 0;
    await page.context().route('**/graphql', async (route) => {
      calls++;
      await isStopped;
      await route.continue();
    });
    await page.click('[data-import=create]');
    await expect.poll(() => calls, slow).toBe(1);
    await page.click('#stop');
    stop();
    await page.locator('#status', { hasText: 'Stopped after 200 of 600 rows' }).waitFor(slow);
    await page.click('[data-import=create]');
    await page.locator('#status', { hasText: 'Done' }).waitFor(slow);
    expect(await summary(page)).toMatchObject({
      Rows: '600',
      'Users created': '400',
      'Created by an earlier run': '200',
    });
  });

  test('the page in Indonesian says in Indonesian what is wrong with a file, its columns and its rows', async () => {
    const page = await open(/401/);
    await page.goto('/import?lang=id');
    const sheet = Buffer.from('PK\x03\x04 xl/workbook.xml');
    await page.setInputFiles('[data-import=file]', makeFile('buku.csv', sheet));
    await page
      .locator('#problem', { hasText: 'ini buku kerja Excel: di Excel, simpan sebagai "CSV UTF-8"' })
      .waitFor(slow);
    await page.setInputFiles(
      '[data-import=file]',
      makeFile('id.csv', 'NIK,Nama,No HP,Aktif,Gaji\nI1,Siti,6591234568,ya,1\nI-2,,12,mungkin,2\n'),
    );
    await page.locator('#notes', { hasText: 'diabaikan, karena namanya tidak dikenal: "Gaji"' }).waitFor(slow);
    await page.fill('[data-import=token]', 'x'.repeat(43));
    await page.click('[data-import=check]');
    const refused = 'gateway menolak panggilan ini: 401 token akses tidak ada, tidak dikenal, atau kedaluwarsa';
    await page.locator('#problem', { hasText: refused }).waitFor(slow);
    await page.fill('[data-import=token]', gateway.token);
    await page.click('[data-import=check]');
    await page.locator('#status', { hasText: 'Tidak ada yang ditulis' }).waitFor(slow);
    const sentence =
      'ID karyawan hanya boleh berisi huruf a-z, A-Z dan angka 0-9, paling banyak 64; 10112 nama wajib diisi; ' +
      '10117 telepon bukan nomor yang sah (Excel membuang nol di depan: adakah yang hilang di sini?); 10120 isActive ';
    expect(await page.locator('#rejected-rows tr').allInnerTexts()).toEqual([expect.stringContaining(sentence)]);
    expect(await page.locator('#notes').innerText()).toContain('dibaca sebagai nomor nasional: 1, yang pertama di');
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-import=errors]')]);
    expect(readFileSync(await download.path(), 'utf8')).toContain(`,3,10111,"${sentence}`);
  });

  test('a wrong file and a wrong token are told in words, and the page goes on', async () => {
    const page = await open(/401/);
    const head = 'employeeID,name,email,isActive\n';
    await page.setInputFiles(
      '[data-import=file]',
      makeFile('excel.csv', Buffer.from(`${head}W1,Andr\xe9,w1@example.com,1\n`, 'latin1')),
    );
    await page.locator('#problem', { hasText: 'line 2 is not UTF-8; the file may be Windows-1252' }).waitFor(slow);
    await page.setInputFiles('[data-import=file]', makeFile('good.csv', `${head}W1,André,w1@example.com,1\n`));
    await page.locator('#columns').waitFor(slow);
    expect(await page.inputValue('[data-import=token]')).toMatch(/^[\w-]{43}$/);
    await page.fill('[data-import=token]', 'x'.repeat(43));
    await page.click('[data-import=check]');
    await page.locator('#problem', { hasText: '401 access token is missing, unknown or expired' }).waitFor(slow);
    await page.fill('[data-import=token]', gateway.token);
    await check(page);
    expect(await summary(page)).toMatchObject({ 'Users that will be created': '1' });
  });
});

async function mails(page: Page): Promise<number> {
  return page.evaluate(async () => (await (await fetch('/dev/mails.json?seen=none')).json()).length);
}
