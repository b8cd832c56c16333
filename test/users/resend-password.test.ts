import { verify } from '@node-rs/argon2';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Message } from '../../src/mail/ports.ts';
import { type Gateway, johnDoe, openGateway } from '../support/gateway.ts';

const mutation = /* GraphQL */ `
  mutation Resend($serial: ID!) {
    resendPassword(serial: $serial) {
      __typename
      ... on PasswordResent {
        passwordDelivery
        user {
          serial
          employeeID
          passwordMail
        }
      }
      ... on ResendPasswordError {
        errorCode
        message
        detail
        problems {
          errorCode
          path
        }
      }
    }
  }
`;

const passwordIn = (mail: Message): string => /\b[A-HJ-NP-Za-km-z2-9]{22}\b/.exec(mail.text)![0];
const resend = async (gateway: Gateway, token: string, serial: string) =>
  (await gateway.graphql(token, mutation, { serial })).body.data.resendPassword;
const create = async (gateway: Gateway, token: string, more: object = {}): Promise<string> =>
  (await gateway.rest(token, { ...johnDoe, ...more })).body.data.serial;

/** Whether a password is the one that is stored. */
async function fits({ folder }: Gateway, serial: string, password: string): Promise<boolean> {
  const raw = new Database(join(folder, 'gateway.db'), { readonly: true });
  const hash = raw.prepare('select password_hash from users where serial = ?').pluck().get(serial) as string;
  raw.close();
  return verify(hash, password);
}

test('a new random password is stored and mailed, and the old one does not fit any more', async () => {
  const gateway = await openGateway();
  const { token } = await gateway.company('RUKR');
  const serial = await create(gateway, token, { password: 'correct horse battery' });
  await expect.poll(() => gateway.mails.length).toBe(1);
  expect(await fits(gateway, serial, 'correct horse battery')).toBe(true);
  const { user, ...result } = await resend(gateway, token, serial);
  expect([result, user.serial, user.employeeID]).toEqual([
    { __typename: 'PasswordResent', passwordDelivery: 'EMAIL' },
    serial,
    'EMPLY001',
  ]);
  await expect.poll(() => gateway.mails.length).toBe(2);
  expect(gateway.mails[1]!.to.address).toBe('john.doe@example.com');
  expect(gateway.mails.map(({ subject }) => subject)).toEqual([
    'Kata sandi akun Anda di RUKR Company',
    'Kata sandi baru akun Anda di RUKR Company',
  ]);
  expect(gateway.mails.map(({ text }) => text.includes('tidak berlaku lagi'))).toEqual([false, true]);
  expect(await fits(gateway, serial, 'correct horse battery')).toBe(false);
  expect(await fits(gateway, serial, passwordIn(gateway.mails[1]!))).toBe(true);
});

test('a mail with the old password that was refused is never tried again', async () => {
  const tried: Message[] = [];
  let accept = false;
  const gateway = await openGateway({
    transport: async (mail) => {
      tried.push(mail);
      if (!accept) throw new Error('busy');
    },
  });
  const { token } = await gateway.company('RUKR');
  const serial = await create(gateway, token);
  await expect.poll(() => gateway.lines.filter((line) => line.includes('was not accepted')).length).toBe(1);
  accept = true;
  await resend(gateway, token, serial);
  const state = async () =>
    (await gateway.graphql(token, 'query ($serial: ID) { user(serial: $serial) { passwordMail } }', { serial })).body
      .data.user.passwordMail;
  await expect.poll(state).toBe('SENT');
  // Longer than the first backoff: 1 to 3 s.
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  expect(tried).toHaveLength(2);
  expect(await fits(gateway, serial, passwordIn(tried[1]!))).toBe(true);
});

test('a user gets one new password a minute, over all clients: the calls after it are 429 with the seconds left', async () => {
  const clock = { time: Date.now() };
  const gateway = await openGateway({ now: () => clock.time });
  const { token } = await gateway.company('RUKR');
  const [serial, another] = [
    await create(gateway, token),
    await create(gateway, token, { employeeID: 'E2', username: 'e2', email: 'e2@example.com', phone: null }),
  ];
  const answers = await Promise.all(Array.from({ length: 8 }, () => gateway.graphql(token, mutation, { serial })));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  const { status, headers, body } = answers.find((answer) => answer.status !== 200)!;
  expect([status, headers.get('Retry-After'), body.errors[0].extensions.code]).toEqual([
    429,
    '60',
    'TOO_MANY_REQUESTS',
  ]);
  expect((await resend(gateway, token, another)).__typename).toBe('PasswordResent');
  await expect.poll(() => gateway.mails.length).toBe(4);
  const [password] = gateway.mails
    .filter(({ to }) => to.address === 'john.doe@example.com')
    .slice(-1)
    .map(passwordIn);
  expect(await fits(gateway, serial, password!)).toBe(true);
  clock.time += 59_000;
  expect((await gateway.graphql(token, mutation, { serial })).headers.get('Retry-After')).toBe('1');
  clock.time += 1_000;
  expect((await resend(gateway, token, serial)).__typename).toBe('PasswordResent');
});

test('an unknown serial is 10105, a user without email 10106, each at its path; a stranger finds nobody', async () => {
  const gateway = await openGateway();
  const [{ token }, stranger] = [await gateway.company('RUKR'), await gateway.company('OTHR')];
  const silent = await create(gateway, token, { email: null });
  const theirs = await create(gateway, stranger.token, { employeeID: 'E2' });
  for (const serial of ['nobody', '', '\0', theirs])
    expect(await resend(gateway, token, serial)).toMatchObject({
      __typename: 'ResendPasswordError',
      errorCode: 10105,
      message: 'USER_NOT_FOUND',
      problems: [{ errorCode: 10105, path: ['serial'] }],
    });
  expect(await resend(gateway, token, silent)).toMatchObject({
    errorCode: 10106,
    message: 'USER_HAS_NO_EMAIL',
    problems: [{ errorCode: 10106, path: ['serial'] }],
  });
});

test('it needs users:issue-password, not users:create, and counts in the rate limit', async () => {
  const gateway = await openGateway({ env: { RATE_LIMIT: '2' } });
  const { token } = await gateway.company('RUKR');
  const { token: creator } = await gateway.company('CREA', ['users:create', 'users:read']);
  const serial = await create(gateway, token);
  expect((await gateway.graphql(null, mutation, { serial })).status).toBe(401);
  const lacking = await gateway.graphql(creator, mutation, { serial });
  expect([lacking.status, lacking.body.errors[0].message]).toEqual([
    403,
    expect.stringContaining('users:issue-password'),
  ]);
  expect((await gateway.graphql(token, mutation, { serial })).status).toBe(200);
  expect((await gateway.graphql(token, mutation, { serial })).status).toBe(429);
});
