/** A first attempt this old, in milliseconds, may have to give way; less for a domain where that happened lately. */
const patience = { usual: 1_000, hungDomain: 250, remember: 600_000 };
/**
 * So many mails that a mail server has whole may give way, and each accepted mail allows one more. They may arrive twice: of
 * a server that takes 1.5 s for its answer, a burst of 60 mails had 48 arrive twice without it.
 */
const mayArriveTwice = 8;

export interface Pace {
  /**
   * From when on, on `performance.now()`'s clock, an attempt begun at `startedAt` may have to give way; Infinity for never.
   * @param whole the mail server has the whole mail
   */
  overdueAt(email: string, startedAt: number, whole: boolean): number;
  /** Domains where an attempt hung lately, and none was accepted since. */
  hungDomains(): string[];
  /** Learns how an attempt ended. */
  ended(email: string, startedAt: number, how: 'accepted' | 'refused' | 'gave way', whole: boolean): void;
}

/** Tells a recipient that hangs from a mail server that is slow for everybody, by what the last attempts took. */
export function makePace(): Pace {
  const hung = new Map<string, number>();
  let acceptedIn: number[] = [];
  let twice = 0;

  const median = () => acceptedIn.toSorted((a, b) => a - b)[acceptedIn.length >> 1] ?? 0;
  const hungLately = (domain: string) => performance.now() - (hung.get(domain) ?? -Infinity) < patience.remember;
  return {
    hungDomains: () => [...hung.keys()].filter(hungLately),
    overdueAt(email, startedAt, whole) {
      if (whole && twice >= mayArriveTwice) return Infinity;
      // Three times the usual is always granted.
      return (
        startedAt + Math.max(hungLately(domainOf(email)) && !whole ? patience.hungDomain : patience.usual, 3 * median())
      );
    },
    ended(email, startedAt, how, whole) {
      if (how === 'accepted') twice = Math.max(0, twice - 1);
      else if (how === 'gave way' && whole) twice++;
      const domain = domainOf(email);
      const took = performance.now() - startedAt;
      if (how === 'accepted') {
        hung.delete(domain);
        acceptedIn = [took, ...acceptedIn].slice(0, 15);
      } else if (how === 'gave way' || took > patience.usual) {
        if (hung.size >= 1_000) hung.clear();
        hung.set(domain, performance.now());
      }
    },
  };
}

export function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1).toLowerCase();
}
