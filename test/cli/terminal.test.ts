import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { runGateway } from '../../src/cli/gateway.ts';
import { visible } from '../../src/terminal.ts';

/** Clears the screen, sets the window's title, CSI in one character, hides what follows, turns it around, begins a line of its own. */
const hostile = '\u001b[2J\u001b]0;title\u0007\u009b31m\u0008\r\u202e\u2028\nAll rows are done.\n';
/** What no terminal may get: a control character but the line end, or one that reorders text. */
const dangerous = /[^\P{Cc}\n]|[\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-terminal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

async function command(env: Record<string, string>, ...words: string[]) {
  let [out, err] = ['', ''];
  const code = await runGateway(words, {
    env,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  });
  return { code, out, err };
}

/** Answers the token call and `/graphql` with a status and a body each. */
async function serve(token: [number, object], graphql: [number, object] = [200, {}]): Promise<string> {
  const server = createServer((request, response) => {
    const [status, body] = request.url === '/oauth/token' ? token : graphql;
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function importInto(url: string, csv: string, ...more: string[]) {
  const file = join(makeFolder(), 'users.csv');
  writeFileSync(file, csv);
  return command({ CLIENT_SECRET: 'secret' }, 'import', file, '--url', url, '--client-id', 'id', ...more);
}

const csv = 'employeeID,name,email,isActive\nA1,John,john@example.com,true\n';
const granted: [number, object] = [200, { data: { accessToken: 'token' } }];
const rejected = {
  __typename: 'CreateUserError',
  problems: [{ errorCode: 10_101, message: hostile, detail: hostile, path: ['employeeID'] }],
};

describe.each([[[]], [['--json']]])('import --url %j shows nothing of a hostile server to the terminal', (more) => {
  const answers: [string, [number, object], [number, object]?][] = [
    ['a refused token call', [400, { detail: hostile }]],
    ['a refused call', granted, [400, { errors: [{ message: hostile, extensions: { errorCode: 400 } }] }]],
    ['a rejected row', granted, [200, { data: { users: { replayed: false, results: [rejected] } } }]],
  ];
  test.each(answers)('in %s', async (_, token, graphql) => {
    const { code, out, err } = await importInto(await serve(token, graphql), csv, ...more);
    expect(code).not.toBe(0);
    expect(out + err).toContain('All rows are done.');
    expect(out + err).not.toMatch(dangerous);
    expect(out + err).not.toMatch(/^All rows are done/m);
  });
});

test('what a file names its columns does no harm', async () => {
  const url = await serve(granted, [200, { data: { users: { replayed: false, results: [rejected] } } }]);
  const { out, err } = await importInto(url, csv.replace('isActive\n', 'isActive,\u001b[2J\u009b31m\n'));
  expect(out + err).toContain('31m"');
  expect(out + err).not.toMatch(dangerous);
});

test('what is in a database is shown, and no more; the JSON value is what is stored', async () => {
  const path = join(makeFolder(), 'gateway.db');
  const env = { DATABASE_URL: `file:${path}` };
  await command(env, 'company', 'create', '--code', 'RUKR', '--name', 'Ruangkerja');
  await command(env, 'client', 'create', '--company', 'RUKR', '--name', 'HR', '--scope', 'users:read');
  const raw = new Database(path);
  raw.prepare('update clients set name = ?').run(hostile);
  raw.close();
  const { out } = await command(env, 'client', 'list');
  expect(out).not.toMatch(dangerous);
  expect(out.trim().split('\n')).toHaveLength(2);
  const { out: json } = await command(env, 'client', 'list', '--json');
  expect(json).not.toMatch(dangerous);
  expect(JSON.parse(json)[0].name).toBe(hostile);
});

test('what makes no harm stays as it is', () => {
  const text = 'Siti Nurhaliza – 名前 👩‍👩‍👧 é\nsecond line\n';
  expect(visible(text)).toBe(text);
});

describe('an import that ends before its last row', () => {
  test('for a wrong secret, which the same command meets again, does not say that this goes on', async () => {
    const { code, err } = await importInto(await serve([400, { detail: 'client is invalid' }]), csv, '--json');
    expect([code, err]).toEqual([1, 'the token call is refused: client is invalid\n0 of 1 rows are done.\n']);
  });

  test('for a gateway that fails, which may pass, says that the same command goes on', async () => {
    const { code, err } = await importInto(await serve(granted, [500, {}]), csv, '--json');
    expect([code, err]).toEqual([
      1,
      'the gateway refuses the call: it answered 500\n0 of 1 rows are done; the same command goes on from there.\n',
    ]);
  });
});
