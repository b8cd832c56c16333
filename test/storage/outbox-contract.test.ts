import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Claim } from '../../src/outbox/ports.ts';
import { addresses, engines, openTwoStores, type TwoStores } from '../outbox/two-stores.ts';
import { claimDue } from '../support/outbox.ts';
import { openTestDatabase, type TestDatabase } from '../support/postgres.ts';

let postgres: TestDatabase;
beforeAll(async () => void (postgres = await openTestDatabase()));
afterAll(() => postgres?.stop());

const later = () => new Date(Date.now() + 60_000);

describe.each(engines)('%s', (engine) => {
  let open: TwoStores;
  let [outbox, other]: [TwoStores['store']['outbox'], TwoStores['store']['outbox']] = [] as never;
  beforeEach(async () => {
    open = await openTwoStores(engine, () => postgres.url);
    [outbox, other] = [open.store.outbox, open.other.outbox];
  });
  const query = (over: Partial<Claim> = {}): Claim => ({
    limit: 10,
    leaseMs: 30_000,
    first: true,
    keyIds: open.keyIds,
    ...over,
  });
  const take = (over: Partial<Claim> = {}, from = outbox) => claimDue(from, query(over));
  const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id);

  describe('an operator', () => {
    test('lists by age, error and domain, alone and together', async () => {
      const ids = await open.add(['a@one.example', 'b@two.example', 'c@two.example']);
      for (const [at, mail] of (await take()).entries()) {
        await outbox.markFailed(mail, `${450 + at} Try LATER_%`, later());
      }
      const listed = async (filter: object) => idsOf(await outbox.list({ limit: 10, ...filter })).toReversed();
      expect(await listed({ domain: 'TWO.example' })).toEqual([ids[1], ids[2]]);
      expect(await listed({ domain: 'wo.example' })).toEqual([]);
      expect(await listed({ error: '451 try' })).toEqual([ids[1]]);
      expect(await listed({ error: 'later_%' })).toEqual(ids);
      expect(await listed({ error: 'laterx' })).toEqual([]);
      expect(await listed({ olderThanMs: 0 })).toEqual(ids);
      expect(await listed({ olderThanMs: 60_000 })).toEqual([]);
      expect(await listed({ error: '451', domain: 'two.example', state: 'queued', olderThanMs: 0 })).toEqual([ids[1]]);
      expect(await listed({ error: '451', domain: 'two.example', state: 'dead' })).toEqual([]);
    });

    test('sends the dead mails of an error or a domain again, and all but those without a password', async () => {
      const ids = await open.add(['a@one.example', 'b@two.example', 'c@two.example', 'd@three.example']);
      const [erased, ...mails] = await take();
      await outbox.markDead(erased!, 'gone');
      await outbox.eraseDead(later(), 10);
      for (const mail of mails) await outbox.markDead(mail, mail.id === ids[1] ? '550 no such user' : '550 closed');
      expect(await outbox.retryAll({ error: 'NO SUCH' })).toBe(1);
      expect(await outbox.retryAll({ domain: 'three.example' })).toBe(1);
      expect(await outbox.retryAll({ olderThanMs: 60_000 })).toBe(0);
      expect(idsOf(await take()).toSorted()).toEqual([ids[1], ids[3]]);
      expect(await outbox.retryAll({})).toBe(1);
      expect(await outbox.retryAll({})).toBe(0);
      expect(idsOf(await outbox.list({ state: 'dead', limit: 10 }))).toEqual([ids[0]]);
    });

    test('sends more dead mails again than one step takes', async () => {
      await open.add(addresses(501));
      for (const mail of await take({ limit: 501 })) await outbox.markDead(mail, 'no');
      expect(await outbox.retryAll({ error: 'no' })).toBe(501);
      expect(await outbox.list({ state: 'dead', limit: 1 })).toEqual([]);
    }, 20_000);

    test('records queued mails as sent that another copy of the database sent, and no others', async () => {
      const ids = await open.add(addresses(503));
      const [refused] = await take({ limit: 1 });
      await outbox.markDead(refused!, 'no');
      const [inFlight] = await take({ limit: 1 });
      const kept = ids.find((id) => id !== refused!.id && id !== inFlight!.id)!;
      const elsewhere = ids.filter((id) => id !== kept);
      expect(await outbox.markDelivered([...elsewhere, 'nothing', crypto.randomUUID(), '\0'])).toBe(501);
      // Its own process is told by the fence.
      await outbox.markFailed(inFlight!, 'late', later());
      expect(idsOf(await other.list({ state: 'dead', limit: 1_000 }))).toEqual([refused!.id]);
      expect(idsOf(await other.list({ state: 'queued', limit: 1_000 }))).toEqual([kept]);
      const sent = await other.list({ state: 'sent', limit: 1_000 });
      expect(sent.filter(({ sealed, lastError }) => sealed || lastError)).toEqual([]);
      expect(await outbox.markDelivered(ids)).toBe(1);
      expect(await outbox.markDelivered([])).toBe(0);
    }, 20_000);

    test('sees what became of each attempt, the newest twenty, and they go with the mail', async () => {
      const [id] = await open.add(['siti@example.com']);
      expect(await outbox.show(id!)).toMatchObject({ row: { id, state: 'queued', attempts: 0 }, attempts: [] });
      const [first] = await take();
      await outbox.release(first!, 'away', new Date());
      for (let attempt = 1; attempt <= 24; attempt++) {
        const [mail] = await take({ first: attempt === 1 });
        expect(mail!.attempts).toBe(attempt);
        await outbox.markFailed(mail!, `answer ${attempt}`, new Date(Date.now() - 1));
      }
      const [last] = await take({ first: false });
      await outbox.markSent(last!, '250 2.0.0 queued as 4F1');
      await outbox.markSent(last!, 'late');
      const { row, attempts } = (await other.show(id!))!;
      expect(row).toMatchObject({ id, state: 'sent', attempts: 25 });
      expect(attempts.length).toBeGreaterThanOrEqual(20);
      expect(attempts.length).toBeLessThanOrEqual(21);
      expect(attempts.at(-1)).toMatchObject({ attempt: 25, outcome: 'accepted', answer: '250 2.0.0 queued as 4F1' });
      expect(attempts.at(-2)).toMatchObject({ attempt: 24, outcome: 'failed', answer: 'answer 24' });
      expect(attempts.at(-1)!.at.getTime()).toBeGreaterThanOrEqual(attempts.at(-2)!.at.getTime());
      for (const unknown of ['nothing', id!.toUpperCase(), '\0']) expect(await outbox.show(unknown)).toBeNull();
    });

    test('sees an attempt that was put off and one that ended in the dead letter', async () => {
      const [id] = await open.add(['siti@example.com']);
      const [first] = await take();
      await outbox.release(first!, 'away', new Date(Date.now() - 1));
      const [second] = await take();
      await outbox.giveBack(second!, 'never begun');
      const [third] = await take();
      await outbox.markDead(third!, 'no such user');
      expect((await outbox.show(id!))!.attempts).toMatchObject([
        { attempt: 1, outcome: 'put off', answer: 'away' },
        { attempt: 1, outcome: 'dead', answer: 'no such user' },
      ]);
    });

    test('holds the delivery of every process, and lets it go on', async () => {
      await open.add(addresses(2));
      await outbox.hold();
      const { heldAt } = await other.deliveryState();
      expect(heldAt!.getTime()).toBeGreaterThan(Date.now() - 10_000);
      expect(await other.claim(query())).toMatchObject({ due: [], waitMs: 1_000 });
      await other.hold();
      expect((await outbox.deliveryState()).heldAt).toEqual(heldAt);
      await other.unhold();
      expect(await outbox.deliveryState()).toMatchObject({ heldAt: null, pausedUntil: null });
      expect(await take()).toHaveLength(2);
    });
  });

  test('mails of a lower turn go first, then the oldest; those tried before go by time alone', async () => {
    const bulk = await open.add(addresses(5), (at) => at);
    const [single] = await open.add(['siti@example.com']);
    const taken: string[] = [];
    for (let i = 0; i < 6; i++) {
      const [mail] = await take({ limit: 1 }, i % 2 ? other : outbox);
      taken.push(mail!.id);
      await outbox.markFailed(mail!, 'no', new Date(Date.now() - 1_000 + i));
    }
    expect(taken).toEqual([bulk[0], single, ...bulk.slice(1)]);
    for (const id of taken) expect(idsOf(await take({ limit: 1, first: false }))).toEqual([id]);
  });

  describe('limits', () => {
    test('processes together never begin more mails in a second than the limit, and soon as many', async () => {
      await open.add(addresses(100));
      const limits = { perSecond: 50, perDay: 0 };
      /** Each began after it was asked for and before the answer. */
      const begun: { asked: number; answered: number }[] = [];
      const begin = async (from: typeof outbox) => {
        while (begun.length < 60) {
          const asked = performance.now();
          const { due, waitMs } = await from.claim(query({ limits }));
          for (const _ of due) begun.push({ asked, answered: performance.now() });
          await new Promise((resolve) => setTimeout(resolve, waitMs));
        }
      };
      await Promise.all([begin(outbox), begin(other)]);
      for (const { asked } of begun) {
        const inThatSecond = begun.filter((one) => one.asked >= asked && one.answered < asked + 1_000).length;
        expect(inThatSecond).toBeLessThanOrEqual(51);
      }
      // 60 mails take 1.2 s at 50 a second; a busy machine takes longer.
      expect(begun.at(-1)!.answered - begun[0]!.asked).toBeGreaterThan(1_100);
    });

    test('a claim answers how long to wait, and what finds nothing takes nothing off', async () => {
      const limits = { perSecond: 1, perDay: 5 };
      for (let i = 0; i < 3; i++) expect(await outbox.claim(query({ limits }))).toMatchObject({ due: [], waitMs: 0 });
      expect(await outbox.deliveryState()).toMatchObject({ begunToday: 0, nextAt: null });
      await open.add(addresses(3));
      const { due, waitMs } = await outbox.claim(query({ limits }));
      expect(due).toHaveLength(1);
      expect(waitMs).toBeGreaterThan(500);
      expect(waitMs).toBeLessThanOrEqual(1_000);
      expect((await other.claim(query({ limits }))).due).toEqual([]);
    });

    test('a day has its number of mails over all processes; what was put off does not count', async () => {
      await open.add(addresses(10));
      const limits = { perSecond: 0, perDay: 4 };
      const [first, ...rest] = await take({ limits, limit: 3 });
      expect(rest).toHaveLength(2);
      await outbox.release(first!, 'away', later());
      const [more, another, none] = await take({ limits }, other);
      expect([more, another, none].map(Boolean)).toEqual([true, true, false]);
      await other.giveBack(more!, 'stopped');
      expect(await take({ limits })).toHaveLength(1);
      const { begunToday, dayEndsAt } = await outbox.deliveryState();
      expect(begunToday).toBe(4);
      expect(dayEndsAt!.getTime()).toBeGreaterThan(Date.now() + 23 * 3_600_000);
      expect(await outbox.claim(query({ limits }))).toMatchObject({ due: [], waitMs: 1_000, dayFullUntil: dayEndsAt });
      expect((await outbox.status(query().keyIds, limits)).dayFullUntil).toEqual(dayEndsAt);
      expect((await outbox.status(query().keyIds, { ...limits, perDay: 5 })).dayFullUntil).toBeNull();
    });
  });

  describe('a pause', () => {
    const pause = { reason: '454 Throttling failure', firstMs: 40, longestMs: 160, isProbe: false };

    test('stops every process, and what failed with it makes it no longer', async () => {
      await open.add(addresses(3));
      expect(await outbox.pause({ ...pause, firstMs: 60_000, longestMs: 60_000 })).toBe(60_000);
      expect(await other.pause({ ...pause, firstMs: 1, longestMs: 1 })).toBeGreaterThan(50_000);
      expect(await other.claim(query())).toMatchObject({ due: [], waitMs: 1_000 });
      expect(await other.deliveryState()).toMatchObject({ pauses: 1, pauseReason: '454 Throttling failure' });
      await outbox.unhold();
      expect(await take({}, other)).toHaveLength(3);
    });

    test('lets one mail try afterwards, grows when that fails, and ends when it gets through', async () => {
      await open.add(addresses(8));
      await outbox.pause(pause);
      const lengths: number[] = [];
      for (let i = 0; i < 4; i++) {
        let due: Awaited<ReturnType<typeof take>> = [];
        await expect
          .poll(async () => {
            const claimed = await outbox.claim(query());
            if (claimed.due.length > 0) expect(claimed.isProbe).toBe(true);
            return (due = claimed.due).length;
          })
          .toBe(1);
        // While one tries, no other process does.
        expect(await take({}, other)).toEqual([]);
        lengths.push(await outbox.pause({ ...pause, isProbe: true }));
        await outbox.release(due[0]!, 'limit', later());
      }
      expect(lengths).toEqual([80, 160, 160, 160]);
      await other.endPauses({ perSecond: 0, perDay: 0 });
      expect(await other.deliveryState()).toMatchObject({ pauses: 0, pausedUntil: null });
      expect(await other.claim(query())).toMatchObject({ isProbe: false, waitMs: 0 });
    });
  });

  test('processes that deliver know how many they are, until one leaves or is silent', async () => {
    expect(await outbox.join('b', 60_000)).toEqual({ position: 0, count: 1 });
    expect(await other.join('a', 60_000)).toEqual({ position: 0, count: 2 });
    expect(await outbox.join('b', 60_000)).toEqual({ position: 1, count: 2 });
    await other.leave('a');
    expect(await outbox.join('b', 60_000)).toEqual({ position: 0, count: 1 });
    await expect.poll(() => other.join('a', 20)).toEqual({ position: 0, count: 1 });
  });

  test('the time of the last accepted mail is kept, to the second', async () => {
    await open.add(addresses(1));
    expect((await outbox.deliveryState()).lastAcceptedAt).toBeNull();
    const [mail] = await take();
    await outbox.markSent(mail!);
    expect((await other.deliveryState()).lastAcceptedAt!.getTime()).toBeGreaterThan(Date.now() - 10_000);
  });
});
