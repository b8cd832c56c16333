import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { expect, test, vi } from 'vitest';
import type { Message, Transport } from '../../src/mail/ports.ts';
import { makeSmtpTransport } from '../../src/mail/smtp.ts';
import { outbox as outboxTable } from '../../src/storage/sqlite/tables.ts';
import { deliver, hang, knownPassword, mailServer, openOutbox, startSmtp, withinLoopMs } from './kit.ts';
import { claimDue } from '../support/outbox.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const messageIds = (mails: { source: string }[]) =>
  mails.map(({ source }) => /^Message-ID: (.*)\r$/m.exec(source)?.[1]);

/** Accepts everything but the addresses that begin with `hang`; counts what is in flight. */
function partlyHanging() {
  const seen = { accepted: [] as string[], hanging: 0, inFlight: 0, most: 0 };
  const transport: Transport = async ({ to }, signal, onPhase) => {
    seen.most = Math.max(seen.most, ++seen.inFlight);
    try {
      if (to.address.startsWith('hang')) {
        seen.hanging++;
        if (to.address.startsWith('hang-whole')) onPhase?.('handed over');
        await hang(signal);
      }
      seen.accepted.push(to.address);
    } finally {
      seen.inFlight--;
    }
  };
  return { seen, transport };
}

test('a mail is sent in the language of the installation, and the sealed password leaves the row', async () => {
  const open = await openOutbox();
  const sent: Message[] = [];
  const { wake, logged } = deliver(open, async (message) => void sent.push(message));
  const id = open.add('siti@example.com');
  expect(open.row(id).ciphertext).not.toBeNull();
  wake();
  await vi.waitFor(() => expect(open.row(id).state).toBe('sent'));
  expect(open.row(id)).toMatchObject({ keyId: null, nonce: null, ciphertext: null, attempts: 1, lastError: null });
  expect(sent).toHaveLength(1);
  expect(sent[0]).toMatchObject({
    messageId: `${id}@ruangkerja.test`,
    to: { name: 'Siti Rahayu', address: 'siti@example.com' },
  });
  expect(sent[0]!.subject).toBe('Kata sandi akun Anda di PT Ruang & Kerja');
  expect(sent[0]!.text.split('\n')).toContain(knownPassword);
  expect(logged.join()).not.toContain(knownPassword);
  expect(logged.join()).not.toContain('siti@example.com');
});

test.concurrent('without a wake the poll finds the mail', async ({ onTestFinished }) => {
  const open = await openOutbox(onTestFinished);
  const { seen, transport } = partlyHanging();
  deliver(open, transport);
  open.add('siti@example.com');
  await vi.waitFor(() => expect(seen.accepted).toEqual(['siti@example.com']), 2_000);
});

test('the attempt is counted, and the lease taken, before the mail is sent', async () => {
  const open = await openOutbox();
  const seen: unknown[] = [];
  const { wake } = deliver(open, async ({ messageId }) => {
    const { attempts, dueAt, state } = open.row(messageId.split('@')[0]!);
    seen.push({ attempts, state, leased: dueAt.getTime() > open.clock.now() + 20_000 });
  });
  open.add('siti@example.com');
  wake();
  await vi.waitFor(() => expect(seen).toEqual([{ attempts: 1, state: 'queued', leased: true }]));
});

test.concurrent('a storm of wakes sends each mail once, at most 12 new ones at a time', async ({ onTestFinished }) => {
  const open = await openOutbox(onTestFinished);
  const accepted: string[] = [];
  let inFlight = 0;
  let most = 0;
  const { wake, idle } = deliver(open, async ({ to }) => {
    most = Math.max(most, ++inFlight);
    await new Promise(setImmediate);
    accepted.push(to.address);
    inFlight--;
  });
  const everyone = Array.from({ length: 100 }, (_, i) => `user${i}@example.com`);
  for (const address of everyone) {
    open.add(address);
    wake();
  }
  await idle();
  expect(accepted.toSorted()).toEqual(everyone.toSorted());
  expect(most).toBe(12);
});

test.concurrent.for([
  ['domains of their own', (i: number) => `hang${i}@hanging${i}.example`],
  ['the domain of the seventeenth', (i: number) => `hang${i}@example.com`],
  ['that domain, where the server has the whole mail', (i: number) => `hang-whole${i}@example.com`],
] as const)(
  'sixteen recipients that hang, in %s, leave a seventeenth delivered within two seconds',
  async ([, address], { onTestFinished }) => {
    const open = await openOutbox(onTestFinished);
    const { seen, transport } = partlyHanging();
    const { wake, logged } = deliver(open, transport);
    const hanging = Array.from({ length: 16 }, (_, i) => open.add(address(i)));
    wake();
    await vi.waitFor(() => expect(seen.hanging).toBeGreaterThanOrEqual(12), { timeout: 5_000, interval: 5 });
    const id = open.add('siti@example.com');
    wake();
    await withinLoopMs(2_000, () => expect(open.row(id).state).toBe('sent'));
    expect(seen.most).toBeLessThanOrEqual(16);
    // The mails that waited with the seventeenth took slots too; no other attempt gave way.
    const gone = hanging.filter((mail) => open.row(mail).lastError === 'gave way to waiting mails');
    expect(gone).toHaveLength(5);
    expect(logged.filter((line) => line.includes('gave way'))).toHaveLength(5);
  },
);

