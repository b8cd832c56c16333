import type { DeliveryPolicy } from '../outbox/kind.ts';
import type { Log } from '../outbox/ports.ts';
import { makeDoubts } from './doubts.ts';
import { makeOutage } from './outage.ts';
import type { DueMail } from './ports.ts';
import { domainOf, makeSlowDomains } from './slow-domains.ts';

/** How long one domain that is answered with a limit may hold up the others. */
const longestUnsureMs = 5_000;

/**
 * Makes the policy of the mails. An outage of the mail server closes the gate for all of them. A domain whose
 * recipients hang has few attempts at once, and its first attempts give way sooner. A domain at which the server
 * fails, while it serves others, closes no gate and pauses nothing.
 */
export function makeMailPolicy({ log }: { log: Log }): DeliveryPolicy<DueMail> {
  const outage = makeOutage({ log });
  const slowDomains = makeSlowDomains();
  const doubts = makeDoubts();
  // A limit is met by whoever comes last, so that once says little about a domain.
  const limitDoubts = makeDoubts({ strikes: 3 });
  return {
    gate() {
      if (!outage.isOn()) return { kind: 'open' };
      const reason = 'waits for the mail server';
      const pauseMs = outage.pauseLeftMs();
      return pauseMs > 0 ? { kind: 'closed', reason, pauseMs } : { kind: 'one at a time', reason };
    },
    hungDomains: slowDomains.hungDomains,
    domainOf: ({ email }) => domainOf(email),
    overdueAt: ({ due, sendingAt, phase }) => slowDomains.overdueAt(due.email, sendingAt, phase === 'handed over'),
    ended({ due, begunAt, sendingAt, phase }, ending) {
      slowDomains.ended(due.email, sendingAt, ending, phase === 'handed over');
      if (ending === 'gave way') return;
      if (ending === 'accepted') for (const each of [doubts, limitDoubts]) each.accepted(domainOf(due.email), begunAt);
      else doubts.answered();
      outage.serverAnswered();
    },
    limited({ due }, certainty) {
      outage.serverAnswered();
      if (certainty === 'certain') return Infinity;
      if (!limitDoubts.isServers(domainOf(due.email), certainty)) return null;
      return limitDoubts.isWidespread() ? Infinity : longestUnsureMs;
    },
    unavailable({ due, begunAt, sendingAt, phase }, error, certainty) {
      const isSure = certainty === 'certain';
      if (!isSure && !doubts.isServers(domainOf(due.email), certainty)) {
        slowDomains.ended(due.email, sendingAt, 'refused', phase === 'handed over');
        return null;
      }
      const retryMs = outage.serverFailed(begunAt, error, isSure);
      // A server that closes without an answer may have delivered the mail: its own backoff keeps copies rare.
      return certainty === 'possible' && phase === 'handed over' ? null : retryMs;
    },
  };
}
