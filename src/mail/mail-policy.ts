import type { DeliveryPolicy } from '../outbox/kind.ts';
import type { Log } from '../outbox/ports.ts';
import { makeOutage } from './outage.ts';
import type { DueMail } from './ports.ts';
import { domainOf, makeSlowDomains } from './slow-domains.ts';

/**
 * Makes the policy of the mails. An outage of the mail server closes the gate for all mails. A domain whose recipients
 * hang has few attempts at once, and its first attempts give way sooner.
 */
export function makeMailPolicy({ log }: { log: Log }): DeliveryPolicy<DueMail> {
  const outage = makeOutage({ log });
  const slowDomains = makeSlowDomains();
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
    ended({ due, sendingAt, phase }, ending) {
      slowDomains.ended(due.email, sendingAt, ending, phase === 'handed over');
      if (ending !== 'gave way') outage.serverAnswered();
    },
    unavailable: ({ begunAt }, error) => outage.serverFailed(begunAt, error),
  };
}