test.concurrent('sixteen recipients that hang at a real mail server leave a seventeenth delivered within two seconds', async ({
  onTestFinished,
}) => {
  const open = await openOutbox(onTestFinished);
  let hanging = 0;
  const { received, sockets, url } = await startSmtp(
    {
      onRcptTo({ address }, _, done) {
        if (address.startsWith('hang')) hanging++;
        else done();
      },
    },
    onTestFinished,
  );
  const { wake } = deliver(open, makeSmtpTransport({ server: mailServer(url) }));
  for (let i = 0; i < 16; i++) open.add(`hang${i}@example.com`);
  wake();
  // Some of the mails that waited may be there already, in the slot of one that gave way.
  await vi.waitFor(() => expect(hanging).toBeGreaterThanOrEqual(12), { timeout: 5_000, interval: 5 });
  open.add('siti@example.com');
  wake();
  await withinLoopMs(2_000, () => expect(received.map(({ to }) => to)).toEqual([['siti@example.com']]));
  // Five gave way, to the four that waited and to the seventeenth.
  await withinLoopMs(5_000, () => expect(sockets.closed).toBeGreaterThanOrEqual(5));
});

test.concurrent('no attempt gives way while no mail waits', async ({ onTestFinished }) => {
  const open = await openOutbox(onTestFinished);
  const { seen, transport } = partlyHanging();
  let looks = 0;
  const claim: typeof open.outbox.claim = (...args) => {
    looks++;
    return open.outbox.claim(...args);
  };
  const { wake, logged } = deliver(open, transport, { outbox: { ...open.outbox, claim } });
  for (let i = 0; i < 12; i++) open.add(`hang${i}@example.com`);
  wake();
  await vi.waitFor(() => expect(looks).toBeGreaterThan(4), 5_000);
  expect(seen).toMatchObject({ hanging: 12, inFlight: 12 });
  expect(logged).toEqual([]);
});

test.concurrent('while creations wait for the processor, mails begin one by one, and all at once when none waits any more', async ({
  onTestFinished,
}) => {
  const open = await openOutbox(onTestFinished);
  const { seen, transport } = partlyHanging();
  let busy = true;
  const { wake } = deliver(open, transport, { isBusy: () => busy });
  for (let i = 0; i < 4; i++) open.add(`hang${i}@example.com`);
  const begun: number[] = [];
  while (seen.hanging < 3) {
    wake();
    await new Promise(setImmediate);
    if (begun.at(-1) !== seen.hanging) begun.push(seen.hanging);
  }
  expect(begun.filter((count) => count > 0)).toEqual([1, 2, 3]);
  busy = false;
  for (let i = 4; i < 12; i++) open.add(`hang${i}@example.com`);
  wake();
  await vi.waitFor(() => expect(seen.hanging).toBe(12), { timeout: 5_000, interval: 1 });
});

test.concurrent('while creations wait for the processor recipients that hang do not hold up the next mail', async ({
  onTestFinished,
}) => {
  const open = await openOutbox(onTestFinished);
  const { seen, transport } = partlyHanging();
  const { wake } = deliver(open, transport, { isBusy: () => true });
  for (let i = 0; i < 8; i++) open.add(`hang${i}@example.com`);
  open.add('siti@example.com');
  wake();
  // With one for each poll it would take eight seconds.
  await withinLoopMs(2_000, () => expect(seen.accepted).toEqual(['siti@example.com']));
});

test.concurrent('a hundred recipients that hang hold up a new one for few seconds', async ({ onTestFinished }) => {
  const open = await openOutbox(onTestFinished);
  const { seen, transport } = partlyHanging();
  const { wake } = deliver(open, transport);
  for (let i = 0; i < 100; i++) open.add(`hang${i}@hanging.example`);
  open.add('siti@example.com');
  wake();
  await withinLoopMs(5_000, () => expect(seen.accepted).toEqual(['siti@example.com']));
  expect(seen.most).toBeLessThanOrEqual(16);
});

