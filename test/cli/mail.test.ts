import { expect, test } from 'vitest';
import { runGateway } from '../../src/cli/gateway.ts';
import { claimDue } from '../support/outbox.ts';
import { openOutbox } from '../mail/kit.ts';
import { johnDoe, openGateway } from '../support/gateway.ts';

/** An outbox with mails in every state, and the commands of its operator. */
async function openMails() {
  const kit = await openOutbox();
  const claim = (limit: number) => claimDue(kit.outbox, { limit, leaseMs: 30_000, first: true, keyIds: kit.keyIds });
  const run = async (...args: string[]) => {
    let [out, err] = ['', ''];
    const code = await runGateway(['mail', ...args], {
      env: { DATABASE_URL: `file:${kit.sqlite.db.$client.name}` },
      out: (text) => void (out += text),
      err: (text) => void (err += text),
    });
    return { code, out, err };
  };
  const json = async (...args: string[]) => {
    const { code, out, err } = await run(...args, '--json');
    expect([code, err]).toEqual([0, '']);
    return JSON.parse(out);
  };
  const die = async (email: string, error: string) => {
    const id = kit.add(email);
    const [mail] = await claim(1);
    await kit.outbox.markDead(mail!, error);
    return id;
  };
  return { ...kit, claim, die, run, json };
}

test('mails are listed by state, error, domain and age', async () => {
  const { add, clock, die, json, run } = await openMails();
  const quota = await die('siti@a.example', 'it answered 550 5.7.1 at DATA');
  const unknown = await die('budi@b.example', 'it answered 550 5.1.1 at RCPT TO');
  const queued = add('ana@a.example');
  const ids = async (...args: string[]) => (await json('list', ...args)).map(({ id }: { id: string }) => id);
  expect(await ids()).toEqual([queued, unknown, quota]);
  expect(await ids('--state', 'dead', '--error', '550 5.7.1')).toEqual([quota]);
  expect(await ids('--domain', 'A.example')).toEqual([queued, quota]);
  expect(await ids('--older-than', '1h')).toEqual([]);
  clock.skip -= 2 * 3_600_000;
  const old = add('old@a.example');
  expect(await ids('--older-than', '1h')).toEqual([old]);
  expect((await run('list', '--older-than', 'long')).code).toBe(2);
});

test('many mails of the dead letter are sent again: by error, by domain, all; and never without one of them', async () => {
  const { die, json, run, row } = await openMails();
  const dead = [
    await die('siti@a.example', 'it answered 550 5.7.1 at DATA'),
    await die('budi@b.example', 'it answered 550 5.7.1 at DATA'),
    await die('ana@a.example', 'it answered 550 5.1.1 at RCPT TO'),
    await die('eka@c.example', 'it answered 550 5.1.1 at RCPT TO'),
  ];
  const states = () => dead.map((id) => row(id).state).join(' ');
  for (const args of [[], ['--all', '--domain', 'a.example'], [dead[0]!, '--all'], ['--error', ''], ['--domain', '']])
    expect((await run('retry', ...args)).code).toBe(2);
  expect(states()).toBe('dead dead dead dead');
  expect(await json('retry', '--error', '550 5.7.1', '--domain', 'a.example')).toEqual({ queued: 1 });
  expect(states()).toBe('queued dead dead dead');
  expect(await json('retry', '--domain', 'b.example')).toEqual({ queued: 1 });
  expect(states()).toBe('queued queued dead dead');
  expect((await run('retry', '--all')).out).toBe('2 mails are queued again.\n');
  expect(states()).toBe('queued queued queued queued');
});

test('a mail is shown with its attempts and what the server answered, without its password', async () => {
  const { add, claim, json, outbox, run, sealer } = await openMails();
  const id = add('siti@a.example');
  const [mail] = await claim(1);
  await outbox.markFailed(mail!, 'it answered 450 4.2.0 at RCPT TO', new Date());
  const [again] = await claimDue(outbox, { limit: 1, leaseMs: 30_000, first: false, keyIds: sealer.keyIds });
  await outbox.markSent(again!, '250 2.0.0 queued as 4XyZ');
  expect(await json('show', id)).toMatchObject({
    id,
    state: 'sent',
    attempts: 2,
    history: [
      { attempt: 1, outcome: 'failed', answer: 'it answered 450 4.2.0 at RCPT TO' },
      { attempt: 2, answer: '250 2.0.0 queued as 4XyZ' },
    ],
  });
  expect((await run('show', id)).out).toContain('250 2.0.0 queued as 4XyZ');
  expect(await run('show', 'nothing')).toMatchObject({ code: 1, err: expect.stringContaining('no mail nothing') });
});

test('a hold stops the delivery of a running gateway until the release; MAIL_HOLD=1 starts held', async () => {
  const gateway = await openGateway({ env: { MAIL_HOLD: '1' } });
  const { token } = await gateway.company('RUKR');
  const operate = (...args: string[]) => {
    const env = { DATABASE_URL: `file:${gateway.folder}/gateway.db` };
    return runGateway(['mail', ...args], { env, out: () => undefined, err: () => undefined });
  };
  expect(gateway.lines.some((line) => line.includes('the delivery of mails is held'))).toBe(true);
  await gateway.rest(token, johnDoe);
  const health = async () => (await gateway.get('/health/ready', null)).body.mails;
  expect(await health()).toMatchObject({ queued: 1 });
  expect(gateway.mails).toEqual([]);
  expect(await operate('release')).toBe(0);
  await expect.poll(() => gateway.mails.length, { timeout: 20_000 }).toBe(1);
  expect(await operate('hold')).toBe(0);
  await gateway.rest(token, { ...johnDoe, employeeID: 'B', email: 'b@example.com', phone: null });
  expect(gateway.mails).toHaveLength(1);
  expect(await operate('release')).toBe(0);
  await expect.poll(() => gateway.mails.length, { timeout: 20_000 }).toBe(2);
}, 60_000);
