import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from './describe-error.ts';

/** How long an outcome is tried to be recorded: less than the lease, and less than a stop of the gateway may take. */
const recordMs = { usual: 25_000, stopping: 1_400 };
const pauseMs = { first: 200, longest: 1_000 };

/** Writes one line to the log. */
export type Report = (fields: object, message: string) => void;

/**
 * Makes the function that records an outcome and repeats the write while the database is away; one that restarts takes
 * seconds. An outcome that cannot be recorded in 25 s is left to the end of the lease: the delivery is then tried
 * again, and may arrive twice. Never throws.
 * @param message what the log says of a write that failed
 */
export function makeRecord(report: Report, message: string) {
  return async function record(fields: object, isStopping: () => boolean, write: () => Promise<void>): Promise<void> {
    const begunAt = performance.now();
    const isLate = () => performance.now() - begunAt > (isStopping() ? recordMs.stopping : recordMs.usual);
    for (let pause = pauseMs.first; ; pause = Math.min(2 * pause, pauseMs.longest)) {
      try {
        return await write();
      } catch (error) {
        report({ ...fields, error: describeError(error) }, message);
        if (isLate()) return;
        await sleep(pause);
      }
    }
  };
}
