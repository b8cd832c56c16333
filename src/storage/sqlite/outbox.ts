import { and, asc, count, desc, eq, gt, inArray, isNotNull, lt, type SQL, sql } from 'drizzle-orm';
import type { DueMail, MailOutbox } from '../../mail/ports.ts';
import { parameter, type Sqlite } from './open.ts';
import { companies, outbox, users } from './tables.ts';

const { placeholder } = sql;
const erased = { keyId: null, nonce: null, ciphertext: null };
/** Written out, not bound: SQLite takes a partial index only for a condition that it can see (sqlite.org/partialindex.html). */
const queued = sql`${outbox.state} = 'queued'`;
const dead = sql`${outbox.state} = 'dead'`;
const everywhere = { domains: [], inside: false };
const bound = (name: string) => sql`${placeholder(name)}`;

/**
 * The outbox in SQLite; see the port for what each verb promises. What the delivery writes shares its commits with the
 * creations: each commit stops the event loop until the disk has it. `now` answers milliseconds since 1970.
 */
export function makeSqliteOutbox({ db, run, write, writeTogether, prepare }: Sqlite, now: () => number): MailOutbox {
  // Each key by itself, so that an index finds its mails in order, however many others wait.
  const dueOf = (key: string, attempts: SQL) =>
    sql`select * from (select ${outbox.id}, ${outbox.dueAt} from ${outbox} where ${queued} and ${attempts} and ${outbox.keyId} = ${parameter(key)} and ${outbox.dueAt} <= ${parameter('now')} order by ${outbox.dueAt}, ${outbox.id} limit ${placeholder('limit')})`;
  const claimWhere = (attempts: SQL) =>
    db
      .update(outbox)
      .set({ attempts: sql`${outbox.attempts} + 1`, dueAt: bound('leaseEnd') })
      .where(
        sql`${outbox.id} in (select id from (${dueOf('key', attempts)} union all ${dueOf('previousKey', attempts)}) order by due_at, id limit ${placeholder('limit')})`,
      )
      .returning()
      .prepare();
  const claimFirst = claimWhere(sql`${outbox.attempts} = 0`);
  const domain = sql`(select substr(${users.emailKey}, instr(${users.emailKey}, '@') + 1) from ${users} where ${users.id} = ${outbox.userId})`;
  const claimRepeated = claimWhere(
    sql`${outbox.attempts} > 0 and (${domain} in (select value from json_each(${placeholder('domains')}))) = ${placeholder('inside')}`,
  );
  const addressee = db
    .select({
      userSerial: users.serial,
      name: users.name,
      email: users.email,
      companyName: companies.name,
      locale: companies.mailLocale,
    })
    .from(users)
    .innerJoin(companies, eq(companies.id, users.companyId))
    .where(eq(users.id, parameter('userId')))
    .prepare();

  // Attempts fence: who lost the lease to a later holder changes nothing any more.
  const held = and(eq(outbox.id, placeholder('id')), eq(outbox.attempts, placeholder('attempts')), queued);
  const renewed = db
    .update(outbox)
    .set({ dueAt: bound('leaseEnd') })
    .where(held)
    .prepare();
  const sent = db
    .update(outbox)
    .set({ state: 'sent', ...erased, lastError: null, endedAt: bound('now') })
    .where(held)
    .prepare();
  const failed = db
    .update(outbox)
    .set({ dueAt: bound('retryAt'), lastError: bound('error') })
    .where(held)
    .prepare();
  const released = db
    .update(outbox)
    .set({ attempts: sql`${outbox.attempts} - 1`, dueAt: bound('retryAt'), lastError: bound('error') })
    .where(held)
    .prepare();
  const died = db
    .update(outbox)
    .set({ state: 'dead', lastError: bound('error'), endedAt: bound('now') })
    .where(held)
    .prepare();

  /** By ranges of the index: what the keys of this process sealed, however much it is, is stepped over. */
  function countOthers(keyIds: readonly string[]): number {
    const ends = keyIds.toSorted((a, b) => (a < b ? -1 : 1));
    const gaps = [sql`${outbox.keyId} is null`];
    for (let i = 0; i <= ends.length; i++) {
      const above = i > 0 ? gt(outbox.keyId, ends[i - 1]!) : undefined;
      gaps.push(and(isNotNull(outbox.keyId), above, i < ends.length ? lt(outbox.keyId, ends[i]!) : undefined)!);
    }
    const counts = [sql`${outbox.attempts} = 0`, sql`${outbox.attempts} > 0`].flatMap((attempts) =>
      gaps.map(
        (gap) =>
          db
            .select({ count: count() })
            .from(outbox)
            .where(and(queued, attempts, gap))
            .get()!.count,
      ),
    );
    return counts.reduce((sum, one) => sum + one, 0);
  }

  const farAhead = (attempts: string, aheadOf: string) =>
    `select id from outbox where state = 'queued' and attempts ${attempts} and key_id in (select value from json_each($keyIds)) and due_at > $${aheadOf}`;
  const isFarAhead = prepare(
    `select exists (${farAhead('= 0', 'first')}) or exists (${farAhead('> 0', 'repeated')})`,
  ).pluck();
  const pullIn = prepare(`
    update outbox set due_at = $now, created_at = min(created_at, $now)
    where id in (${farAhead('= 0', 'first')} union all ${farAhead('> 0', 'repeated')})
      and id not in (select value from json_each($held))`);

  return {
    claim: (limit, leaseMs, first, [key = null, previousKey = null], { domains, inside } = everywhere) =>
      writeTogether(() =>
        (first ? claimFirst : claimRepeated)
          .all({
            limit,
            key,
            previousKey,
            now: now(),
            leaseEnd: now() + leaseMs,
            domains: JSON.stringify(domains),
            inside: Number(inside),
          })
          .map(({ id, userId, attempts, createdAt, keyId, nonce, ciphertext }): DueMail => {
            const user = addressee.get({ userId })!;
            const sealed = { keyId: keyId!, nonce: nonce!, ciphertext: ciphertext! };
            return { id, ...user, email: user.email!, attempts, createdAt, sealed };
          })
          // RETURNING promises no order.
          .sort((a, b) => (a.id < b.id ? -1 : 1)),
      ),
    renew: (mails, leaseMs) =>
      writeTogether(() => {
        for (const { id, attempts } of mails) renewed.run({ id, attempts, leaseEnd: now() + leaseMs });
      }),
    markSent: ({ id, attempts }) => writeTogether(() => void sent.run({ id, attempts, now: now() })),
    markFailed: ({ id, attempts }, error, retryAt) =>
      writeTogether(() => void failed.run({ id, attempts, error, retryAt: retryAt.getTime() })),
    release: ({ id, attempts }, error, retryAt) =>
      writeTogether(() => void released.run({ id, attempts, error, retryAt: retryAt.getTime() })),
    markDead: ({ id, attempts }, error) => writeTogether(() => void died.run({ id, attempts, error, now: now() })),
    countWaitingForKey: (keyIds) => run(() => countOthers(keyIds)),
    list: ({ state, limit }) =>
      run(() =>
        db
          .select({ row: outbox, userSerial: users.serial, email: users.email })
          .from(outbox)
          .innerJoin(users, eq(users.id, outbox.userId))
          .where(state && eq(outbox.state, state))
          .orderBy(desc(outbox.id))
          .limit(limit)
          .all()
          .map(({ row, userSerial, email }) => ({
            id: row.id,
            state: row.state,
            userSerial,
            email: email!,
            attempts: row.attempts,
            createdAt: row.createdAt,
            dueAt: row.dueAt,
            lastError: row.lastError,
            sealed: row.ciphertext !== null,
          })),
      ),
    retry: (id) =>
      write(() => {
        const mail = db.select().from(outbox).where(eq(outbox.id, id)).get();
        if (!mail) return 'unknown';
        if (mail.state !== 'dead') return 'not-dead';
        if (!mail.ciphertext) return 'erased';
        const time = new Date(now());
        db.update(outbox)
          .set({ state: 'queued', attempts: 0, createdAt: time, dueAt: time, endedAt: null })
          .where(eq(outbox.id, id))
          .run();
        return 'queued';
      }),
    pullIn: async (aheadMs, keyIds, held) => {
      const time = now();
      const limits = {
        first: time + aheadMs.first,
        repeated: time + aheadMs.repeated,
        keyIds: JSON.stringify(keyIds),
      };
      if (await run(() => isFarAhead.get(limits)))
        await write(() => pullIn.run({ ...limits, now: time, held: JSON.stringify(held) }));
    },
    eraseDead: (before, limit) =>
      write(() => {
        const time = new Date(now());
        db.update(outbox)
          .set({ endedAt: time })
          .where(and(dead, gt(outbox.endedAt, time)))
          .run();
        const due = db
          .select({ id: outbox.id })
          .from(outbox)
          .where(and(dead, lt(outbox.endedAt, before), isNotNull(outbox.ciphertext)))
          .orderBy(asc(outbox.endedAt))
          .limit(limit);
        return db.update(outbox).set(erased).where(inArray(outbox.id, due)).run().changes;
      }),
  };
}
