import { limitRepeats } from '../repeats.ts';
import { backoffMs } from './backoff.ts';
import { describeError } from './describe-error.ts';
import type { DeliveryKind, Flight, Phase } from './kind.ts';
import type { DeliveryLimits, DueDelivery, Log, Outbox } from './ports.ts';
import { makeRecord, type Report } from './record.ts';

/**
 * How much later than the end of a pause the delivery is due that began it: another one tries the limit out, so that a
 * recipient who is answered so holds up nobody for long.
 */
const afterPauseMs = 2_000;

/** The reason of an abort when the gateway stops: the row is then due again at once. */
export const stopped = new Error('the gateway stopped');

/** What `makeAttempt` needs. */
export interface AttemptNeeds<Due extends DueDelivery> {
  outbox: Pick<Outbox<Due>, 'markSent' | 'markFailed' | 'release' | 'markDead' | 'pause' | 'endPauses'>;
  kind: DeliveryKind<Due>;
  limits: DeliveryLimits;
  /** Milliseconds since 1970. */
  now: () => number;
  log: Log;
  /** Reports a failure of the database. */
  report: Report;
}

/**
 * Sends the delivery of a flight and records the outcome; `onPhase` is called as each phase begins, `onOver` when it
 * was accepted and only the record is missing. Never throws.
 */
export type Attempt<Due extends DueDelivery> = (
  flight: Flight<Due>,
  onPhase: (phase: Phase) => void,
  onOver: () => void,
) => Promise<void>;

/**
 * Makes the attempt, which sends one leased row and records the outcome:
 * - the row was sent;
 * - it failed and is due again after a backoff;
 * - nothing can be delivered now: the lease is given back and the attempt does not count;
 * - a provider's limit was reached: all deliveries pause, and the attempt does not count;
 * - it goes to the dead letter: it was refused for good, or its payload was changed. No age and no number of failures
 *   leads there (`docs/decisions/0068`).
 */
export function makeAttempt<Due extends DueDelivery>(needs: AttemptNeeds<Due>): Attempt<Due> {
  const { outbox, kind, limits, now, log, report } = needs;
  const { noun, policy } = kind;
  const reportLimit = limitRepeats(log.warn.bind(log));
  const record = makeRecord(report, `the outcome of a ${noun} could not be recorded`);

  return async function attempt(flight, onPhase, onOver) {
    const { due } = flight;
    const { signal } = flight.abort;
    const { id: outboxId, userSerial, requestId, attempts: attempt } = due;
    const fields = { outboxId, userSerial, requestId: requestId ?? undefined, attempt };
    const isStopping = () => signal.reason === stopped;
    const save = (write: () => Promise<void>) => record(fields, isStopping, write);

    const failed = (error: string) => {
      const retryAt = new Date(now() + (isStopping() ? 0 : backoffMs(due.attempts)));
      log.warn({ ...fields, error, retryAt }, `a ${noun} was not accepted`);
      return save(() => outbox.markFailed(due, error, retryAt));
    };

    /** The answer was about this delivery and no limit: what waits for a probe goes on. */
    const gotThrough = async ({ isProbe }: Flight<Due>) => {
      if (!isProbe) return;
      log.info({}, `the provider takes ${noun}s again`);
      await save(() => outbox.endPauses(limits));
    };

    const result = await kind.send(due, signal, onPhase);
    if (!signal.aborted && ['accepted', 'failed', 'refused for good'].includes(result.kind)) await gotThrough(flight);
    switch (result.kind) {
      case 'accepted': {
        const { answer } = result;
        policy.ended(flight, 'accepted');
        const saved = save(() => outbox.markSent(due, answer));
        onOver();
        await saved;
        return log.info({ ...fields, answer }, `a ${noun} was accepted`);
      }

      case 'unavailable': {
        const { error, certainty = 'certain' } = result;
        const pauseMs = isStopping() ? 0 : policy.unavailable(flight, error, certainty);
        if (pauseMs === null) return failed(error);
        return save(() => outbox.release(due, error, new Date(now() + pauseMs)));
      }

      case 'limited': {
        const { error, certainty, firstMs } = result;
        const worthMs = policy.limited(flight, certainty);
        if (worthMs === null) {
          await gotThrough(flight);
          return failed(error);
        }
        const longestMs = Math.min(result.longestMs, worthMs);
        let pauseMs = 0;
        await save(async () => {
          pauseMs = await outbox.pause({ reason: error, firstMs, longestMs, isProbe: flight.isProbe });
        });
        reportLimit({ error, pauseMs }, `the provider takes no more ${noun}s for now, all of them pause`);
        return save(() => outbox.release(due, error, new Date(now() + pauseMs + afterPauseMs)));
      }

      case 'unreadable': {
        const { error } = result;
        log.error({ ...fields, error }, `a ${noun} went to the dead letter`);
        return save(() => outbox.markDead(due, error));
      }

      case 'refused for good': {
        const { error } = result;
        policy.ended(flight, signal.aborted ? 'gave way' : 'refused');
        log.warn({ ...fields, error }, `a ${noun} went to the dead letter: its recipient was refused`);
        return save(() => outbox.markDead(due, error));
      }

      case 'failed': {
        const error = signal.aborted ? describeError(signal.reason) : result.error;
        policy.ended(flight, signal.aborted ? 'gave way' : 'refused');
        return failed(error);
      }
    }
  };
}
