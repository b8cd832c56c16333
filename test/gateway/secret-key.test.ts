import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { developmentSecretKey } from '../../src/gateway/secret-key.ts';

/** A `data` folder that does not exist yet. */
function makeFolder(): string {
  const parent = mkdtempSync(join(tmpdir(), 'gateway-key-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  return join(parent, 'data');
}

test('the key is 32 bytes in a file of mode 0600, nothing is left beside it, and the next start has the same', () => {
  const folder = makeFolder();
  const key = developmentSecretKey(folder);
  expect(key).toHaveLength(32);
  expect(readdirSync(folder)).toEqual(['secret.key']);
  expect(statSync(join(folder, 'secret.key')).mode & 0o777).toBe(0o600);
  expect(developmentSecretKey(folder).equals(key)).toBe(true);
  expect(developmentSecretKey(makeFolder()).equals(key)).toBe(false);
});

test('starts at once end with one key', async () => {
  const folder = makeFolder();
  const module = new URL('../../src/gateway/secret-key.ts', import.meta.url).href;
  // All wait for one moment, so that they meet.
  const at = Date.now() + 1_000;
  const code = `import { developmentSecretKey } from ${JSON.stringify(module)};
    while (Date.now() < ${at});
    process.stdout.write(developmentSecretKey(${JSON.stringify(folder)}).toString('base64'));`;
  const start = () =>
    promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code]).then(({ stdout }) => stdout);
  const keys = await Promise.all([start(), start(), start(), start()]);
  expect(new Set(keys)).toEqual(new Set([readFileSync(join(folder, 'secret.key'), 'utf8')]));
  expect(readdirSync(folder)).toEqual(['secret.key']);
});

test('a file that holds no key is named and never replaced: mails sealed with it may wait', () => {
  const folder = makeFolder();
  developmentSecretKey(folder);
  writeFileSync(join(folder, 'secret.key'), 'cut sh');
  expect(() => developmentSecretKey(folder)).toThrow(/secret\.key does not contain 32 bytes/);
  expect(readFileSync(join(folder, 'secret.key'), 'utf8')).toBe('cut sh');
});
