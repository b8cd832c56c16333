import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, vi } from 'vitest';
import { makeFolder } from '../process/program.ts';
import { root } from '../support/source.ts';

const run = promisify(execFile);
/** Debian keeps servers in folders that an ordinary user's PATH lacks. */
const env = { PATH: `${process.env['PATH']}:/usr/local/sbin:/usr/sbin:/sbin` };

/** Whether a test is skipped, with a line that says so: the tool is not there, and nobody demands it. */
export function skipsWithout(tool: string): boolean {
  const isThere = spawnSync('sh', ['-c', `command -v ${tool}`], { env }).status === 0;
  if (isThere || process.env['REQUIRE_TOOLS']) return false;
  console.warn(`skipped: ${tool} is not installed`);
  return true;
}

/** The container's bundle in a folder of its own, which starts in a fraction of the time; returns the command. */
export async function makeBundle(): Promise<string[]> {
  const folder = makeFolder();
  const config = join(root, 'rolldown.config.ts');
  const rolldown = join(root, 'node_modules/rolldown/bin/cli.mjs');
  await run(process.execPath, [rolldown, '--config', config, '--dir', join(folder, 'dist')], { cwd: root });
  for (const name of ['node_modules', 'drizzle', 'package.json']) symlinkSync(join(root, name), join(folder, name));
  return [process.execPath, '--import', join(folder, 'dist/preload.js'), join(folder, 'dist/main.js')];
}

/** A port that no outgoing connection takes while its server restarts: below Linux' range for those. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}

export interface Proxy {
  port: number;
  /** What it printed. */
  out: () => string;
}

/** Starts HAProxy or nginx with the example of `deploy/`, in front of two gateways, and ends it with the test. */
export async function startProxy(name: 'haproxy' | 'nginx', gateways: readonly [number, number]): Promise<Proxy> {
  const folder = makeFolder();
  const [port, plain] = [await lastingPort(), await lastingPort()];
  const [key, certificate, both] = ['gateway.key', 'gateway.crt', 'gateway.pem'].map((file) => join(folder, file));
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', [...request, '-subj', '/CN=localhost', '-keyout', key!, '-out', certificate!]);
  writeFileSync(both!, readFileSync(certificate!, 'utf8') + readFileSync(key!, 'utf8'));
  const places: [string, string][] = [
    ['10.0.0.11:4000', `127.0.0.1:${gateways[0]}`],
    ['10.0.0.12:4000', `127.0.0.1:${gateways[1]}`],
    ...({
      haproxy: [
        ['bind :443', `bind 127.0.0.1:${port}`],
        ['bind :80', `bind 127.0.0.1:${plain}`],
        ['/etc/haproxy/gateway.pem', both],
      ],
      nginx: [
        ['listen 443', `listen 127.0.0.1:${port}`],
        ['listen 80', `listen 127.0.0.1:${plain}`],
        ['/etc/nginx/gateway.crt', certificate],
        ['/etc/nginx/gateway.key', key],
      ],
    }[name] as [string, string][]),
  ];
  const file = join(folder, 'conf');
  writeFileSync(file, placed(name === 'haproxy' ? 'haproxy/haproxy.cfg' : 'nginx/gateway.conf', places));
  const [command, args] = name === 'haproxy' ? ['haproxy', ['-db', '-f', file]] : ['nginx', nginx(folder, file)];

  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => void (out += text));
  const answers = async (): Promise<void> =>
    void (await fetch(`http://127.0.0.1:${plain}`, { redirect: 'manual' }).catch(() => Promise.reject(new Error(out))));
  await vi.waitFor(answers, { timeout: 10_000 });
  return { port, out: () => out };
}

/** A file of `deploy/` with other addresses, each of which must be there. */
function placed(path: string, places: [string, string][]): string {
  let text = readFileSync(join(root, 'deploy', path), 'utf8');
  for (const [documented, real] of places) {
    expect(text).toContain(documented);
    text = text.replaceAll(documented, real);
  }
  return text;
}

/** The arguments with which nginx loads `included` as Debian's nginx.conf does, and writes nothing outside of `folder`. */
function nginx(folder: string, included: string): string[] {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${join(folder, kind)};`,
  );
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; pid ${join(folder, 'pid')}; error_log stderr warn;
    events { worker_connections 1024; } http { access_log off; ${temporary.join(' ')} include ${included}; }`,
  );
  return ['-e', 'stderr', '-c', file];
}
