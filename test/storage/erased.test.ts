import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { DueMail } from '../../src/mail/ports.ts';
import { openStore } from '../../src/storage/store.ts';
import { uuidv7 } from '../../src/uuid.ts';
import { newUser } from './open-users.ts';
import { claimDue } from '../support/outbox.ts';

const keyIds = ['key'];
const sealedMail = (bytes: number) => ({
  id: uuidv7(Date.now()),
  sealed: { keyId: keyIds[0]!, nonce: randomBytes(12), ciphertext: randomBytes(bytes) },
});

test('of the sealed passwords that were sent, erased or replaced the database file keeps at most a stale copy in a hundred', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-erased-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'gateway.db');
  const store = await openStore(`file:${file}`, Date.now);
  const company = {
    id: uuidv7(0),
    code: 'RUKR',
    name: 'Ruangkerja',
    mailLocale: null,
    signInUrl: null,
    replyTo: null,
    createdAt: new Date(0),
  };
  await store.access.addCompany(company);
  const entries = Array.from({ length: 1_000 }, (_, n) => ({
    user: newUser(company.id, `E${n}`, { id: uuidv7(Date.now()) }),
    mail: sealedMail(24 + (n % 120)),
  }));
  for (let at = 0; at < entries.length; at += 50)
    await store.users.add(company.id, entries.slice(at, at + 50), { allOrNone: true });

  // Without a reason, which would lengthen the row: a page that SQLite splits for it may keep stale copies.
  const fates = [
    (mail: DueMail) => store.outbox.markSent(mail),
    (mail: DueMail) => store.outbox.markDead(mail, ''),
    (mail: DueMail) => store.outbox.markSent(mail),
    async (mail: DueMail) => {
      await store.outbox.markFailed(mail, '', new Date(Date.now() + 60_000));
      const replacement = { passwordHash: 'new', mail: sealedMail(40), at: new Date(), notWithinMs: 0 };
      await store.users.replacePassword(company.id, mail.userSerial, replacement);
    },
  ];
  const mails = await claimDue(store.outbox, { limit: 900, leaseMs: 30_000, first: true, keyIds });
  await Promise.all(mails.map((mail, n) => fates[n % fates.length]!(mail)));
  const gone = new Set(mails.map(({ id }) => id));
  await store.outbox.eraseDead(new Date(Date.now() + 1_000), 1_000);
  await store.close();

  const bytes = readFileSync(file);
  const inFile = entries.filter(({ mail }) => bytes.includes(mail.sealed.ciphertext));
  const stale = inFile.filter(({ mail }) => gone.has(mail.id));
  expect(stale.length).toBeLessThan(entries.length / 100);
  // The queued ones, else nothing was looked for.
  expect(inFile.length - stale.length).toBe(100);
});
