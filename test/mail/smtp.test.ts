import { createServer } from 'node:net';
import type { SMTPServerOptions } from 'smtp-server';
import { expect, onTestFinished, test, vi } from 'vitest';
import { DeliveryFailure } from '../../src/mail/ports.ts';
import { compileMessage } from '../../src/mail/message-source.ts';
import { makeSmtpTransport } from '../../src/mail/smtp.ts';
import { verifySmtp } from '../../src/mail/smtp-server.ts';
import { mailServer, message, startSmtp } from './kit.ts';

const never = () => new AbortController().signal;
const headersOf = (source: string) =>
  source
    .split('\r\n\r\n')[0]!
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');

test('a mail arrives once, for one recipient, each header once', async () => {
  const { received, url } = await startSmtp();
  await makeSmtpTransport({ server: mailServer(url) })(message(), never());
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
  await makeSmtpTransport({ server: mailServer(url) })(message({ to: { name, address } }), never());
  expect(received.map(({ to }) => to)).toEqual([[address]]);
  expect(headersOf(received[0]!.source).filter((line) => /^(to|cc|bcc):/i.test(line))).toHaveLength(1);
});

test.each([
  'PT Contoh "Maju", Tbk\\',
  'PT Contoh\r\nBcc: evil@example.com\r\n\r\nHalo',
  'a@evil.example, b@evil.example',
  'PT Ruang & Kerja 👩‍💻 ' + 'x'.repeat(200),
])('a sender and a Reply-To named %j are one address each, and no other header', async (name) => {
  const { received, url } = await startSmtp();
  const [from, replyTo] = ['no-reply@ruangkerja.test', 'hr@contoh.test'].map((address) => ({ name, address }));
  await makeSmtpTransport({ server: mailServer(url) })(message({ from: from!, replyTo: replyTo! }), never());
  expect(received.map(({ to }) => to)).toEqual([['siti@example.com']]);
  const headers = headersOf(received[0]!.source);
  for (const [header, address] of [
    ['From', from!.address],
    ['Reply-To', replyTo!.address],
  ])
    expect(headers.filter((line) => line.startsWith(`${header}:`))).toEqual([expect.stringMatching(`<${address}>$`)]);
  expect(headers.filter((line) => /^(cc|bcc):/i.test(line))).toEqual([]);
});

test('spaces at the ends of a line arrive', async () => {
  const source = (await compileMessage(message({ text: 'a\n  pass word \nb\n' }))).source.toString();
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
  await makeSmtpTransport({ server: mailServer(url.replace('//', '//user%40host:p%3A%2F%20w@')) })(message(), never());
  expect(seen).toEqual([['user@host', 'p:/ w']]);
});

test('requireTLS refuses a server that offers none', async () => {
  const { received, url } = await startSmtp();
  const transport = makeSmtpTransport({ server: mailServer(url, { requireTls: true }) });
  await expect(transport(message(), never())).rejects.toThrow(/STARTTLS/);
  expect(received).toEqual([]);
});

test.each([
  ['STARTTLS', { disabledCommands: [] }],
  ['implicit TLS', { secure: true }],
])('a certificate that nobody signed is refused: %s', async (_, options) => {
  const { received, url } = await startSmtp(options);
  const lax = `${url}?tls.rejectUnauthorized=false`;
  await expect(makeSmtpTransport({ server: mailServer(lax) })(message(), never())).rejects.toThrow(
    /certificate|self-signed/i,
  );
  expect(received).toEqual([]);
});

test('the error of a refusal has the words of the server', async () => {
  const { url } = await startSmtp({
    onRcptTo: (_, __, done) => done(Object.assign(new Error('no such user'), { responseCode: 550 })),
  });
  await expect(makeSmtpTransport({ server: mailServer(url) })(message(), never())).rejects.toThrow(/550 no such user/);
});

