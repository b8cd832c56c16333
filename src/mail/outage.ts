import type { Log } from '../outbox/ports.ts';

/** The first pause, doubled by each probe that surely fails because of the server, and the longest. */
const pauseMs = { first: 1_000, longest: 30_000 };
const logEveryMs = 60_000;

/** The pause that all mails share while the mail server cannot be used. */
export interface Outage {
  /** Whether the last attempt could not use the server. Until one can, one mail at a time probes it. */
  isOn(): boolean;
  /** Milliseconds until the next probe; 0 when it may begin. */
  pauseLeftMs(): number;
  /**
   * Learns that an attempt could not use the server. Attempts that ran at the same time count once.
   * @param begunAt when the attempt began, on the clock of `performance.now()`
   * @param isSure false where the mail may be at fault: the pause is then the first, so that many such mails hold up
   * the others for seconds; default true
   * @returns milliseconds until its mail is worth another attempt
   */
  serverFailed(begunAt: number, error: string, isSure?: boolean): number;
  /** Learns that the server has answered about a mail: this ends the outage. */
  serverAnswered(): void;
}

/** Makes the shared pause: at most half a minute at a time. It logs an outage once a minute, and its end. */
export function makeOutage({ log, clock = () => performance.now() }: { log: Log; clock?: () => number }): Outage {
  let probesFailed = 0;
  let pausedUntil = -Infinity;
  /** When the outage began, went on or ended: an attempt from before says nothing about the server since. */
  let changedAt = -Infinity;
  let loggedAt = -Infinity;
  /** Whether the log has the outage and not yet its end. */
  let isEndToLog = false;

  const pauseLeftMs = () => Math.max(0, pausedUntil - clock());

  function logOutage(error: string): void {
    if (clock() - loggedAt < logEveryMs) return;
    loggedAt = clock();
    isEndToLog = true;
    const fields = { error, pauseMs: Math.round(pauseLeftMs()) };
    log.warn(fields, 'the mail server cannot be used, the mails wait for it');
  }

  return {
    isOn: () => probesFailed > 0,
    pauseLeftMs,
    serverFailed(begunAt, error, isSure = true) {
      if (begunAt >= changedAt) {
        const longestMs = isSure ? Math.min(pauseMs.first * 2 ** probesFailed, pauseMs.longest) : pauseMs.first;
        probesFailed = isSure ? probesFailed + 1 : Math.max(probesFailed, 1);
        changedAt = clock();
        // Several processes that lost the server together should not come back together.
        pausedUntil = changedAt + longestMs * (0.5 + Math.random() / 2);
        logOutage(error);
      }
      return Math.max(pauseLeftMs(), pauseMs.first / 2);
    },
    serverAnswered() {
      if (probesFailed === 0) return;
      probesFailed = 0;
      pausedUntil = -Infinity;
      changedAt = clock();
      if (isEndToLog) log.info({}, 'the mail server can be used again');
      isEndToLog = false;
    },
  };
}
