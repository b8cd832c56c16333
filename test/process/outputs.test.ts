import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { launch, main, makeFolder, type Program, run } from './program.ts';

const full = '/dev/full';
const noScript = spawnSync('script', ['--version']).error !== undefined;

/** The program with a port known beforehand, since the log that names it may be lost. */
async function startOn(outputs: Parameters<typeof launch>[5], command?: string[]) {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await new Promise((resolve) => taken.close(resolve));
  const program = run(makeFolder(), { PORT: String(port) }, [], [], command, outputs);
  await vi.waitFor(() => send(port, '/health/ready'), { timeout: 40_000, interval: 50 });
  return { program, port };
}

const send = (port: number, path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);

/** Opens what the test closes in the end. */
function opened(path: string, flags: string | number): number {
  const descriptor = openSync(path, flags);
  onTestFinished(() => {
    try {
      closeSync(descriptor);
    } catch {
      // The test has closed it.
    }
  });
  return descriptor;
}

/** A pipe with both ends in one descriptor: it takes 64 KB, and nobody reads until the test does. */
function makePipe(): number {
  const path = join(makeFolder(), 'pipe');
  spawnSync('mkfifo', [path]);
  return opened(path, constants.O_RDWR | constants.O_NONBLOCK);
}

function readAll(descriptor: number): string {
  const chunk = Buffer.alloc(65_536);
  const chunks: Buffer[] = [];
  try {
    for (;;) chunks.push(Buffer.from(chunk.subarray(0, readSync(descriptor, chunk))));
  } catch {
    return Buffer.concat(chunks).toString();
  }
}

/** A log line for each, of more than 200 bytes. */
async function sendMany(port: number, count: number): Promise<void> {
  let left = count;
  const sendNext = async (): Promise<void> => {
    while (left-- > 0) expect((await send(port, `/${'x'.repeat(60)}`)).status).toBe(404);
  };
  await Promise.all(Array.from({ length: Math.min(50, count) }, sendNext));
}

async function expectOrderlyStop(program: Program): Promise<void> {
  program.child.kill('SIGTERM');
  expect(await program.ended).toBe(0);
}

test('a log that nobody reads: every request is answered, lines above 1 MiB are dropped, and what is read later has the count', async () => {
  const pipe = makePipe();
  const { program, port } = await startOn(['pipe', pipe]);
  await sendMany(port, 5_500);
  let text = '';
  const lines = () =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  await vi.waitFor(
    () => {
      text += readAll(pipe);
      expect(lines().some(({ dropped }) => dropped > 0)).toBe(true);
    },
    { timeout: 40_000, interval: 10 },
  );
  await sendMany(port, 1);
  await vi.waitFor(() => {
    text += readAll(pipe);
    expect(lines().at(-1)).toMatchObject({ msg: 'request' });
    expect(lines().at(-1).dropped).toBeUndefined();
  });
  const kept = lines().filter(({ path }) => path?.startsWith('/xx')).length;
  const dropped = lines().reduce((sum, line) => sum + (line.dropped ?? 0), 0);
  expect(kept + dropped).toBe(5_501);
  expect(kept).toBeGreaterThan(3_000);
  expect(text.length).toBeLessThan(1_300_000);
  await expectOrderlyStop(program);
});

test('a log whose reader is gone: requests go on and the stop is orderly', async () => {
  const path = join(makeFolder(), 'pipe');
  spawnSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const { program, port } = await startOn(['pipe', opened(path, constants.O_WRONLY)]);
  closeSync(reader);
  await sendMany(port, 5);
  await expectOrderlyStop(program);
});

test.skipIf(!existsSync(full))(
  'a full disk under the log and the banner: the program starts, answers, and stops in order',
  async () => {
    const disk = opened(full, 'w');
    const { program, port } = await startOn([disk, disk]);
    await sendMany(port, 5);
    await expectOrderlyStop(program);
  },
);

test.skipIf(!existsSync(full))('a full disk under the log changes no exit code', async () => {
  const program = run(makeFolder(), { PORT: 'many' }, [], [], undefined, ['pipe', opened(full, 'w')]);
  expect(await program.ended).toBe(78);
});

test.skipIf(noScript)('a terminal that was stopped: requests go on', async () => {
  // What nobody reads of `script` stops the terminal that it makes.
  const command = `${process.execPath} ${main}`;
  const { program, port } = await startOn([makePipe(), 'pipe'], ['script', '-qfc', command, '/dev/null']);
  await sendMany(port, 600);
  await program.kill();
});
