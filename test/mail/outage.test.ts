import { expect, test, vi } from 'vitest';
import { DeliveryFailure, type Transport } from '../../src/mail/ports.ts';
import { makeOutage } from '../../src/mail/outage.ts';
import { makeSmtpTransport } from '../../src/mail/smtp.ts';
import { deliver, hang, mailServer, openOutbox, startSmtp } from './kit.ts';

function openOutage() {
  const clock = { time: 0 };
  const logged: string[] = [];
  const write = (_: object, message: string) => void logged.push(message);
  const log = { info: write, warn: write, error: write };
  return { clock, logged, outage: makeOutage({ log, clock: () => clock.time }) };
}

test('pauses double from a second to half a minute, and no further; the first answer ends them', () => {
  const { clock, outage } = openOutage();
  for (const seconds of [1, 2, 4, 8, 16, 30, 30, 30]) {
    const pause = outage.serverFailed(clock.time, 'refused');
    expect(pause).toBeGreaterThanOrEqual(seconds * 500);
    expect(pause).toBeLessThanOrEqual(seconds * 1_000);
    expect([outage.isOn(), outage.pauseLeftMs()]).toEqual([true, pause]);
    clock.time += pause;
    expect(outage.pauseLeftMs()).toBe(0);
  }
  outage.serverAnswered();
  expect([outage.isOn(), outage.pauseLeftMs()]).toEqual([false, 0]);
  expect(outage.serverFailed(clock.time, 'refused')).toBeLessThanOrEqual(1_000);
});

test('where a mail may be at fault the pauses stay at a second', () => {
  const { clock, outage } = openOutage();
  for (let i = 0; i < 5; i++) {
    const pause = outage.serverFailed(clock.time, 'closed', false);
    expect(pause).toBeLessThanOrEqual(1_000);
    clock.time += pause;
  }
  expect(outage.isOn()).toBe(true);
});

test('attempts that ran at the same time count once, and one from before the end of an outage begins no new one', () => {
  const { clock, outage } = openOutage();
  clock.time = 100;
  for (let i = 0; i < 16; i++) expect(outage.serverFailed(i, 'refused')).toBeLessThanOrEqual(1_000);
  clock.time += 1_000;
  outage.serverAnswered();
  outage.serverFailed(500, 'refused');
  expect(outage.isOn()).toBe(false);
});

test('an outage is logged once a minute, and its end', () => {
  const { clock, outage, logged } = openOutage();
  for (; clock.time < 600_000; clock.time += 1_000) outage.serverFailed(clock.time, 'refused');
  expect(logged).toEqual(Array(10).fill('the mail server cannot be used, the mails wait for it'));
  outage.serverAnswered();
  outage.serverAnswered();
  expect(logged.slice(10)).toEqual(['the mail server can be used again']);
});

test('an outage of half an hour costs no mail an attempt, and half a minute after it all mails are sent', async () => {
  const open = await openOutbox();
  const ids = Array.from({ length: 100 }, (_, i) => open.add(`user${i}@example.com`));
  let away = true;
  let tries = 0;
  const transport: Transport = async () => {
    tries++;
    if (away) throw new DeliveryFailure('server', new Error('connect ECONNREFUSED'));
  };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] });
  try {
    const { stop, logged } = deliver(open, transport);
    const pass = async (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        await vi.advanceTimersByTimeAsync(1_000);
        // The outbox commits at the end of an iteration of the event loop.
        for (let i = 0; i < 10; i++) await new Promise(setImmediate);
      }
    };
    await pass(1_800);
    expect(ids.map((id) => open.row(id)).every(({ state, attempts }) => state === 'queued' && attempts <= 1)).toBe(
      true,
    );
    // At first as many as are tried at once, then one after each pause of 15 to 30 s.
    expect(tries).toBeGreaterThan(60);
    expect(tries).toBeLessThan(140);
    expect(logged.filter((line) => line.includes('cannot be used')).length).toBeLessThanOrEqual(31);
    expect(logged.filter((line) => line.includes('was not accepted'))).toEqual([]);
    away = false;
    await pass(32);
    expect(ids.map((id) => open.row(id)).filter(({ state }) => state !== 'sent')).toEqual([]);
    expect(ids.every((id) => open.row(id).attempts === 1)).toBe(true);
    await stop(0);
  } finally {
    vi.useRealTimers();
  }
});

test.each([
  ['refuses the greeting', { onConnect: 554 }],
  ['is too busy to greet', { onConnect: 421 }],
  ['refuses the sender', { onMailFrom: 553 }],
  ['has no room', { onMailFrom: 452 }],
])('a real server that %s is logged once for all mails, and gets them when it has recovered', async (_, refused) => {
  const open = await openOutbox();
  let recovered = false;
  const refusal = (code: number | undefined) =>
    code === undefined || recovered ? null : Object.assign(new Error('not now'), { responseCode: code });
  const { received, url } = await startSmtp({
    onConnect: (_session, done) => done(refusal('onConnect' in refused ? refused.onConnect : undefined)),
    onMailFrom: (_address, _session, done) => done(refusal('onMailFrom' in refused ? refused.onMailFrom : undefined)),
  });
  const { wake, logged } = deliver(open, makeSmtpTransport({ server: mailServer(url) }));
  const ids = Array.from({ length: 30 }, (_one, i) => open.add(`user${i}@example.com`));
  wake();
  await vi.waitFor(() => expect(logged.filter((line) => line.includes('cannot be used'))).toHaveLength(1), 10_000);
  await vi.waitFor(() => expect(ids.map((id) => open.row(id).attempts).reduce((a, b) => a + b)).toBe(0), 10_000);
  recovered = true;
  await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(30), 40_000);
  await vi.waitFor(() => expect(ids.map((id) => open.row(id).state)).toEqual(Array(30).fill('sent')), 20_000);
  // On a busy machine an attempt may give way to waiting mails, which the server's outage has nothing to do with.
  const gaveWay = logged.filter((line) => line.includes('gave way')).length;
  expect(ids.map((id) => open.row(id).attempts).reduce((a, b) => a + b)).toBe(30 + gaveWay);
  expect(logged.filter((line) => line.includes('cannot be used'))).toHaveLength(1);
  expect(logged.filter((line) => line.includes('was not accepted') && !line.includes('gave way'))).toEqual([]);
});

test('mails that connect do not give way: the next one would wait for the same server', async () => {
  const open = await openOutbox();
  let connecting = 0;
  const { wake } = deliver(open, async (_message, signal, onPhase) => {
    onPhase!('connecting');
    connecting++;
    await hang(signal);
  });
  for (let i = 0; i < 14; i++) open.add(`user${i}@example.com`);
  const begun = performance.now();
  wake();
  await vi.waitFor(() => expect(performance.now() - begun).toBeGreaterThan(2_500), 10_000);
  expect(connecting).toBe(12);
});

test('a recipient that is refused for good is in the dead letter after one attempt', async () => {
  const open = await openOutbox();
  const { url } = await startSmtp({
    onRcptTo: (_, __, done) => done(Object.assign(new Error('5.1.1 no such user'), { responseCode: 550 })),
  });
  const { wake, logged } = deliver(open, makeSmtpTransport({ server: mailServer(url) }));
  const id = open.add('siti@example.com');
  wake();
  await vi.waitFor(() => expect(open.row(id)).toMatchObject({ state: 'dead', attempts: 1 }), 10_000);
  expect(open.row(id).lastError).toContain('550 5.1.1');
  expect(logged.join()).not.toContain('siti@example.com');
});
