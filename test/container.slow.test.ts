import { execFile as execFileCallback, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { makeFolder, post, production, userOf } from './process/program.ts';

// There is no Docker engine where the tests run. So they read the Dockerfile, do what its lines say in a folder, and run
// the image's own commands there.
const execFile = promisify(execFileCallback);
const project = join(import.meta.dirname, '..');
const [, build, image] = readFileSync(join(project, 'Dockerfile'), 'utf8')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ')
  .split(/^(?=FROM )/m)
  .map((stage) => [...stage.matchAll(/^([A-Z]+) +(.+)$/gm)].map(([, name, rest]) => ({ name, rest: rest! })));
const all = (stage: typeof build, instruction: string): string[] =>
  stage!.filter(({ name }) => name === instruction).map(({ rest }) => rest);
const command = (name: string): [string, ...string[]] => JSON.parse(/\[.*\]/.exec(all(image, name)[0]!)![0]);
const imageEnv = Object.fromEntries(
  all(image, 'ENV').flatMap((line) => line.split(' ').map((pair) => pair.split('='))),
);

let folder: string;
/** The image's `/app`. */
let app: string;

beforeAll(async () => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'gateway-image-'));
  const stage = join(folder, 'build');
  app = join(folder, 'app');
  copy(all(build, 'COPY'), stage, project);
  const [sbom, ...others] = all(build, 'RUN').toReversed();
  expect(others).toEqual(['npx rolldown -c', 'npm ci --ignore-scripts']);
  await execFile('bash', ['-c', sbom!], { cwd: stage });
  symlinkSync(join(project, 'node_modules'), join(stage, 'node_modules'));
  await execFile(process.execPath, [join(project, 'node_modules/rolldown/bin/cli.mjs'), '-c'], { cwd: stage });
  copy(all(image, 'COPY'), app, project, stage);
  // The bundle has to live without the source and without the packages that it holds.
  rmSync(stage, { recursive: true });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

test('the image holds the bundle, the migrations, package.json, and of all packages the native ones and what /docs loads', () => {
  expect(readdirSync(app).toSorted()).toEqual(['dist', 'drizzle', 'node_modules', 'package.json', 'sbom.json']);
  expect(readdirSync(join(app, 'node_modules')).toSorted()).toEqual(['@node-rs', 'better-sqlite3', 'swagger-ui-dist']);
  const bundle = globSync('**/*.*', { cwd: join(app, 'dist') });
  expect(bundle.filter((file) => !file.endsWith('.js'))).toEqual([]);
  expect(bundle).toEqual(expect.arrayContaining(['import/page.js', 'import/worker.js']));
  // GraphiQL alone would be 9 MB.
  expect(bundle.reduce((bytes, file) => bytes + statSync(join(app, 'dist', file)).size, 0)).toBeLessThan(8e6);
});

test('the SBOM names every dependency, and nothing that is only used to build', () => {
  const { bomFormat, components } = JSON.parse(readFileSync(join(app, 'sbom.json'), 'utf8'));
  expect(bomFormat).toBe('CycloneDX');
  const names = components.map(({ name }: { name: string }) => name);
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
  // The types are also optional peers of drizzle-orm.
  const tools = Object.keys(devDependencies).filter((name) => !name.startsWith('@types/'));
  expect(names.filter((name: string) => tools.includes(name))).toEqual([]);
});