test.concurrent('a mail that was refused once is not held up by sixty that hang at another domain', async ({
  onTestFinished,
}) => {
  const open = await openOutbox(onTestFinished);
  const { seen, transport } = partlyHanging();
  let refused = 0;
  const { wake } = deliver(open, async (message, signal) => {
    if (message.to.address.startsWith('grey') && refused++ === 0) throw new Error('451 try again later');
    await transport(message, signal);
  });
  for (let i = 0; i < 60; i++) open.add(`hang${i}@hanging.example`);
  wake();
  // All slots hang, and some have given way to the next: the domain is known.
  await vi.waitFor(() => expect(seen.hanging).toBeGreaterThan(30), { timeout: 10_000, interval: 20 });
  open.add('grey@example.com');
  wake();
  await vi.waitFor(() => expect(seen.accepted).toEqual(['grey@example.com']), { timeout: 9_000, interval: 20 });
});

test.concurrent('mails that failed before take at most half of the slots', async ({ onTestFinished }) => {
  const open = await openOutbox(onTestFinished);
  const { seen, transport } = partlyHanging();
  for (let i = 0; i < 30; i++) open.add(`hang${i}@example.com`);
  const claimed = await claimDue(open.outbox, { limit: 30, leaseMs: 1_000, first: true, keyIds: open.sealer.keyIds });
  for (const mail of claimed) await open.outbox.markFailed(mail, 'before', new Date(open.clock.now()));
  const { wake } = deliver(open, transport);
  wake();
  await vi.waitFor(() => expect(seen.hanging).toBe(8));
  open.add('siti@example.com');
  wake();
  await vi.waitFor(() => expect(seen.accepted).toEqual(['siti@example.com']), { timeout: 500 });
  expect(seen.hanging).toBe(8);
});

test('a server that refuses gets the mail again later, with the same Message-ID', async () => {
  const open = await openOutbox();
  let refusals = 1;
  const { received, url } = await startSmtp({
    onRcptTo({ address }, _, done) {
      done(
        refusals-- > 0
          ? Object.assign(new Error(`<${address}>: try ${knownPassword}\tlater`), { responseCode: 450 })
          : null,
      );
    },
  });
  const { wake } = deliver(open, makeSmtpTransport({ server: mailServer(url) }));
  const id = open.add('siti@example.com');
  wake();
  await vi.waitFor(() => expect(open.row(id).lastError).toContain('450'));
  const { dueAt, lastError, state } = open.row(id);
  expect(state).toBe('queued');
  expect(dueAt.getTime() - open.clock.now()).toBeGreaterThan(0);
  expect(dueAt.getTime() - open.clock.now()).toBeLessThanOrEqual(3_000);
  expect(lastError).toContain('<[recipient]>: try [password] later');
  open.clock.skip += minute;
  wake();
  await vi.waitFor(() =>
    expect(open.row(id)).toMatchObject({ state: 'sent', attempts: 2, lastError: null, ciphertext: null }),
  );
  expect(messageIds(received)).toEqual([`<${id}@ruangkerja.test>`]);
});

test.concurrent('a mail server that is slow with its answer gets few mails twice', async ({ onTestFinished }) => {
  const open = await openOutbox(onTestFinished);
  const arrived: string[] = [];
  const { wake, logged } = deliver(open, async ({ to }, signal, onPhase) => {
    arrived.push(to.address);
    onPhase!('handed over');
    await sleep(1_500, undefined, { signal });
  });
  for (let i = 0; i < 40; i++) open.add(`user${i}@example.com`);
  wake();
  await vi.waitFor(() => expect(logged.filter((line) => line.includes('was accepted'))).toHaveLength(40), 25_000);
  expect(new Set(arrived).size).toBe(40);
  // Eight, and one for each accepted mail until the usual duration was known; without the bound 28 arrived twice.
  expect(arrived.length).toBeLessThanOrEqual(52);
});

test('a server that drops after DATA gets the mail again, with the same Message-ID', async () => {
  const open = await openOutbox();
  const sources: { source: string }[] = [];
  const { url, server } = await startSmtp({
    onData(stream, _, done) {
      let source = '';
      stream.on('data', (chunk: Buffer) => (source += chunk.toString()));
      stream.on('end', () => {
        sources.push({ source });
        if (sources.length > 1) return done();
        for (const connection of server.connections as Set<{ _socket: { destroy(): void } }>)
          connection._socket.destroy();
      });
    },
  });
  const { wake } = deliver(open, makeSmtpTransport({ server: mailServer(url) }));
  const id = open.add('siti@example.com');
  wake();
  await vi.waitFor(() => expect(open.row(id).lastError).not.toBeNull());
  expect(open.row(id)).toMatchObject({ state: 'queued', attempts: 1 });
  expect(open.row(id).dueAt.getTime()).toBeGreaterThan(open.clock.now());
  open.clock.skip += minute;
  wake();
  await vi.waitFor(() => expect(open.row(id)).toMatchObject({ state: 'sent', attempts: 2 }));
  expect(messageIds(sources)).toEqual(Array(2).fill(`<${id}@ruangkerja.test>`));
});

