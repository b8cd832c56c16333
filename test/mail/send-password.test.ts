import { expect, test } from 'vitest';
import { DeliveryFailure, type DueMail, type Message } from '../../src/mail/ports.ts';
import { makeSealer } from '../../src/mail/seal.ts';
import { makeSendPassword, type SendPasswordNeeds } from '../../src/mail/send-password.ts';
import { openGateway } from '../support/gateway.ts';
import { sender } from './kit.ts';

const sealer = makeSealer({ current: Buffer.alloc(32, 7) });

const siti: DueMail = {
  id: '0198',
  attempts: 1,
  createdAt: new Date(),
  sealed: sealer.seal('0198', 'SITI0001', 'rahasia'),
  userSerial: 'SITI0001',
  name: 'Siti Rahayu',
  email: 'siti@example.com',
  username: null,
  isActive: true,
  replacesPassword: false,
  companyName: 'PT Contoh',
  locale: null,
  signInUrl: null,
  replyTo: null,
};
const installed = { sealer, from: sender, locale: 'en', signInUrl: null, replyTo: null } as const;

async function send(mail: Partial<DueMail>, installation: Partial<SendPasswordNeeds> = {}): Promise<Message> {
  const sent: Message[] = [];
  const transport = async (message: Message) => void sent.push(message);
  const sendPassword = makeSendPassword({ ...installed, transport, ...installation });
  const due = { ...siti, ...mail };
  expect(await sendPassword(due, AbortSignal.timeout(1_000), () => undefined)).toEqual({ kind: 'accepted' });
  return sent[0]!;
}

test('the company stands in the name of the sender, the address is that of MAIL_FROM', async () => {
  expect((await send({})).from).toEqual({ name: 'PT Contoh via Ruangkerja', address: sender.address });
  const names = async (companyName: string, name: string) =>
    (await send({ companyName }, { from: { ...sender, name } })).from.name;
  expect(await names('Ruangkerja', 'Ruangkerja')).toBe('Ruangkerja');
  expect(await names('PT Contoh', '')).toBe('PT Contoh');
});

test('sign-in address and contact are those of the company, else those of the installation, else none', async () => {
  const installation = {
    signInUrl: 'https://all.example.com/',
    replyTo: { name: 'Help', address: 'help@example.com' },
  };
  const none = await send({});
  expect(none.replyTo).toBeNull();
  const all = await send({}, installation);
  expect(all.replyTo).toEqual(installation.replyTo);
  expect(all.text).toMatch(/Sign in at: https:\/\/all\.example\.com\/\n[^]*write to help@example\.com\./);
  const own = await send({ signInUrl: 'https://own.example.com/', replyTo: 'HR <hr@contoh.test>' }, installation);
  expect(own.replyTo).toEqual({ name: 'HR', address: 'hr@contoh.test' });
  expect(own.text).toMatch(/Sign in at: https:\/\/own\.example\.com\/\n[^]*write to hr@contoh\.test\./);
  expect(own.text).not.toContain('all.example.com');
});

test('what a mail server quotes of the recipient is not in the error, in whatever case and form', async () => {
  const errorOf = async (reply: string) => {
    const transport = async () => Promise.reject(new DeliveryFailure('recipient', new Error(reply)));
    const sendPassword = makeSendPassword({ ...installed, transport });
    const result = await sendPassword(
      { ...siti, email: 'Siti.Rahayu@Example.COM', name: 'Siti Nurjannah-Rahayu É Ng', username: 'sitirahayu7' },
      AbortSignal.timeout(1_000),
      () => undefined,
    );
    return (result as { error: string }).error;
  };
  const replies = [
    '550 5.1.1 <Siti.Rahayu@example.com>: Recipient address rejected',
    '550 5.1.1 siti.rahayu... User unknown',
    '550 5.1.1 SITI.RAHAYU@EXAMPLE.COM does not exist',
    '550 5.1.1 forwarded to <s.rahayu@elsewhere.example>, which refuses',
    '550 5.1.1 spam: "Halo Siti Nurjannah-Rahayu É Ng" for rahayu, NURJANNAH or SITIRAHAYU7',
    '550 5.1.1 Siti_Rahayu is unknown',
    `${'550 5.1.1 '.padEnd(190, '-')} Siti.Rahayu@example.com unknown`,
  ];
  for (const reply of replies) {
    const error = await errorOf(reply);
    expect(error).toMatch(/^550 5\.1\.1 /);
    expect(error).not.toMatch(/rahayu|siti|nurjannah|É Ng/i);
  }
});

test('a user who was created inactive gets a mail that welcomes nobody', async () => {
  const gateway = await openGateway({ env: { SIGN_IN_URL: 'https://masuk.example.com/', MAIL_LOCALE: 'en' } });
  const { token } = await gateway.company('RUKR');
  const user = { employeeID: 'A1', name: 'Siti', username: 'siti', email: 'siti@example.com', isActive: false };
  expect((await gateway.rest(token, user)).status).toBe(200);
  await expect.poll(() => gateway.mails.length).toBe(1);
  const [{ from, text }] = gateway.mails as [Message];
  expect(from).toEqual({ name: 'RUKR Company via Ruangkerja', address: 'no-reply@ruangkerja.example' });
  expect(text).toMatch(
    /has been prepared[^]*not active[^]*Sign in at: https:\/\/masuk\.example\.com\/\nUsername: siti\n/,
  );
  expect(text).not.toContain('Welcome');
});
