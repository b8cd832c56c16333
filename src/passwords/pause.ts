const pauseMs = 8;
/** Nobody ever wakes who waits here. */
const asleep = new Int32Array(new SharedArrayBuffer(4));

/**
 * Lets the event loop pause for a while at the end of a turn: asked for while other threads need every core and their caches.
 * What arrives meanwhile is then done in one go, requests, answers and commits, and costs less than as many interruptions:
 * of ten times as many requests as it can hash, the gateway creates an eighth more.
 */
export function makePause(sleep: (milliseconds: number) => void = sleepHere) {
  let isPlanned = false;
  let isPutOff = false;
  function pauseOrGoOn(): void {
    if (isPutOff) setImmediate(pauseOrGoOn);
    else {
      sleep(pauseMs);
      isPlanned = false;
    }
    isPutOff = false;
  }
  return {
    plan(): void {
      if (!isPlanned) setImmediate(pauseOrGoOn);
      isPlanned = true;
    },
    /** Called for each new connection: a turn takes up one, however many wait. */
    onConnection(): void {
      isPutOff = true;
    },
  };
}

function sleepHere(milliseconds: number): void {
  Atomics.wait(asleep, 0, 0, milliseconds);
}
