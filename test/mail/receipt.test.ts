import { expect, test, vi } from 'vitest';
import { receiptOf } from '../../src/mail/receipt.ts';
import { deliver, knownPassword, openOutbox } from './kit.ts';

test.each([
  ['250 2.0.0 Ok: queued as 4XyZ1234', '250 2.0.0 queued as 4XyZ1234'],
  ['250 OK id=1t2Abc-000000001xY-0abc', '250 queued as 1t2Abc-000000001xY-0abc'],
  ['250 2.0.0 OK  1700000000 d2e1a72fcca58-7f2.13 - gsmtp', '250 2.0.0 queued as d2e1a72fcca58-7f2.13'],
  ['250 Ok 0102018f4d3c2b1a-1234-000000', '250 queued as 0102018f4d3c2b1a-1234-000000'],
  ['250 2.6.0 <x@y.example> [InternalId=12345678901, Hostname=H] Queued mail', '250 2.6.0 queued as 12345678901'],
  ['250 2.0.0 Dear siti@example.com, your password is Kunci', '250 2.0.0'],
  ['', '250'],
])('the reply %j leaves %j', (reply, receipt) => {
  expect(receiptOf(reply)).toBe(receipt);
});

test('the line of a mail joins: outbox id, user, attempt and the codes and queue id; never the password', async () => {
  const open = await openOutbox();
  const id = open.add('siti@example.com', 'Siti Rahayu', 'Kunci-rahasia');
  const { wake, logged } = deliver(open, async () => receiptOf('250 2.0.0 Ok: queued as Kunci-rahasia'));
  wake();
  await vi.waitFor(() => expect(logged).toHaveLength(1), 10_000);
  expect(JSON.parse(logged[0]!)).toEqual({
    outboxId: id,
    userSerial: 'USR1',
    attempt: 1,
    answer: '250 2.0.0 queued as [password]',
    message: 'a mail was accepted',
  });
  expect(logged.join()).not.toContain(knownPassword);
});