test('the error of a server that has seen the mail has its code alone: it may quote the password', async () => {
  const { url } = await startSmtp({
    onData(stream, _, done) {
      let source = '';
      stream.on('data', (chunk: Buffer) => (source += chunk.toString()));
      stream.on('end', () =>
        done(Object.assign(new Error(`5.7.1 spam: ${/^.*=3D.*$/m.exec(source)![0]}`), { responseCode: 554 })),
      );
    },
  });
  const attempt = makeSmtpTransport({ server: mailServer(url) })(message({ text: 'Kunci=rahasia' }), never());
  await expect(attempt).rejects.toThrow(/^the mail server answered 554 5\.7\.1 at DATA$/);
});

test('the error of a server that refuses the sign-in has its code alone: it may quote the credentials', async () => {
  const { url } = await startSmtp({
    allowInsecureAuth: true,
    onAuth: ({ password }, _, done) => done(Object.assign(new Error(`not ${password}`), { responseCode: 535 })),
  });
  await expect(
    makeSmtpTransport({ server: mailServer(url.replace('//', '//user:rahasia@')) })(message(), never()),
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
    const attempt = makeSmtpTransport({ server: mailServer(url) })(message(), abort.signal);
    const refused = expect(attempt).rejects.toThrow();
    await vi.waitFor(() => expect(seen.silent).toBe(1), 5_000);
    abort.abort();
    await refused;
    await vi.waitFor(() => expect(seen.open).toBe(0));
  },
);

test.each([
  ['greeting', ['connecting']],
  ['EHLO', ['connecting']],
  ['DATA', ['connecting', 'sending']],
  ['.', ['connecting', 'sending', 'handed over']],
] as const)('of a server silent at %s it is reported how far the attempt came', async (phase, phases) => {
  const { seen, url } = await startSilent(phase);
  const abort = new AbortController();
  const reported: string[] = [];
  const refused = expect(
    makeSmtpTransport({ server: mailServer(url) })(message(), abort.signal, (one) => reported.push(one)),
  ).rejects.toThrow();
  await vi.waitFor(() => expect(seen.silent).toBe(1), 5_000);
  abort.abort();
  await refused;
  expect(reported).toEqual(phases);
});

const refusal = (responseCode: number) => Object.assign(new Error('5.7.1 no'), { responseCode });
/** Servers that refuse with a code in one phase, and what that says. */
const refusing = [421, 450, 554].flatMap((code): [string, number, string | undefined, () => SMTPServerOptions][] => [
  ['the greeting', code, 'server', () => ({ onConnect: (_, done) => done(refusal(code)) })],
  ['AUTH', code, 'server', () => ({ onAuth: (_, __, done) => done(refusal(code)), allowInsecureAuth: true })],
  ['MAIL FROM', code, 'server', () => ({ onMailFrom: (_, __, done) => done(refusal(code)) })],
  ['RCPT', code, { 421: 'server', 554: 'recipient' }[code], () => ({ onRcptTo: (_, __, done) => done(refusal(code)) })],
  [
    'the text',
    code,
    code === 421 ? 'server' : undefined,
    () => ({ onData: (stream, _, done) => void stream.resume().on('end', () => done(refusal(code))) }),
  ],
]);

test.each(refusing)('%s refused with %i is a failure of the %s', async (phase, code, of, options) => {
  const { url } = await startSmtp(options());
  const signedIn = phase === 'AUTH' ? url.replace('//', '//user:word@') : url;
  const error: unknown = await makeSmtpTransport({ server: mailServer(signedIn) })(message(), never()).catch(
    (caught: unknown) => caught,
  );
  expect((error as Error).message).toContain(String(code));
  expect(error instanceof DeliveryFailure ? error.of : undefined).toBe(of);
});

test.each([
  ['nobody listens', async () => 'smtp://127.0.0.1:1'],
  ['the greeting does not come', async () => (await startSilent('greeting')).url],
  ['EHLO is not answered', async () => (await startSilent('EHLO')).url],
  ['its certificate is not of a known authority', async () => (await startSmtp({ secure: true })).url],
])('the server as a whole cannot be used: %s', async (_, address) => {
  const transport = makeSmtpTransport({ server: mailServer(await address()), timeoutMs: 300 });
  await expect(transport(message(), never())).rejects.toMatchObject({ of: 'server' });
});

test('a server that falls silent after RCPT is not a failure of the server', async () => {
  const { url } = await startSilent('RCPT');
  const transport = makeSmtpTransport({ server: mailServer(url), timeoutMs: 300 });
  await expect(transport(message(), never())).rejects.not.toBeInstanceOf(DeliveryFailure);
});

test('EHLO says the name of the gateway, also when only the server is checked', async () => {
  const names: string[] = [];
  const { url, received } = await startSmtp({
    onConnect: (_, done) => done(),
    onMailFrom(_, session, done) {
      names.push(session.hostNameAppearsAs);
      done();
    },
  });
  const server = mailServer(url, { name: 'hr.example.com' });
  await makeSmtpTransport({ server })(message(), never());
  expect(names).toEqual(['hr.example.com']);
  expect(received).toHaveLength(1);
  const picky = await startPicky('hr.example.com');
  await expect(verifySmtp(mailServer(picky, { name: 'hr.example.com' }))).resolves.toBe(true);
  await expect(verifySmtp(mailServer(picky, { name: '[127.0.0.1]' }))).resolves.toBe(false);
});

/** A relay that takes one name in EHLO and HELO, and refuses every other. */
async function startPicky(name: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).write('220 hello\r\n');
    socket.on('data', (line) =>
      socket.write(line.toString().trim().endsWith(` ${name}`) ? '250 ok\r\n' : '550 not by that name\r\n'),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `smtp://127.0.0.1:${(server.address() as { port: number }).port}`;
}

test('where TLS is required credentials never pass in clear text, though STARTTLS was stripped', async () => {
  let told = '';
  const server = createServer((socket) => {
    socket.on('error', () => undefined).write('220 hello\r\n');
    socket.on('data', (line) => {
      told += line.toString();
      socket.write(line.toString().startsWith('EHLO') ? '250-hello\r\n250 AUTH PLAIN LOGIN\r\n' : '502 no\r\n');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `smtp://user:rahasia@127.0.0.1:${(server.address() as { port: number }).port}`;
  const transport = makeSmtpTransport({ server: mailServer(url, { requireTls: true }) });
  await expect(transport(message(), never())).rejects.toMatchObject({ of: 'server' });
  expect(told).toContain('STARTTLS');
  expect(told).not.toMatch(/AUTH|MAIL|rahasia/);
});

test.each(['greeting', 'EHLO', 'RCPT', '.'] as const)(
  'a server silent at %s is given up after its time',
  async (phase) => {
    const { url } = await startSilent(phase);
    const start = performance.now();
    await expect(makeSmtpTransport({ server: mailServer(url), timeoutMs: 300 })(message(), never())).rejects.toThrow(
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
  const attempt = makeSmtpTransport({ server: mailServer(url) })(message(), never()).finally(() => (ended = true));
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
  const refused = expect(makeSmtpTransport({ server: mailServer(url) })(message(), never())).rejects.toThrow(
    'longer than a minute',
  );
  await vi.waitFor(() => expect(seen.silent).toBe(1), 5_000);
  minute.abort();
  await refused;
  expect(timeout).toHaveBeenCalledExactlyOnceWith(60_000);
});

test('the check of a mail server ends within its time', async () => {
  const { url } = await startSmtp();
  await expect(verifySmtp(mailServer(url))).resolves.toBe(true);
  await expect(verifySmtp(mailServer(url, { requireTls: true }))).resolves.toBe(false);
  await expect(verifySmtp(mailServer((await startSilent('EHLO')).url), 100)).resolves.toBe(false);
  await expect(verifySmtp(mailServer('smtp://127.0.0.1:1'), 1_000)).resolves.toBe(false);
});

test('mails that connect at once are named to the server apart, as its rate asks', async () => {
  const times: number[] = [];
  const { url } = await startSmtp({
    onMailFrom(_address, _session, done) {
      times.push(performance.now());
      done();
    },
  });
  const transport = makeSmtpTransport({ server: mailServer(url), perSecond: 20 });
  onTestFinished(transport.close);
  await Promise.all(Array.from({ length: 4 }, () => transport(message(), never())));
  expect(times).toHaveLength(4);
  expect(times[3]! - times[0]!).toBeGreaterThan(140);
});