test('pauses grow from two seconds to half an hour, and to two hours after a day of them', async () => {
  const open = await openOutbox();
  let attempts = 0;
  const { wake } = deliver(open, () => Promise.reject(new Error(`refusal ${++attempts}`)));
  const id = open.add('siti@example.com');
  const bounds = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 1800, 1800].entries();
  for (const [before, seconds] of [...bounds, [58, 1800], [59, 7200], [600, 7200]] as const) {
    attempts = before;
    open.sqlite.db.update(outboxTable).set({ attempts: before }).run();
    const start = open.clock.now();
    wake();
    await vi.waitFor(() => expect(open.row(id).lastError).toBe(`refusal ${before + 1}`));
    const due = open.row(id).dueAt.getTime();
    expect(due - start).toBeGreaterThanOrEqual(seconds * 500);
    expect(due - open.clock.now()).toBeLessThanOrEqual(seconds * 1_500);
    open.clock.skip += due - open.clock.now();
  }
});

test('a mail that fails for a month is not given up', async () => {
  const open = await openOutbox();
  let refuses = true;
  const { wake, logged } = deliver(open, () =>
    refuses ? Promise.reject(new Error('550 no such user')) : Promise.resolve(),
  );
  const id = open.add('siti@example.com');
  for (let attempts = 1; attempts <= 3; attempts++) {
    wake();
    await vi.waitFor(() => expect(open.row(id)).toMatchObject({ attempts, lastError: '550 no such user' }));
    await vi.waitFor(() => expect(logged).toHaveLength(attempts));
    open.clock.skip += 15 * day;
  }
  expect(open.row(id).state).toBe('queued');
  refuses = false;
  wake();
  await vi.waitFor(() => expect(open.row(id)).toMatchObject({ state: 'sent', ciphertext: null }));
});

test('sealed passwords that were swapped go to the dead letter unsent', async () => {
  const open = await openOutbox();
  const { seen, transport } = partlyHanging();
  const ids = [open.add('siti@example.com'), open.add('budi@example.com')] as const;
  const [siti, budi] = [open.row(ids[0]), open.row(ids[1])];
  for (const [id, { nonce, ciphertext }] of [
    [siti.id, budi],
    [budi.id, siti],
  ] as const) {
    open.sqlite.db.update(outboxTable).set({ nonce, ciphertext }).where(eq(outboxTable.id, id)).run();
  }
  deliver(open, transport).wake();
  await vi.waitFor(() => expect(ids.map((id) => open.row(id).state)).toEqual(['dead', 'dead']));
  expect(open.row(siti.id).lastError).toContain('SECRET_KEY');
  expect(seen.accepted).toEqual([]);
});

test('a store that is away for some seconds crashes nothing, loses no mail, and has none sent twice', async () => {
  const open = await openOutbox();
  const { seen, transport } = partlyHanging();
  const failures = { claim: 1, markSent: 5 };
  const flaky = {
    ...open.outbox,
    claim: async (...args: Parameters<typeof open.outbox.claim>) => {
      if (failures.claim-- > 0) throw new Error('the database is busy');
      return open.outbox.claim(...args);
    },
    markSent: async (mail: Parameters<typeof open.outbox.markSent>[0]) => {
      if (failures.markSent-- > 0) throw new Error('the database is busy');
      return open.outbox.markSent(mail);
    },
  };
  const { wake, logged } = deliver(open, transport, { outbox: flaky });
  const id = open.add('siti@example.com');
  wake();
  await vi.waitFor(() => expect(open.row(id).state).toBe('sent'), 10_000);
  expect(seen.accepted).toEqual(['siti@example.com']);
  // The log has each condition once a minute.
  expect(logged.filter((line) => line.includes('could not be'))).toHaveLength(2);
});

test('stopping waits for mails in flight, then gives them back, due at once', async () => {
  const open = await openOutbox();
  const { seen, transport } = partlyHanging();
  const { wake, stop } = deliver(open, transport);
  const ids = Array.from({ length: 13 }, (_, i) => open.add(`hang${i}@example.com`));
  wake();
  await vi.waitFor(() => expect(seen.hanging).toBe(12));
  await stop(10);
  expect(seen.inFlight).toBe(0);
  for (const id of ids) expect(open.row(id)).toMatchObject({ state: 'queued', lastError: 'the gateway stopped' });
  expect(
    await claimDue(open.outbox, { limit: 50, leaseMs: 1_000, first: false, keyIds: open.sealer.keyIds }),
  ).toHaveLength(12);
  // The thirteenth was claimed and never tried.
  expect(
    await claimDue(open.outbox, { limit: 50, leaseMs: 1_000, first: true, keyIds: open.sealer.keyIds }),
  ).toHaveLength(1);
});
