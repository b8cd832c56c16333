import { createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { composeRaw, makeSmtpTransport, verifySmtp } from '../../src/mail/smtp.ts';
import { message, sender, startSmtp } from './kit.ts';

const never = () => new AbortController().signal;
const headersOf = (source: string) =>
  source
    .split('\r\n\r\n')[0]!
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');

test('a mail arrives once, for one recipient, each header once', async () => {
  const { received, url } = await startSmtp();
  await makeSmtpTransport({ url, from: sender })(message(), never());
  expect(received.map(({ to }) => to)).toEqual([['siti@example.com']]);
  const headers = headersOf(received[0]!.source);
  expect(headers).toContain('From: Ruangkerja <no-reply@ruangkerja.test>');
  expect(headers).toContain('To: Siti Rahayu <siti@example.com>');
  expect(headers).toContain('Message-ID: <0198@ruangkerja.test>');
  const names = headers.map((line) => line.split(':')[0]!.toLowerCase());
  expect(names).toEqual([...new Set(names)]);
  expect(names).toEqual(expect.arrayContaining(['date', 'subject', 'mime-version', 'content-type']));
});

test.each([
  [`o'brien+x@example.com`, `O'Brien, Siti "Ayu" <bos@evil.example>`],
  ['siti@example.com', 'a@evil.example, b@evil.example'],
  ['siti@example.com', 'Siti 👩‍💻 עברית'],
  ['siti@example.com', 'x'.repeat(200)],
  ['a_b-c.d@sub.example.com', '<script>;:()[]'],
])('%s named %s is one recipient', async (address, name) => {
  const { received, url } = await startSmtp();
  await makeSmtpTransport({ url, from: sender })(message({ to: { name, address } }), never());
  expect(received.map(({ to }) => to)).toEqual([[address]]);
  expect(headersOf(received[0]!.source).filter((line) => /^(to|cc|bcc):/i.test(line))).toHaveLength(1);
});

test('spaces at the ends of a line survive the way', async () => {
  const source = (await composeRaw(message({ text: 'a\n  pass word \nb\n' }), sender)).toString();
  expect(source).toMatch(/^ {2}pass word=20\r?$/m);
});

test('credentials are percent-decoded', async () => {
  const seen: unknown[] = [];
  const { url } = await startSmtp({
    allowInsecureAuth: true,
    onAuth({ username, password }, _, done) {
      seen.push([username, password]);
      done(null, { user: username });
    },
  });
  await makeSmtpTransport({ url: url.replace('//', '//user%40host:p%3A%2F%20w@'), from: sender })(message(), never());
  expect(seen).toEqual([['user@host', 'p:/ w']]);
});

test('requireTLS refuses a server that offers none', async () => {
  const { received, url } = await startSmtp();
  await expect(makeSmtpTransport({ url: `${url}?requireTLS=true`, from: sender })(message(), never())).rejects.toThrow(
    /STARTTLS/,
  );
  expect(received).toEqual([]);
});

test.each([
  ['STARTTLS', { disabledCommands: [] }],
  ['implicit TLS', { secure: true }],
])('a certificate that nobody signed is refused: %s', async (_, options) => {
  const { received, url } = await startSmtp(options);
  const lax = `${url}?tls.rejectUnauthorized=false`;
  await expect(makeSmtpTransport({ url: lax, from: sender })(message(), never())).rejects.toThrow(
    /certificate|self-signed/i,
  );
  expect(received).toEqual([]);
});

test('a refusal is told in the words of the server', async () => {
  const { url } = await startSmtp({
    onRcptTo: (_, __, done) => done(Object.assign(new Error('no such user'), { responseCode: 550 })),
  });
  await expect(makeSmtpTransport({ url, from: sender })(message(), never())).rejects.toThrow(/550 no such user/);
});

test('a server that has seen the mail is told by its code alone, as it may quote the password in the coding of the mail', async () => {
  const { url } = await startSmtp({
    onData(stream, _, done) {
      let source = '';
      stream.on('data', (chunk: Buffer) => (source += chunk.toString()));
      stream.on('end', () =>
        done(Object.assign(new Error(`5.7.1 spam: ${/^.*=3D.*$/m.exec(source)![0]}`), { responseCode: 554 })),
      );
    },
  });
  const attempt = makeSmtpTransport({ url, from: sender })(message({ text: 'Kunci=rahasia' }), never());
  await expect(attempt).rejects.toThrow(/^the mail server answered 554 5\.7\.1 at DATA$/);
});

test('a server that refuses the sign-in is told by its code alone, as it may quote the credentials', async () => {
  const { url } = await startSmtp({
    allowInsecureAuth: true,
    onAuth: ({ password }, _, done) => done(Object.assign(new Error(`not ${password}`), { responseCode: 535 })),
  });
  await expect(
    makeSmtpTransport({ url: url.replace('//', '//user:rahasia@'), from: sender })(message(), never()),
  ).rejects.toThrow(/^the mail server answered 535 at AUTH PLAIN$/);
});

/** Speaks SMTP up to `phase` and falls silent there. */
async function startSilent(phase: 'greeting' | 'EHLO' | 'MAIL' | 'RCPT' | 'DATA' | '.') {
  const seen = { silent: 0, open: 0 };
  const server = createServer((socket) => {
    seen.open++;
    socket.on('close', () => seen.open--).on('error', () => undefined);
    if (phase === 'greeting') return void seen.silent++;
    socket.write('220 hello\r\n');
    let body = '';
    let inBody = false;
    socket.on('data', (chunk) => {
      if (inBody) body += chunk.toString();
      if (inBody && !body.endsWith('\r\n.\r\n')) return;
      const command = inBody ? '.' : chunk.toString().split(/[ \r]/)[0]!;
      inBody = command === 'DATA';
      if (command === phase) seen.silent++;
      else socket.write(inBody ? '354 go on\r\n' : '250 ok\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { seen, url: `smtp://127.0.0.1:${(server.address() as { port: number }).port}` };
}

test.each(['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', '.'] as const)(
  'aborting closes the socket of a server silent at %s',
  async (phase) => {
    const { seen, url } = await startSilent(phase);
    const abort = new AbortController();
    const attempt = makeSmtpTransport({ url, from: sender })(message(), abort.signal);
    const refused = expect(attempt).rejects.toThrow();
    await vi.waitFor(() => expect(seen.silent).toBe(1), 5_000);
    abort.abort();
    await refused;
    await vi.waitFor(() => expect(seen.open).toBe(0));
  },
);

test.each([
  ['DATA', 0],
  ['.', 1],
] as const)('of a server silent at %s it is told whether it has the whole mail', async (phase, times) => {
  const { seen, url } = await startSilent(phase);
  const abort = new AbortController();
  const handedOver = vi.fn();
  const refused = expect(
    makeSmtpTransport({ url, from: sender })(message(), abort.signal, handedOver),
  ).rejects.toThrow();
  await vi.waitFor(() => expect(seen.silent).toBe(1), 5_000);
  abort.abort();
  await refused;
  expect(handedOver).toHaveBeenCalledTimes(times);
});

test.each(['greeting', 'EHLO', 'RCPT', '.'] as const)(
  'a server silent at %s is given up after its time',
  async (phase) => {
    const { url } = await startSilent(phase);
    const start = performance.now();
    await expect(makeSmtpTransport({ url, from: sender, timeoutMs: 300 })(message(), never())).rejects.toThrow(
      /time|never/i,
    );
    expect(performance.now() - start).toBeGreaterThan(250);
    expect(performance.now() - start).toBeLessThan(3_000);
  },
);

test('connecting and the greeting have ten seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const { seen, url } = await startSilent('greeting');
  let ended = false;
  const attempt = makeSmtpTransport({ url, from: sender })(message(), never()).finally(() => (ended = true));
  const refused = expect(attempt).rejects.toThrow(/never|time/i);
  while (seen.silent === 0) await new Promise(setImmediate);
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  await vi.advanceTimersByTimeAsync(9_900);
  expect(ended).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  await refused;
});

test('no server holds an attempt for more than a minute, however it drips', async () => {
  const minute = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(minute.signal);
  onTestFinished(() => timeout.mockRestore());
  const { seen, url } = await startSilent('RCPT');
  const refused = expect(makeSmtpTransport({ url, from: sender })(message(), never())).rejects.toThrow(
    'longer than a minute',
  );
  await vi.waitFor(() => expect(seen.silent).toBe(1), 5_000);
  minute.abort();
  await refused;
  expect(timeout).toHaveBeenCalledExactlyOnceWith(60_000);
});

test('whether a mail server is up is told within its time', async () => {
  const { url } = await startSmtp();
  await expect(verifySmtp(url)).resolves.toBe(true);
  await expect(verifySmtp(`${url}?requireTLS=true`)).resolves.toBe(false);
  await expect(verifySmtp((await startSilent('EHLO')).url, 100)).resolves.toBe(false);
  await expect(verifySmtp('smtp://127.0.0.1:1', 1_000)).resolves.toBe(false);
});
