import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeMailDelivery } from '../../src/mail/mail-delivery.ts';
import { makeSmtpTransport } from '../../src/mail/smtp.ts';
import { addresses, openTwoStores } from '../outbox/two-stores.ts';
import { mailServer, sender } from './kit.ts';

const postfix = '/usr/sbin/postfix';
/** Postfix starts as root only. */
const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n'];
const asRoot = (...command: string[]) => {
  const [file, ...args] = [...sudo, ...command];
  execFileSync(file!, args, { stdio: 'ignore' });
};
const canRun = existsSync(postfix) && canBeRoot();
if (process.env['REQUIRE_TOOLS'] && !canRun) throw new Error('postfix is missing, or sudo asks for a password');

function canBeRoot(): boolean {
  try {
    asRoot('true');
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A postfix of its own that takes every mail and throws it away, with limits for each client. */
async function startPostfix(limits: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-postfix-'));
  chmodSync(folder, 0o755);
  const port = await freePort();
  for (const part of ['config', 'queue', 'data']) mkdirSync(join(folder, part));
  // Postfix demands that these belong to it and to root.
  asRoot('chown', 'postfix', join(folder, 'data'));
  asRoot('chown', 'root', join(folder, 'queue'));
  const settings = {
    compatibility_level: '3.6',
    queue_directory: join(folder, 'queue'),
    data_directory: join(folder, 'data'),
    myhostname: 'postfix.example',
    mydestination: '',
    mynetworks: '127.0.0.0/8',
    inet_interfaces: '127.0.0.1',
    inet_protocols: 'ipv4',
    alias_maps: '',
    local_recipient_maps: '',
    default_transport: 'discard',
    maillog_file: join(folder, 'log'),
    maillog_file_prefixes: folder,
    // Else the limits spare the clients of mynetworks.
    smtpd_client_event_limit_exceptions: '',
    ...limits,
  };
  writeFileSync(
    join(folder, 'config/main.cf'),
    Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
  );
  const services = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    'pickup unix n - n 60 1 pickup',
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'bounce unix - - n - 0 bounce',
    'defer unix - - n - 0 bounce',
    'discard unix - - n - - discard',
    'error unix - - n - - error',
    'retry unix - - n - - error',
    'anvil unix - - n - 1 anvil',
    'postlog unix-dgram n - n - 1 postlogd',
  ];
  writeFileSync(join(folder, 'config/master.cf'), services.map((line) => `${line}\n`).join(''));
  asRoot('chown', '-R', 'root', join(folder, 'config'));
  onTestFinished(() => {
    asRoot(postfix, '-c', join(folder, 'config'), 'abort');
    asRoot('rm', '-r', folder);
  });
  asRoot(postfix, '-c', join(folder, 'config'), 'start');
  return `smtp://127.0.0.1:${port}`;
}

test.runIf(canRun).each([
  ['connections at a time', 30, 5, { smtpd_client_connection_count_limit: '3' }],
  ['connections a minute', 100, 1, { smtpd_client_connection_rate_limit: '10', anvil_rate_time_unit: '5s' }],
  ['mails a minute', 60, 1, { smtpd_client_message_rate_limit: '40', anvil_rate_time_unit: '5s' }],
])(
  'a real postfix that limits %s gets %i mails, one attempt each',
  async (_, mails, connections, limits) => {
    const url = await startPostfix(limits);
    const open = await openTwoStores('SQLite', () => '');
    await open.add(addresses(mails));
    const logged: string[] = [];
    const write = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));
    const transport = makeSmtpTransport({ server: mailServer(url) });
    const delivery = makeMailDelivery({
      outbox: open.store.outbox,
      sealer: open.sealer,
      transport,
      connections,
      from: sender,
      locale: 'id',
      signInUrl: null,
      replyTo: null,
      now: Date.now,
      log: { info: write, warn: write, error: write },
    });
    open.onClose(async () => {
      await delivery.stop(0);
      transport.close();
    });
    delivery.wake();
    await vi.waitFor(
      async () => {
        const listed = await open.other.outbox.list({ limit: 1_000 });
        expect(new Set(listed.map(({ state, attempts }) => `${state} ${attempts}`))).toEqual(new Set(['sent 1']));
      },
      { timeout: 60_000, interval: 200 },
    );
    expect(logged.filter((line) => line.includes('was not accepted'))).toEqual([]);
  },
  70_000,
);
