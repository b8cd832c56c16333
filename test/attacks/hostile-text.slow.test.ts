import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeFolder, run, start } from '../process/program.ts';

/** Milliseconds that the longest of the parallel requests waits while `attack` is under way: how long the event loop stood still. */
async function stallOf(port: number, attack: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const begun = performance.now();
      await (await fetch(`http://127.0.0.1:${port}/health/live`)).text();
      longest = Math.max(longest, performance.now() - begun);
    }
  })();
  await attack();
  isOver = true;
  await watching;
  return longest;
}

const marks = `a${'\u0301'.repeat(64_000)}${'\u0316'.repeat(64_000)}`;
const shortRuns = `a${'\u0301'.repeat(30)}`.repeat(8_000);
const fields = ['employeeID', 'name', 'username', 'email', 'phone', 'password', 'organizationSerial'];

test('text that is slow to normalise or to search stalls nobody longer than plain text of its size, in fields, tags and filters', async () => {
  const program = await start(makeFolder(), {}, ['--json']);
  const [port, token] = [program.port(), program.json().accessToken];
  const post = (path: string, body: object) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { Authorization: token, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }).then((answer) => answer.text());
  const bodies = (text: string): [string, object][] => [
    ...fields.map((field): [string, object] => ['/ruangkerja/users', { [field]: text }]),
    ['/ruangkerja/users', { tagSerials: [text] }],
    ['/ruangkerja/tags', { name: text }],
    ['/ruangkerja/tags/create-bulk', { items: [{ name: text }] }],
    ...['name', 'email', 'phone', 'employeeID', 'tagSerial'].map((field): [string, object] => [
      '/graphql',
      {
        query: 'query ($filter: UserFilter) { users(filter: $filter) { totalCount } }',
        variables: { filter: { [field]: text } },
      },
    ]),
    ['/graphql', { query: 'query ($name: String) { tags(name: $name) { totalCount } }', variables: { name: text } }],
  ];
  const attack = (text: string) => () => Promise.all(bodies(text).map(([path, body]) => post(path, body)));
  await attack('warm')();
  const plain = await stallOf(port, attack('a'.repeat(256_000)));
  // The runs stalled it for 24 s in each field that is normalised.
  for (const text of [marks, shortRuns]) expect(await stallOf(port, attack(text))).toBeLessThan(10 * plain + 250);
});

test('a CSV row of 25 MB of commas is refused with its line, in less memory than an import takes', async () => {
  const folder = makeFolder();
  const file = join(folder, 'users.csv');
  writeFileSync(file, `employeeID,name,email,isActive\nE1,Budi,budi@example.com,ya\n${','.repeat(25_000_000)}\n`);
  expect(statSync(file).size).toBeGreaterThan(25_000_000);
  const cli = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const script = `process.on('exit', () => console.error('peak ' + process.resourceUsage().maxRSS)); process.argv.splice(1, 0, ${JSON.stringify(cli)}); await import(${JSON.stringify(cli)});`;
  const gateway = run(
    folder,
    { DATABASE_URL: 'file:gateway.db' },
    ['import', file, '--company', 'RUKR'],
    [],
    [process.execPath, '--input-type=module', '--eval', script],
  );
  expect(await gateway.ended).toBe(1);
  expect(gateway.err()).toContain('the row at line 3 is longer than 1048576 bytes');
  const [, kilobytes] = /peak (\d+)/.exec(gateway.err())!;
  expect(Number(kilobytes)).toBeLessThan(300_000);
});
