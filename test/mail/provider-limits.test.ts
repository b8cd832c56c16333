import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { SMTPServerOptions } from 'smtp-server';
import { makeMailDelivery, type MailDeliveryNeeds } from '../../src/mail/mail-delivery.ts';
import { makeMailPolicy } from '../../src/mail/mail-policy.ts';
import type { DueMail } from '../../src/mail/ports.ts';
import { makeSmtpTransport } from '../../src/mail/smtp.ts';
import type { Flight } from '../../src/outbox/kind.ts';
import { addresses, engines, openTwoStores, type TwoStores } from '../outbox/two-stores.ts';
import { openTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { mailServer, message, sender, startSmtp } from './kit.ts';

let postgres: TestDatabase;
beforeAll(async () => void (postgres = await openTestDatabase()));
afterAll(() => postgres?.stop());

const answer = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });

/** A mail server that refuses what is over its limits, and counts that. */
async function startProvider({ perSecond = Infinity, connections = Infinity, daily = Infinity, greetsAfterMs = 0 }) {
  const limits = { perSecond, connections, daily };
  const seen = { refused: 0, connected: 0, most: 0, times: [] as number[] };
  const accepted = new Set<unknown>();
  const refuse = (done: (error: Error) => void, error: Error) => (seen.refused++, done(error));
  const options: SMTPServerOptions = {
    onConnect(session, done) {
      if (accepted.size >= limits.connections)
        return refuse(done, answer(421, '4.3.2 The number of concurrent connections has exceeded a limit'));
      accepted.add(session.id);
      seen.connected++;
      seen.most = Math.max(seen.most, accepted.size);
      setTimeout(done, greetsAfterMs);
    },
    onClose: (session) => void accepted.delete(session.id),
    onMailFrom(_address, _session, done) {
      if (seen.times.length >= limits.daily)
        return refuse(done, answer(550, '5.4.5 Daily user sending limit exceeded'));
      const now = performance.now();
      if (seen.times.filter((time) => time > now - 1_000).length >= limits.perSecond)
        return refuse(done, answer(454, 'Throttling failure: Maximum sending rate exceeded.'));
      seen.times.push(now);
      done();
    },
  };
  const smtp = await startSmtp(options);
  return { ...smtp, limits, seen };
}

/** Delivers the mails of each store to a mail server, as two processes do. */
function deliverTwice(open: TwoStores, url: string, limits: Pick<MailDeliveryNeeds, 'connections' | 'limits'>) {
  const logged: string[] = [];
  const write = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }));
  const deliveries = [open.store, open.other].map(({ outbox }) => {
    const transport = makeSmtpTransport({ server: mailServer(url), perSecond: limits.limits?.perSecond ?? 0 });
    const delivery = makeMailDelivery({
      outbox,
      sealer: open.sealer,
      transport,
      from: sender,
      locale: 'id',
      signInUrl: null,
      replyTo: null,
      now: Date.now,
      log: { info: write, warn: write, error: write },
      ...limits,
    });
    open.onClose(async () => {
      await delivery.stop(0);
      transport.close();
    });
    return delivery;
  });
  return { logged, wake: () => deliveries.forEach((delivery) => delivery.wake()) };
}

