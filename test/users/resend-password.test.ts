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

test('calls at once leave one password, which is the one of the last mail that was queued', async () => {
  const sent: Message[] = [];
  let open: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const gateway = await openGateway({
    transport: async (mail) => {
      await opened;
      sent.push(mail);
    },
  });
  const { token } = await gateway.company('RUKR');
  const serial = await create(gateway, token);
  const answers = await Promise.all(Array.from({ length: 8 }, () => resend(gateway, token, serial)));
  expect(answers.every(({ __typename }) => __typename === 'PasswordResent')).toBe(true);
  open!();
  await expect
    .poll(async () => {
      const fitting = await Promise.all(sent.map((mail) => fits(gateway, serial, passwordIn(mail))));
      return fitting.filter(Boolean).length;
    })
    .toBe(1);
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

test('it needs users:create and counts in the rate limit', async () => {
  const gateway = await openGateway({ env: { RATE_LIMIT: '2' } });
  const { token } = await gateway.company('RUKR');
  const { token: reader } = await gateway.company('READ', ['users:read']);
  const serial = await create(gateway, token);
  expect((await gateway.graphql(null, mutation, { serial })).status).toBe(401);
  expect((await gateway.graphql(reader, mutation, { serial })).status).toBe(403);
  expect((await gateway.graphql(token, mutation, { serial })).status).toBe(200);
  expect((await gateway.graphql(token, mutation, { serial })).status).toBe(429);
});
