import type { DueMail, MailOutbox } from '../../mail/ports.ts';
import { allowanceOf, endOfPauses, noLimits, spend } from '../../outbox/limits.ts';
import type { Claim, Claimed, Lease, Outbox } from '../../outbox/ports.ts';
import { beginPause, giveBackOfToday, lockState, noteAccepted, readState, writeState } from './delivery-state.ts';
import type { Postgres } from './open.ts';
import { makeOutboxAdministration } from './outbox-administration.ts';
import { statements } from './outbox-statements.ts';
import { makeOutboxStatus } from './outbox-status.ts';
import type { Session, Statement } from './session.ts';

const everywhere = { domains: [], inside: false };
/** A mail that was last accepted is noted so seldom: each note locks the row that all processes share. */
const noteAcceptedMs = 1_000;

/**
 * Makes the outbox in Postgres; see the port for what each verb promises. Leases, due times and ends are of the
 * database's clock. A date of the caller counts as its distance from the caller's clock, so that a wrong one does no
 * harm.
 *
 * @param now the caller's clock, in milliseconds since 1970
 */
export function makePostgresOutbox(postgres: Pick<Postgres, 'run' | 'transaction'>, now: () => number): MailOutbox {
  return {
    ...makeClaims(postgres),
    ...makeEndings(postgres, now),
    ...makeOutboxAdministration(postgres, now),
    status: makeOutboxStatus(postgres),
  };
}

/** Makes the verbs around the beginning of an attempt. */
function makeClaims({
  run,
  transaction,
}: Pick<Postgres, 'run' | 'transaction'>): Pick<
  Outbox<DueMail>,
  'claim' | 'renew' | 'pullIn' | 'pause' | 'endPauses' | 'join' | 'leave'
> {
  async function take(session: Session, limit: number, claim: Claim): Promise<DueMail[]> {
    type Row = Omit<DueMail, 'sealed'> & DueMail['sealed'];
    const { leaseMs, first, keyIds, among: { domains, inside } = everywhere } = claim;
    const values = [limit, leaseMs, keyIds];
    const rows = first
      ? await session.query<Row>(statements.claimFirst, values)
      : await session.query<Row>(statements.claimRepeated, [...values, domains, inside]);
    return rows.map(({ keyId, nonce, ciphertext, ...mail }) => ({ ...mail, sealed: { keyId, nonce, ciphertext } }));
  }

  /** Claims within limits: the lock makes claims of all processes take turns. */
  async function takeLimited(session: Session, claim: Claim): Promise<Claimed<DueMail>> {
    const limits = claim.limits ?? noLimits;
    const { state, nowMs } = await lockState(session);
    const { count, isProbe, ...wait } = allowanceOf(state, limits, nowMs);
    if (count === 0) return { due: [], isProbe, ...wait };
    const due = await take(session, Math.min(claim.limit, count), claim);
    if (due.length === 0) return { due, isProbe: false, waitMs: 0 };
    const spent = { ...state, ...spend(state, limits, nowMs, due.length) };
    await writeState(session, spent);
    return { due, isProbe, waitMs: allowanceOf(spent, limits, nowMs).waitMs };
  }

  return {
    async claim(claim) {
      const unlimited = await run(async (session): Promise<Claimed<DueMail> | null> => {
        const limits = claim.limits ?? noLimits;
        const { state, nowMs } = await readState(session);
        const { count, isProbe: _, ...wait } = allowanceOf(state, limits, nowMs);
        if (count === 0) return { due: [], isProbe: false, ...wait };
        if (count < Infinity || limits.perSecond > 0 || limits.perDay > 0) return null;
        return { due: await take(session, claim.limit, claim), isProbe: false, waitMs: 0 };
      });
      return unlimited ?? transaction((session) => takeLimited(session, claim));
    },
    renew: (mails, leaseMs) =>
      run(async (session) => {
        const [ids, attempts] = [mails.map(({ id }) => id), mails.map((mail) => mail.attempts)];
        await session.query(statements.renew, [ids, attempts, leaseMs]);
      }),
    pullIn: ({ first, repeated }, keyIds, held) =>
      run(async (session) => void (await session.query(statements.pullIn, [first, repeated, keyIds, held]))),
    pause: (pause) => transaction((session) => beginPause(session, pause)),
    endPauses: (limits) =>
      transaction(async (session) => {
        const { state, nowMs } = await lockState(session);
        await writeState(session, { ...state, ...endOfPauses(limits, nowMs) });
      }),
    join: (id, aliveMs) =>
      run(async (session) => {
        await session.query(statements.join, [id]);
        const alive = (await session.query<{ id: string }>(statements.alive, [aliveMs])).map((row) => row.id);
        return { position: alive.indexOf(id), count: alive.length };
      }),
    leave: (id) => run(async (session) => void (await session.query(statements.leave, [id]))),
  };
}

/** Makes the verbs that end an attempt. */
function makeEndings(
  { run }: Pick<Postgres, 'run'>,
  now: () => number,
): Pick<Outbox<DueMail>, 'markSent' | 'markFailed' | 'release' | 'giveBack' | 'markDead'> {
  const delayTo = (date: Date) => Math.max(0, date.getTime() - now());
  let acceptedNotedAt = -Infinity;

  /** @returns whether the lease held */
  const end = async (session: Session, statement: Statement, { id, attempts }: Lease, ...values: unknown[]) =>
    (await session.query(statement, [id, attempts, ...values])).length > 0;

  return {
    markSent: (lease, answer) =>
      run(async (session) => {
        if (!(await end(session, statements.sent, lease, answer ?? null))) return;
        if (performance.now() - acceptedNotedAt < noteAcceptedMs) return;
        acceptedNotedAt = performance.now();
        await noteAccepted(session);
      }),
    markFailed: (lease, error, retryAt) =>
      run(async (session) => void (await end(session, statements.failed, lease, error, delayTo(retryAt)))),
    release: (lease, error, retryAt) =>
      run(async (session) => {
        if (await end(session, statements.released, lease, error, delayTo(retryAt))) await giveBackOfToday(session);
      }),
    giveBack: (lease, reason) =>
      run(async (session) => {
        if (await end(session, statements.givenBack, lease, reason)) await giveBackOfToday(session);
      }),
    markDead: (lease, error) => run(async (session) => void (await end(session, statements.died, lease, error))),
  };
}
