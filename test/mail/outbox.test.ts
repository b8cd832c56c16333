import { expect, test } from 'vitest';
import { openOutbox } from './kit.ts';
import { claimDue } from '../support/outbox.ts';

const lease = 30_000;

test('a claim takes the oldest due mails, counts the attempt and hands over what is needed to send', async () => {
  const { outbox, add, clock, sealer, row, keyIds } = await openOutbox();
  const first = add('siti@example.com', 'Siti', 'rahasia');
  clock.skip += 10;
  const second = add('budi@example.com', 'Budi');
  const [mail, ...others] = await claimDue(outbox, { limit: 1, leaseMs: lease, first: true, keyIds });
  expect(others).toEqual([]);
  expect(mail).toMatchObject({
    id: first,
    email: 'siti@example.com',
    name: 'Siti',
    companyName: 'PT Ruang & Kerja',
    locale: null,
    attempts: 1,
  });
  expect(sealer.open(mail!.id, mail!.userSerial, mail!.sealed)).toBe('rahasia');
  expect(row(first).attempts).toBe(1);
  expect((await claimDue(outbox, { limit: 5, leaseMs: lease, first: true, keyIds })).map(({ id }) => id)).toEqual([
    second,
  ]);
  expect(await claimDue(outbox, { limit: 5, leaseMs: lease, first: true, keyIds })).toEqual([]);
  expect(await claimDue(outbox, { limit: 5, leaseMs: lease, first: false, keyIds })).toEqual([]);
});

test('the mail of a dead process is claimed again when its lease ends, and the dead process changes nothing', async () => {
  const { outbox, add, clock, row, keyIds } = await openOutbox();
  const id = add('siti@example.com');
  const [lost] = await claimDue(outbox, { limit: 1, leaseMs: lease, first: true, keyIds });
  clock.skip += lease - 1_000;
  expect(await claimDue(outbox, { limit: 1, leaseMs: lease, first: false, keyIds })).toEqual([]);
  clock.skip += 1_001;
  expect(await claimDue(outbox, { limit: 1, leaseMs: lease, first: true, keyIds })).toEqual([]);
  const [held] = await claimDue(outbox, { limit: 1, leaseMs: lease, first: false, keyIds });
  expect(held).toMatchObject({ id, attempts: 2 });
  const before = row(id);
  await outbox.markSent(lost!);
  await outbox.markFailed(lost!, 'late', new Date());
  await outbox.markDead(lost!, 'late');
  await outbox.renew([lost!], 10 * lease);
  expect(row(id)).toEqual(before);
  await outbox.markSent(held!);
  expect(row(id).state).toBe('sent');
});

test('a renewed lease outlives its first end', async () => {
  const { outbox, add, clock, keyIds } = await openOutbox();
  add('siti@example.com');
  const mails = await claimDue(outbox, { limit: 1, leaseMs: lease, first: true, keyIds });
  clock.skip += lease - 1_000;
  await outbox.renew(mails, lease);
  clock.skip += lease - 1_000;
  expect(await claimDue(outbox, { limit: 1, leaseMs: lease, first: false, keyIds })).toEqual([]);
});

test('a sent mail takes no further outcome', async () => {
  const { outbox, add, row, keyIds } = await openOutbox();
  const id = add('siti@example.com');
  const [mail] = await claimDue(outbox, { limit: 1, leaseMs: lease, first: true, keyIds });
  await outbox.markSent(mail!);
  await outbox.markDead(mail!, 'late');
  expect(row(id)).toMatchObject({ state: 'sent', keyId: null, nonce: null, ciphertext: null });
  expect(row(id).endedAt).toBeInstanceOf(Date);
});

test('an operator lists newest first, by state, and sends dead mails again', async () => {
  const { outbox, add, clock, row, keyIds } = await openOutbox();
  const [dead, waiting] = [add('siti@example.com'), (clock.skip++, add('budi@example.com'))];
  const [mail] = await claimDue(outbox, { limit: 1, leaseMs: lease, first: true, keyIds });
  await outbox.markDead(mail!, 'no such user');
  expect((await outbox.list({ limit: 10 })).map(({ id }) => id)).toEqual([waiting, dead]);
  expect(await outbox.list({ state: 'dead', limit: 10 })).toMatchObject([
    {
      id: dead,
      state: 'dead',
      email: 'siti@example.com',
      userSerial: 'USR1',
      attempts: 1,
      lastError: 'no such user',
      sealed: true,
    },
  ]);
  clock.skip += 1_000;
  const time = clock.now();
  expect(await outbox.retry(dead)).toBe('queued');
  expect(row(dead)).toMatchObject({ state: 'queued', attempts: 0, endedAt: null });
  expect(row(dead).createdAt.getTime()).toBeGreaterThanOrEqual(time);
  expect(await outbox.retry(dead)).toBe('not-dead');
  expect(await outbox.retry('nothing')).toBe('unknown');
});

test('passwords in the dead letter are erased after their time, in small steps', async () => {
  const { outbox, add, clock, row, keyIds } = await openOutbox();
  const ids = [1, 2, 3].map((i) => add(`user${i}@example.com`));
  for (const mail of await claimDue(outbox, { limit: 3, leaseMs: lease, first: true, keyIds }))
    await outbox.markDead(mail, 'no');
  expect(await outbox.eraseDead(new Date(clock.now() - 1_000), 10)).toBe(0);
  clock.skip += 1_000;
  expect(await outbox.eraseDead(new Date(clock.now()), 2)).toBe(2);
  expect(await outbox.eraseDead(new Date(clock.now()), 2)).toBe(1);
  expect(await outbox.eraseDead(new Date(clock.now()), 2)).toBe(0);
  for (const id of ids) expect(row(id)).toMatchObject({ state: 'dead', keyId: null, nonce: null, ciphertext: null });
  expect(await outbox.retry(ids[0]!)).toBe('erased');
});
