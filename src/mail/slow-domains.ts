import type { Ending } from '../outbox/kind.ts';

/** How old a first attempt may grow before it may have to give way; less for a domain where one hung lately. */
const overdueMs = { usual: 1_000, hungDomain: 250 };
/** How long a domain counts as one where attempts hang. */
const rememberMs = 600_000;
const maxDomains = 1_000;
/** How many of the last accepted attempts tell what is usual. */
const maxDurations = 15;
/**
 * How many mails that the server already has may give way; each accepted mail allows one more. They may arrive twice:
 * without this bound, 48 of a burst of 60 mails did so at a server that takes 1.5 s to answer (`docs/decisions/0046`).
 */
const mayArriveTwice = 8;

/** What the last attempts say about the domains of the recipients. */
export interface SlowDomains {
  /**
   * Computes when an attempt may have to give way.
   * @param sendingAt when it reached the server, on the clock of `performance.now()`, as is the result
   * @param isHandedOver whether the server has the whole mail
   * @returns Infinity for never
   */
  overdueAt(email: string, sendingAt: number, isHandedOver: boolean): number;
  /** Lists the domains where an attempt hung lately and none was accepted since. */
  hungDomains(): string[];
  /** Learns how an attempt ended. */
  ended(email: string, sendingAt: number, ending: Ending, isHandedOver: boolean): void;
}

/** Tells a recipient that hangs from a mail server that is slow for everybody, by what the last attempts took. */
export function makeSlowDomains(): SlowDomains {
  /** When an attempt last hung, for each domain. */
  const hungAt = new Map<string, number>();
  /** Of accepted attempts, newest first. */
  let durationsMs: number[] = [];
  let handedOverAndGaveWay = 0;

  const medianMs = () => durationsMs.toSorted((a, b) => a - b)[durationsMs.length >> 1] ?? 0;
  const hungLately = (domain: string) => performance.now() - (hungAt.get(domain) ?? -Infinity) < rememberMs;
  return {
    hungDomains: () => [...hungAt.keys()].filter(hungLately),
    overdueAt(email, sendingAt, isHandedOver) {
      if (isHandedOver && handedOverAndGaveWay >= mayArriveTwice) return Infinity;
      const ownMs = hungLately(domainOf(email)) && !isHandedOver ? overdueMs.hungDomain : overdueMs.usual;
      // Every attempt has three times the usual duration.
      return sendingAt + Math.max(ownMs, 3 * medianMs());
    },
    ended(email, sendingAt, ending, isHandedOver) {
      const domain = domainOf(email);
      const tookMs = performance.now() - sendingAt;
      if (ending === 'accepted') {
        handedOverAndGaveWay = Math.max(0, handedOverAndGaveWay - 1);
        hungAt.delete(domain);
        durationsMs = [tookMs, ...durationsMs].slice(0, maxDurations);
        return;
      }
      if (ending === 'gave way' && isHandedOver) handedOverAndGaveWay++;
      if (ending === 'refused' && tookMs <= overdueMs.usual) return;
      if (hungAt.size >= maxDomains) hungAt.clear();
      hungAt.set(domain, performance.now());
    },
  };
}

/** Cuts the domain out of an address, in lower case. */
export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}
