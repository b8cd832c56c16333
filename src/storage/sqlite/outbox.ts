import type { DueMail, MailOutbox } from '../../mail/ports.ts';
import { allowanceOf, endOfPauses, noLimits, spend } from '../../outbox/limits.ts';
import type { AttemptOutcome, Lease, Outbox } from '../../outbox/ports.ts';
import { makeDeliveryStates } from './delivery-state.ts';
import type { Sqlite } from './open.ts';
import { makeOutboxAdministration } from './outbox-administration.ts';
import { makeOutboxStatus } from './outbox-status.ts';
import { prepareStatements } from './outbox-statements.ts';
import type { Session, Statement } from './session.ts';

/** How long the record of an accepted mail waits for others; nobody waits for it (docs/decisions/0094). */
const gatherMs = 10;
const everywhere = { domains: [], inside: false };
/** A mail that was last accepted is noted so seldom: each note is a write of its own. */
const noteAcceptedMs = 1_000;

/**
 * Makes the outbox in SQLite; see the port for what each verb promises. The writes of the delivery share their commits
 * with the creations: each commit blocks the event loop until the disk has it.
 *
 * @param now answers milliseconds since 1970
 */
export function makeSqliteOutbox(
  sqlite: Pick<Sqlite, 'run' | 'write' | 'writeTogether' | 'prepare'>,
  now: () => number,
): MailOutbox {
  const statements = prepareStatements(sqlite.prepare);
  const states = makeDeliveryStates(sqlite.prepare);
  return {
    ...makeClaims(sqlite, statements, states, now),
    ...makeEndings(sqlite, statements, states, now),
    ...makeOutboxAdministration(sqlite, states, now),
    status: makeOutboxStatus(sqlite, now),
  };
}

type Statements = ReturnType<typeof prepareStatements>;
type States = ReturnType<typeof makeDeliveryStates>;

/** Makes the verbs around the beginning of an attempt. */
function makeClaims(
  { run, write, writeTogether }: Pick<Sqlite, 'run' | 'write' | 'writeTogether'>,
  statements: Statements,
  states: States,
  now: () => number,
): Pick<Outbox<DueMail>, 'claim' | 'renew' | 'pullIn' | 'pause' | 'endPauses' | 'join' | 'leave'> {
  const { claimFirst, claimRepeated, addressee, renewed, isFarAhead, pullIn, seen, gone, processes } = statements;

  function take(session: Session, limit: number, claim: Parameters<MailOutbox['claim']>[0]): DueMail[] {
    const [key = null, previousKey = null] = claim.keyIds;
    const { domains, inside } = claim.among ?? everywhere;
    const lane: object = claim.first ? {} : { domains: JSON.stringify(domains), inside: Number(inside) };
    const values = { limit, key, previousKey, now: now(), leaseEnd: now() + claim.leaseMs, ...lane };
    return (
      session
        .all(claim.first ? claimFirst : claimRepeated, values)
        .map(({ userId, keyId, nonce, ciphertext, ...row }): DueMail => {
          const { passwordResentAt, ...user } = session.get(addressee, userId)!;
          const replacesPassword = passwordResentAt !== null;
          const sealed = { keyId: keyId!, nonce: nonce!, ciphertext: ciphertext! };
          return { ...row, ...user, email: user.email!, replacesPassword, sealed };
        })
        // RETURNING promises no order.
        .sort((a, b) => (a.id < b.id ? -1 : 1))
    );
  }

  return {
    claim: (claim) =>
      writeTogether((session) => {
        const limits = claim.limits ?? noLimits;
        const state = states.read(session);
        const { count, isProbe, ...wait } = allowanceOf(state, limits, now());
        if (count === 0) return { due: [], isProbe: false, ...wait };
        const due = take(session, Math.min(claim.limit, count), claim);
        if (due.length === 0 || count === Infinity) return { due, isProbe: false, waitMs: 0 };
        const spent = { ...state, ...spend(state, limits, now(), due.length) };
        states.write(session, spent);
        return { due, isProbe, waitMs: allowanceOf(spent, limits, now()).waitMs };
      }),
    renew: (mails, leaseMs) =>
      writeTogether((session) => {
        for (const { id, attempts } of mails) session.change(renewed, { id, attempts, leaseEnd: now() + leaseMs });
      }),
    pullIn: async (aheadMs, [key = null, previousKey = null], held) => {
      const time = now();
      const limits = { first: time + aheadMs.first, repeated: time + aheadMs.repeated, key, previousKey };
      if (await run((session) => session.get(isFarAhead, limits)))
        await write((session) => session.change(pullIn, { ...limits, now: time, held: JSON.stringify(held) }));
    },
    pause: (pause) => writeTogether((session) => states.pause(session, pause, now())),
    endPauses: (limits) =>
      writeTogether((session) => states.write(session, { ...states.read(session), ...endOfPauses(limits, now()) })),
    join: (id, aliveMs) =>
      writeTogether((session) => {
        session.change(gone, { id: '', from: now() - aliveMs, to: now() + aliveMs });
        session.change(seen, { id, now: now() });
        const alive = session.all(processes);
        return { position: alive.indexOf(id), count: alive.length };
      }),
    leave: (id) => writeTogether((session) => void session.change(gone, { id, from: 0, to: Number.MAX_SAFE_INTEGER })),
  };
}

/** Makes the verbs that end an attempt. */
function makeEndings(
  { writeTogether }: Pick<Sqlite, 'writeTogether'>,
  { sent, failed, released, died, ended, trimmed }: Statements,
  states: States,
  now: () => number,
): Pick<Outbox<DueMail>, 'markSent' | 'markFailed' | 'release' | 'giveBack' | 'markDead'> {
  let acceptedNotedAt = -Infinity;

  /** Changes the row, and keeps the attempt, while the lease holds. @returns whether it held */
  function end(
    session: Session,
    { id, attempts }: Lease,
    statement: Statement<never>,
    values: object,
    outcome: AttemptOutcome,
    answer: string | null,
  ): boolean {
    if (session.change(statement, { id, attempts, ...values }) === 0) return false;
    session.change(ended, id, now(), attempts, outcome, answer);
    if (outcome !== 'accepted') session.change(trimmed, { id });
    return true;
  }

  function noteAccepted(session: Session): void {
    if (performance.now() - acceptedNotedAt < noteAcceptedMs) return;
    acceptedNotedAt = performance.now();
    states.write(session, { ...states.read(session), lastAcceptedAt: new Date(now()) });
  }

  return {
    markSent: (lease, answer) =>
      writeTogether(
        (session) => {
          if (end(session, lease, sent, { now: now() }, 'accepted', answer ?? null)) noteAccepted(session);
        },
        { withinMs: gatherMs },
      ),
    markFailed: (lease, error, retryAt) =>
      writeTogether(
        (session) => void end(session, lease, failed, { error, retryAt: retryAt.getTime() }, 'failed', error),
      ),
    release: (lease, error, retryAt) =>
      writeTogether((session) => {
        const values = { error, retryAt: retryAt.getTime() };
        if (end(session, lease, released, values, 'put off', error)) states.giveBack(session);
      }),
    giveBack: ({ id, attempts }, error) =>
      writeTogether((session) => {
        if (session.change(released, { id, attempts, error, retryAt: now() }) > 0) states.giveBack(session);
      }),
    markDead: (lease, error) =>
      writeTogether((session) => void end(session, lease, died, { error, now: now() }, 'dead', error)),
  };
}
