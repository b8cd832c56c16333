import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { makeDoubts } from '../../src/mail/doubts.ts';
import { DeliveryFailure } from '../../src/mail/ports.ts';
import { makeSmtpTransport } from '../../src/mail/smtp.ts';
import { deliver, mailServer, message, openOutbox, withinLoopMs } from './kit.ts';

type Phase = 'MAIL' | 'RCPT' | 'DATA' | '.';
/** What the server does in a phase instead of its usual answer: closes, hangs, or answers this and closes. */
type Trouble = 'closes' | 'hangs' | `${number} ${string}`;

interface Behaviour {
  pipelining?: boolean;
  /** The trouble in this phase, if any; `to` is the recipient as far as it is known. */
  trouble: (phase: Phase, to: string) => Trouble | undefined;
}

/** A mail server that fails as it is told, in any phase. With pipelining it holds its answers back until all are known. */
async function startFailing({ pipelining = false, trouble }: Behaviour) {
  const received: string[] = [];
  function converse(socket: Socket): void {
    let [input, to, inBody] = ['', '', false];
    const answers: string[] = [];
    const flush = () => void (answers.length > 0 && socket.write(answers.splice(0).join('')));
    /** @returns whether the conversation goes on */
    function meet(phase: Phase, usual: string): boolean {
      const met = trouble(phase, to);
      if (met === undefined) answers.push(usual);
      else if (met === 'closes') socket.destroy();
      else if (met !== 'hangs') socket.end(`${answers.splice(0).join('')}${met}\r\n`);
      return met === undefined;
    }
    function take(line: string): boolean {
      const verb = line.split(/[ :]/)[0]!;
      if (verb === 'RCPT') to = /<(.*)>/.exec(line)![1]!;
      if (verb === 'EHLO') answers.push(pipelining ? '250-hello\r\n250 PIPELINING\r\n' : '250 hello\r\n');
      else if (verb === 'DATA') return (inBody = meet('DATA', '354 go on\r\n'));
      else if (verb === 'MAIL' || verb === 'RCPT') return meet(verb, '250 ok\r\n');
      return true;
    }
    function read(): void {
      for (;;) {
        const mark = inBody ? '\r\n.\r\n' : '\r\n';
        const end = input.indexOf(mark);
        if (end < 0) return flush();
        const line = input.slice(0, end);
        input = input.slice(end + mark.length);
        if (!inBody && !take(line)) return;
        else if (inBody && mark.length > 2) {
          inBody = false;
          if (!meet('.', '250 ok\r\n')) return;
          received.push(to);
        }
      }
    }
    socket.on('error', () => undefined).write('220 hello\r\n');
    socket.on('data', (chunk) => {
      input += chunk.toString();
      read();
    });
  }
  const server = createServer(converse);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { received, url: `smtp://127.0.0.1:${(server.address() as { port: number }).port}` };
}

const transportTo = (url: string) => makeSmtpTransport({ server: mailServer(url), timeoutMs: 300 });
const linesWith = (logged: string[], words: string) => logged.filter((line) => line.includes(words));
const busy = '421 4.3.2 not now' as const;

test.each([
  ['MAIL', 'closes', 'certain', 'likely'],
  ['MAIL', 'hangs', 'certain', 'possible'],
  ['MAIL', busy, 'certain', 'certain'],
  ['RCPT', 'closes', 'possible', 'likely'],
  ['RCPT', 'hangs', undefined, 'possible'],
  ['RCPT', busy, 'likely', 'likely'],
  ['DATA', 'closes', 'possible', 'likely'],
  ['DATA', busy, 'likely', 'likely'],
  ['.', 'closes', 'possible', 'possible'],
  ['.', 'hangs', undefined, undefined],
  ['.', busy, 'likely', 'likely'],
] as const)('a server that at %s %s is away: %s; with pipelining: %s', async (phase, trouble, plain, pipelined) => {
  for (const [pipelining, certainty] of [
    [false, plain],
    [true, pipelined],
  ] as const) {
    const { url } = await startFailing({ pipelining, trouble: (at) => (at === phase ? trouble : undefined) });
    const error: unknown = await transportTo(url)(message(), new AbortController().signal).catch((caught) => caught);
    expect(error).toBeInstanceOf(Error);
    expect(error instanceof DeliveryFailure ? [error.of, error.certainty] : []).toEqual(
      certainty ? ['server', certainty] : [],
    );
  }
});

