import { expect, test } from 'vitest';
import { makeMailbox } from '../../src/mail/mailbox.ts';
import type { Message } from '../../src/mail/ports.ts';

const message: Message = {
  messageId: 'one@ruangkerja.localhost',
  from: { name: 'Ruangkerja', address: 'no-reply@ruangkerja.localhost' },
  to: { name: 'Siti, "S" Nur', address: 'siti@example.com' },
  replyTo: null,
  subject: 'Selamat datang',
  text: 'teks',
  html: '<p>teks</p>',
};
const open = (capacity?: number) => makeMailbox({ now: () => 0, capacity });
const signal = new AbortController().signal;

test('keeps the newest mails up to its capacity, newest first', async () => {
  const mailbox = open(2);
  for (const subject of ['a', 'b', 'c']) await mailbox.transport({ ...message, subject }, signal);
  expect(mailbox.list().map((mail) => mail.subject)).toEqual(['c', 'b']);
});

test('shows a mail delivered twice twice', async () => {
  const mailbox = open();
  await mailbox.transport(message, signal);
  await mailbox.transport(message, signal);
  const [one, two] = mailbox.list();
  expect(one!.id).not.toBe(two!.id);
  expect(mailbox.find(two!.id)).toBe(two);
});

test('keeps the source as a mail server would get it', async () => {
  const mailbox = open();
  await mailbox.transport(message, signal);
  const { source } = mailbox.list()[0]!;
  expect(source).toMatch(/^Message-ID: <one@ruangkerja\.localhost>\r$/im);
  expect(source).toMatch(/^From: Ruangkerja <no-reply@ruangkerja\.localhost>\r$/m);
  expect(source).toMatch(/^Subject: Selamat datang\r$/m);
});

test('a delivery that was given up is not kept', async () => {
  const mailbox = open();
  await expect(mailbox.transport(message, AbortSignal.abort())).rejects.toThrow();
  expect(mailbox.list()).toEqual([]);
});
