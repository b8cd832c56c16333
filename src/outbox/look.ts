/** A piece of work that runs when it is woken. */
export interface Look {
  /** Starts the work now, or once more after the run in progress. Many calls at once cause one run. */
  wake(): void;
  /** Wakes in so many milliseconds, or before. */
  wakeIn(delayMs: number): void;
  /** The run in progress; undefined when there is none. */
  running(): Promise<void> | undefined;
  /** Ends it: resolves when the run in progress has ended, and no other begins. */
  stop(): Promise<void>;
}

/**
 * Makes work that runs once at a time, however often it is woken.
 * @param work what to run
 * @param onError called when a run fails; a later wake runs the work again
 */
export function makeLook(work: () => Promise<void>, onError: (error: unknown) => void): Look {
  let running: Promise<void> | undefined;
  let isWoken = false;
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  /** When the timer wakes, by `performance.now()`. */
  let wakesAt = Infinity;

  function wake(): void {
    if (stopping) return;
    isWoken = true;
    running ??= run();
  }

  async function run(): Promise<void> {
    try {
      while (isWoken && !stopping) {
        isWoken = false;
        await work();
      }
    } catch (error) {
      onError(error);
    } finally {
      running = undefined;
    }
  }

  return {
    wake,
    wakeIn(delayMs) {
      const at = performance.now() + delayMs;
      if (at >= wakesAt) return;
      clearTimeout(timer);
      wakesAt = at;
      timer = setTimeout(() => {
        wakesAt = Infinity;
        wake();
      }, delayMs).unref();
    },
    running: () => running,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      await running;
    },
  };
}
