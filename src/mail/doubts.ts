import type { Certainty } from '../outbox/kind.ts';

/** How many domains in a row must fail, and none be served between, until a closed connection is the server's doing. */
const enoughDomains = 3;
/** How long a domain counts as one that fails by itself. */
const rememberMs = 600_000;
const maxDomains = 1_000;

/** What tells a mail server that is away from one that fails for some recipients only. */
export interface Doubts {
  /** Judges a failure that came after the recipient was named; learns from it. */
  isServers(domain: string, certainty: Exclude<Certainty, 'certain'>): boolean;
  /**
   * Learns that the server has accepted a mail.
   * @param begunAt when the attempt began, on the clock of `performance.now()`
   */
  accepted(domain: string, begunAt: number): void;
  /** Whether so many domains failed, and none was served between, that it is not the doing of one of them. */
  isWidespread(): boolean;
  /** Learns that the server has answered about a mail, whatever it said. */
  answered(): void;
}

/**
 * Makes the memory that settles unclear failures. A server that says that it is away is believed, and one that closes
 * the connections of several domains in a row too. Domains that failed while another was served after them fail by
 * themselves: they hold nobody up again until one of their mails is accepted, or for ten minutes.
 * @param strikes how often that must happen to a domain
 */
export function makeDoubts({ strikes = 1, clock = () => performance.now() } = {}): Doubts {
  /** When each domain failed, since the server last answered. */
  const failedAt = new Map<string, number>();
  /** How often and when last a domain was found to fail by itself. */
  const byItself = new Map<string, { times: number; at: number }>();

  return {
    isServers(domain, certainty) {
      const { times, at } = byItself.get(domain) ?? { times: 0, at: -Infinity };
      if (times >= strikes && clock() - at < rememberMs) return false;
      if (failedAt.size < maxDomains) failedAt.set(domain, clock());
      return certainty === 'likely' || failedAt.size >= enoughDomains;
    },
    accepted(domain, begunAt) {
      if (byItself.size >= maxDomains) byItself.clear();
      // An attempt from before a failure says nothing about the server since.
      for (const [failed, at] of failedAt)
        if (at <= begunAt) byItself.set(failed, { times: (byItself.get(failed)?.times ?? 0) + 1, at: clock() });
      byItself.delete(domain);
      failedAt.clear();
    },
    isWidespread: () => failedAt.size >= enoughDomains,
    answered: () => failedAt.clear(),
  };
}