test.each([
  ['MAIL', 'closes', 0],
  ['MAIL', 'hangs', 0],
  ['RCPT', busy, 0],
  ['RCPT', 'closes', 2],
  ['DATA', busy, 0],
  ['DATA', 'closes', 2],
  ['.', busy, 0],
  // These may have been delivered: each has its own backoff.
  ['.', 'closes', 5],
] as const)(
  'a server that at %s %s is one outage for all mails, %i of which lose an attempt',
  async (phase, trouble, lost) => {
    const open = await openOutbox();
    let away = true;
    const { received, url } = await startFailing({
      trouble: (at) => (away && at === phase ? trouble : undefined),
    });
    const { wake, logged } = deliver(open, transportTo(url));
    const ids = Array.from({ length: 5 }, (_one, i) => open.add(`user${i}@company${i}.example`));
    wake();
    await vi.waitFor(() => expect(linesWith(logged, 'cannot be used')).toHaveLength(1), 5_000);
    await vi.waitFor(() => expect(ids.map((id) => open.row(id).lastError)).not.toContain(null), 5_000);
    // And one that is on its way.
    const attempts = () => ids.map((id) => open.row(id).attempts).reduce((a, b) => a + b);
    await vi.waitFor(() => expect(attempts()).toBeLessThanOrEqual(lost + 1));
    expect(linesWith(logged, 'was not accepted').length).toBeLessThanOrEqual(lost);
    away = false;
    await vi.waitFor(() => expect(new Set(received).size).toBe(5), 10_000);
    await vi.waitFor(() => expect(linesWith(logged, 'can be used again')).toHaveLength(1));
    expect(linesWith(logged, 'cannot be used')).toHaveLength(1);
    expect(linesWith(logged, 'was not accepted').length).toBeLessThanOrEqual(lost);
  },
);

test.each([
  ['RCPT', 'closes', false],
  ['RCPT', 'closes', true],
  ['RCPT', busy, false],
  ['.', 'closes', false],
  ['.', busy, true],
] as const)(
  'a recipient for whom the server at %s %s (pipelining: %s) holds nobody up',
  async (phase, trouble, pipelining) => {
    const open = await openOutbox();
    const { received, url } = await startFailing({
      pipelining,
      trouble: (at, to) => (at === phase && to.endsWith('@poison.example') ? trouble : undefined),
    });
    const { wake, logged } = deliver(open, transportTo(url));
    const poison = open.add('one@poison.example');
    wake();
    await vi.waitFor(() => expect(open.row(poison).lastError).not.toBeNull(), 5_000);
    for (let i = 0; i < 20; i++) open.add(`user${i}@example.com`);
    wake();
    // On a busy machine an answer may come later than the time-out of 300 ms: such a mail comes twice.
    await withinLoopMs(3_000, () => expect(new Set(received).size).toBe(20));
    // From now on the server is known to serve others, so such a mail has its own backoff.
    await vi.waitFor(() => expect(linesWith(logged, 'was not accepted').length).toBeGreaterThan(0), 10_000);
    const outages = linesWith(logged, 'cannot be used').length;
    const more = Array.from({ length: 5 }, (_one, i) => open.add(`more${i}@poison.example`));
    for (let i = 0; i < 5; i++) open.add(`user${i}@later.example`);
    wake();
    await withinLoopMs(1_000, () => expect(new Set(received).size).toBe(25));
    await vi.waitFor(() => expect(more.map((id) => open.row(id).lastError)).not.toContain(null), 5_000);
    expect(linesWith(logged, 'cannot be used')).toHaveLength(outages);
    expect(linesWith(logged, 'cannot be used').length).toBeLessThanOrEqual(1);
  },
);

test('closed connections are the doing of the server when three domains in a row had one', () => {
  const doubts = makeDoubts();
  expect(['a', 'b', 'b', 'a', 'c', 'a'].map((domain) => doubts.isServers(domain, 'possible'))).toEqual([
    false,
    false,
    false,
    false,
    true,
    true,
  ]);
  doubts.answered();
  expect(doubts.isServers('a', 'possible')).toBe(false);
});

test('a domain that failed while others were served after it fails by itself, for ten minutes or until it is served', () => {
  const clock = { time: 0 };
  const doubts = makeDoubts({ clock: () => clock.time });
  clock.time = 10;
  expect(doubts.isServers('a', 'likely')).toBe(true);
  // This attempt began before: it says nothing about the server since.
  doubts.accepted('b', 5);
  expect(doubts.isServers('a', 'likely')).toBe(true);
  doubts.accepted('b', 20);
  expect(doubts.isServers('a', 'likely')).toBe(false);
  expect(doubts.isServers('c', 'likely')).toBe(true);
  doubts.accepted('a', 20);
  expect(doubts.isServers('a', 'likely')).toBe(true);
  doubts.accepted('b', 20);
  expect(doubts.isServers('a', 'likely')).toBe(false);
  clock.time += 600_000;
  expect(doubts.isServers('a', 'likely')).toBe(true);
});