test('nothing of the build context but what the Dockerfile copies reaches the builder', () => {
  const sources = [...all(build, 'COPY'), ...all(image, 'COPY').filter((line) => !line.startsWith('--from'))].flatMap(
    (line) => line.split(' ').slice(0, -1),
  );
  const [everything, ...but] = readFileSync(join(project, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(everything).toBe('*');
  expect(but.map((line) => line.slice(1)).toSorted()).toEqual([...new Set(sources)].toSorted());
});

test('the image is pinned, runs as nobody in particular, and its commands get signals', () => {
  const [from] = all(image, 'FROM');
  expect(from).toMatch(/^node:\d+\.\d+\.\d+-[a-z]+-slim$/);
  expect(all(build, 'FROM')).toEqual([`${from} AS build`]);
  expect(all(image, 'USER')).toEqual(['1000:1000']);
  expect(imageEnv).toEqual({ NODE_ENV: 'production', HOST: '0.0.0.0' });
  expect([command('CMD')[0], command('HEALTHCHECK')[0]]).toEqual(['node', 'node']);
  const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  expect(command('CMD').join(' ')).toBe(
    scripts.start.replace('exec node bin/node.js', 'node').replace(/src\/(preload|main)\.ts/g, 'dist/$1.js'),
  );
});

test("the image's command on the bundle: commands before and beside it, a user over REST, health, GraphiQL never, SIGTERM, nothing written but the database", async () => {
  const data = makeFolder();
  const port = await freePort();
  const env = {
    PATH: dirname(process.execPath),
    ...production,
    ...imageEnv,
    HOST: '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: `file:${join(data, 'gateway.db')}`,
  };
  const [, ...cmd] = command('CMD');
  const gateway = async (...args: string[]) =>
    JSON.parse(
      (await execFile(process.execPath, [join(dirname(cmd.at(-1)!), 'cli.js'), '--json', ...args], { cwd: app, env }))
        .stdout,
    );
  const healthy = async () => {
    const probe = spawn(process.execPath, command('HEALTHCHECK').slice(1), { env, stdio: 'ignore' });
    return (await once(probe, 'close'))[0] === 0;
  };
  const before = readdirSync(app, { recursive: true }).length;

  expect(await gateway('company', 'create', '--code', 'RUKR', '--name', 'Ruangkerja')).toEqual({ code: 'RUKR' });
  expect(await healthy()).toBe(false);
  const child = spawn(process.execPath, cmd, { cwd: app, env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => void (printed += text));
  await vi.waitFor(async () => expect(await healthy(), printed).toBe(true), { timeout: 20_000, interval: 50 });

  const origin = `http://127.0.0.1:${port}`;
  expect(await (await fetch(`${origin}/health/ready`)).json()).toMatchObject({
    status: 'ok',
    database: 'ok',
    disk: 'ok',
    mail: 'down',
  });
  const { clientID, clientSecret } = await gateway(
    'client',
    'create',
    '--company',
    'RUKR',
    '--name',
    'HR',
    '--scope',
    'users:create',
  );
  const grant = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientID,
    client_secret: clientSecret,
  });
  const { access_token: token } = await (await fetch(`${origin}/oauth/token`, { method: 'POST', body: grant })).json();
  // A chosen password takes the whole way: the word lists, which are chunks of their own, and argon2's machine code.
  const created = await post(port, token, userOf('A1', { password: 'wiru-tenda-mekar-41' }));
  expect([created.status, await created.json()]).toEqual([
    200,
    { status: 'success', message: 'Success', data: { serial: expect.any(String) } },
  ]);
  expect((await post(port, token, userOf('A2', { password: 'password123' }))).status).toBe(400);
  expect(await gateway('mail', 'list')).toHaveLength(1);
  expect((await fetch(`${origin}/graphql`, { headers: { Accept: 'text/html' } })).status).toBeGreaterThanOrEqual(400);
  const worker = await (await fetch(`${origin}/import/worker.js`)).text();
  expect(worker).toBe(readFileSync(join(app, 'dist/import/worker.js'), 'utf8'));
  const version = await execFile(process.execPath, [join(dirname(cmd.at(-1)!), 'cli.js'), '--version'], {
    cwd: app,
    env,
  });
  expect(version.stdout.trim()).toBe(JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')).version);

  child.kill('SIGTERM');
  expect(await once(child, 'close'), printed).toEqual([0, null]);
  expect(await healthy()).toBe(false);
  expect(readdirSync(app, { recursive: true })).toHaveLength(before);
}, 60_000);

test('the load balancer asks for readiness, and the documented commands run what the image has', () => {
  const compose = readFileSync(join(project, 'compose.yaml'), 'utf8');
  expect(compose).toMatch(/http-check send .*uri \/health\/ready\b/);
  const entries = [...compose.matchAll(/exec gateway node (\S+)/g)].map(([, file]) => file!);
  expect(entries.length).toBeGreaterThan(0);
  for (const file of entries) expect(existsSync(join(app, file)), file).toBe(true);
  for (const secret of ['SECRET_KEY', 'POSTGRES_PASSWORD']) expect(compose).toContain(`\${${secret}:?`);
});

/** COPY as https://docs.docker.com/reference/dockerfile/#copy has it: of a folder its content, a file into the folder. */
function copy(lines: string[], target: string, context: string, builder = context): void {
  for (const line of lines) {
    const [, from, sources, to] = /^(--from=build )?(.+) (\S+)$/.exec(line)!;
    for (const pattern of sources!.split(' ')) {
      const matches = globSync(pattern.replace(/^\/app\//, ''), { cwd: from ? builder : context });
      expect(matches.length, line).toBeGreaterThan(0);
      for (const match of matches) {
        const source = join(from ? builder : context, match);
        const place = join(target, to!, statSync(source).isDirectory() ? '' : basename(source));
        cpSync(source, place, { recursive: true });
      }
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
