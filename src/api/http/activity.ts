/** How long a new connection counts as recent. */
const recentMs = 10_000;

/** Starts a request; it calls `ended` when its answer is complete. */
type Start = (ended: () => void) => void;

/** Makes the record of what a server does now, and of when it last did anything. A stop holds requests back with it. */
export function makeActivity() {
  let activeCount = 0;
  let held: (() => void)[] | undefined;
  let lastOpenedAt = -Infinity;
  let lastChangeAt = -Infinity;

  return {
    /** Notes a new connection; returns the moment. */
    opened: (): number => (lastOpenedAt = lastChangeAt = performance.now()),

    /** Starts a request now, or at the `release` of a hold. */
    start(begin: Start): void {
      const startNow = (): void => {
        activeCount++;
        begin(() => {
          activeCount--;
          lastChangeAt = performance.now();
        });
      };
      if (held) held.push(startNow);
      else startNow();
    },

    /** Holds back requests that arrive from now on, until `release`. */
    hold: (): void => void (held ??= []),
    release(): void {
      const starts = held ?? [];
      held = undefined;
      for (const startNow of starts) startNow();
    },

    /** Milliseconds since a connection was opened or an answer was completed; 0 while a request is in progress. */
    quietMs: (): number => (activeCount > 0 ? 0 : performance.now() - lastChangeAt),
    wasOpenedRecently: (): boolean => performance.now() - lastOpenedAt <= recentMs,
  };
}