describe.each(engines)('two processes on %s', (engine) => {
  const openBoth = () => openTwoStores(engine, () => postgres.url);
  const states = async (open: TwoStores) =>
    (await open.store.outbox.list({ limit: 1_000 })).map(({ state, attempts }) => `${state} ${attempts}`);

  test('stay within a rate like that of Amazon SES, and come near it', async () => {
    const open = await openBoth();
    // A mail that has to connect comes ten turns late.
    const provider = await startProvider({ perSecond: 50, greetsAfterMs: 200 });
    await open.add(addresses(150));
    const { wake } = deliverTwice(open, provider.url, { limits: { perSecond: 50, perDay: 0 } });
    wake();
    await vi.waitFor(() => expect(provider.received).toHaveLength(150), { timeout: 100_000, interval: 50 });
    // None on a machine at rest; one that is busy moves some deliveries together.
    expect(provider.seen.refused).toBeLessThanOrEqual(4);
    const [first, last] = [provider.seen.times[0]!, provider.seen.times.at(-1)!];
    expect(last - first).toBeGreaterThan(2_700);
  }, 120_000);

  test('share connections like the three of Office 365, and use each for many mails', async () => {
    const open = await openBoth();
    const provider = await startProvider({ connections: 3 });
    await open.add(addresses(120));
    const { wake } = deliverTwice(open, provider.url, { connections: 3 });
    wake();
    await vi.waitFor(() => expect(provider.received).toHaveLength(120), { timeout: 100_000, interval: 50 });
    expect(provider.seen.most).toBeLessThanOrEqual(3);
    expect(provider.seen.refused).toBeLessThanOrEqual(1);
    expect(provider.seen.connected).toBeLessThanOrEqual(12);
  }, 120_000);

  test('pause together for a daily quota like that of Google, and lose no mail and no attempt', async () => {
    const open = await openBoth();
    const provider = await startProvider({ daily: 20 });
    await open.add(addresses(60));
    const { wake, logged } = deliverTwice(open, provider.url, {});
    wake();
    await vi.waitFor(async () => expect((await open.store.outbox.deliveryState()).pauses).toBe(1), 100_000);
    await vi.waitFor(
      async () =>
        expect((await states(open)).toSorted()).toEqual([...Array(40).fill('queued 0'), ...Array(20).fill('sent 1')]),
      100_000,
    );
    expect(provider.seen.refused).toBeLessThanOrEqual(32);
    expect(logged.filter((line) => line.includes('takes no more mails')).length).toBeLessThanOrEqual(2);
    const { refused } = provider.seen;
    wake();
    provider.limits.daily = Infinity;
    await open.other.outbox.unhold();
    await vi.waitFor(() => expect(provider.received).toHaveLength(60), { timeout: 100_000, interval: 50 });
    expect(provider.seen.refused).toBe(refused);
  }, 120_000);

  test('over a rate that nobody has configured, pauses keep every mail alive', async () => {
    const open = await openBoth();
    const provider = await startProvider({ perSecond: 20 });
    await open.add(addresses(60));
    const { wake } = deliverTwice(open, provider.url, {});
    wake();
    await vi.waitFor(() => expect(provider.received).toHaveLength(60), { timeout: 100_000, interval: 50 });
    await vi.waitFor(
      async () => expect((await states(open)).every((state) => state.startsWith('sent'))).toBe(true),
      100_000,
    );
    // A refusal for the rate counts as no attempt. On a busy machine an attempt may take so long that it gives way.
    expect((await states(open)).filter((state) => state !== 'sent 1').length).toBeLessThanOrEqual(6);
  }, 120_000);

  test('a single mail does not wait behind a backlog of 1,000', async () => {
    const open = await openBoth();
    const { received, url } = await startSmtp();
    await open.add(addresses(1_000), (at) => at);
    await open.store.outbox.hold();
    const { wake } = deliverTwice(open, url, { limits: { perSecond: 50, perDay: 0 } });
    await open.add(['siti@example.com']);
    await open.store.outbox.unhold();
    wake();
    await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(5), { timeout: 100_000, interval: 10 });
    expect(received.slice(0, 5).flatMap(({ to }) => to)).toContain('siti@example.com');
  }, 120_000);

  test('a tarpit that takes a mail and answers late gets none of them three times', async () => {
    const open = await openBoth();
    const copies = new Map<string, number>();
    const { url } = await startSmtp({
      onData(stream, session, done) {
        const { address } = session.envelope.rcptTo[0]!;
        copies.set(address, (copies.get(address) ?? 0) + 1);
        stream.resume().on('end', () => setTimeout(done, address.endsWith('@tarpit.example') ? 1_500 : 0));
      },
    });
    const slow = Array.from({ length: 24 }, (_, n) => `user${n}@tarpit.example`);
    await open.add([...slow, ...addresses(24)]);
    const { wake } = deliverTwice(open, url, {});
    wake();
    const sent = Array(48).fill('sent');
    const stateOf = async () => (await states(open)).map((state) => state.split(' ')[0]);
    await vi.waitFor(async () => expect(await stateOf()).toEqual(sent), { timeout: 100_000, interval: 100 });
    expect([...copies].filter(([, count]) => count > 2)).toEqual([]);
  }, 120_000);
});

test('a recipient who is always answered with a limit does not stop the others', async () => {
  const open = await openTwoStores('SQLite', () => '');
  const { received, url } = await startSmtp({
    onRcptTo: ({ address }, _session, done) =>
      done(address.endsWith('@poison.example') ? answer(450, '4.7.1 rate limit exceeded') : null),
  });
  await open.add(['one@poison.example', 'two@poison.example', ...addresses(30)]);
  const { wake } = deliverTwice(open, url, {});
  wake();
  await vi.waitFor(() => expect(received).toHaveLength(30), { timeout: 15_000, interval: 50 });
}, 20_000);

test('a limit is the doing of one domain when others were served after it three times, and of the provider else', () => {
  const write = () => undefined;
  const policy = makeMailPolicy({ log: { info: write, warn: write, error: write } });
  const flightTo = (email: string) =>
    ({ due: { email }, begunAt: performance.now(), sendingAt: performance.now(), phase: 'sending' }) as Flight<DueMail>;
  const limited = (domain: string) => policy.limited(flightTo(`a@${domain}`), 'likely');
  for (let i = 0; i < 3; i++) {
    expect(limited('poison.example')).toBeLessThanOrEqual(10_000);
    policy.ended(flightTo('b@example.com'), 'accepted');
  }
  expect(limited('poison.example')).toBeNull();
  expect(policy.limited(flightTo('a@poison.example'), 'certain')).toBe(Infinity);
  expect([limited('one.example'), limited('two.example')].every((ms) => ms! <= 10_000)).toBe(true);
  expect(limited('three.example')).toBe(Infinity);
});

test('a connection that the server closed while it was idle costs its next mail nothing', async () => {
  const { received, server, url } = await startSmtp();
  const transport = makeSmtpTransport({ server: mailServer(url) });
  onTestFinished(transport.close);
  await transport(message(), new AbortController().signal);
  for (const connection of server.connections as Set<{ _socket: { destroy(): void } }>) connection._socket.destroy();
  await transport(message(), new AbortController().signal);
  expect(received).toHaveLength(2);
});
