import type { Log } from './ports.ts';

/** Milliseconds: the first pause, doubled by each probe that fails, and the longest; and how often the log repeats it. */
const pauseMs = { first: 1_000, longest: 60_000 };
const logEveryMs = 60_000;

/** The back-off that all mails share while the mail server as a whole cannot be used. */
export interface Outage {
  /** Whether the server was unusable when it was last tried. Until it is usable again one mail at a time probes it. */
  isOn(): boolean;
  /** Milliseconds until the next probe; 0 when it may begin. */
  pauseLeft(): number;
  /**
   * An attempt found the server unusable. Attempts that were under way together count once.
   * @param startedAt when it began, on the clock of `performance.now()`
   * @returns milliseconds until its mail is worth another attempt
   */
  found(startedAt: number, error: string): number;
  /** The server answered about a mail: nobody waits any longer. */
  ended(): void;
}

/** Pauses the delivery for at most a minute at a time; logs an outage once a minute, and its end. */
export function makeOutage({ log, clock = () => performance.now() }: { log: Log; clock?: () => number }): Outage {
  let probesFailed = 0;
  let pausedUntil = -Infinity;
  /** Of the last change: what began before it says nothing about the server since. */
  let changedAt = -Infinity;
  let loggedAt = -Infinity;
  let endUntold = false;

  const pauseLeft = () => Math.max(0, pausedUntil - clock());
  return {
    isOn: () => probesFailed > 0,
    pauseLeft,
    found(startedAt, error) {
      const now = clock();
      if (startedAt >= changedAt) {
        const longest = Math.min(pauseMs.first * 2 ** probesFailed, pauseMs.longest);
        probesFailed++;
        // Several processes that lost the server together should not come back together.
        pausedUntil = now + longest * (0.5 + Math.random() / 2);
        changedAt = now;
        if (now - loggedAt >= logEveryMs) {
          loggedAt = now;
          endUntold = true;
          log.warn(
            { error, pauseMs: Math.round(pauseLeft()) },
            'the mail server cannot be used, the mails wait for it',
          );
        }
      }
      return Math.max(pauseLeft(), pauseMs.first / 2);
    },
    ended() {
      if (probesFailed === 0) return;
      probesFailed = 0;
      pausedUntil = -Infinity;
      changedAt = clock();
      if (endUntold) log.info({}, 'the mail server can be used again');
      endUntold = false;
    },
  };
}
