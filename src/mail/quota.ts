/** How a pause for a provider's limit grows; see `LimitPause`. */
export interface Quota {
  firstMs: number;
  longestMs: number;
}

const ofRate: Quota = { firstMs: 1_000, longestMs: 5 * 60_000 };
const ofDay: Quota = { firstMs: 60_000, longestMs: 15 * 60_000 };

/** A subject of RFC 3463 about the recipient: an address (1) or a mailbox (2). A full mailbox is no limit of ours. */
const isAboutRecipient = /^\d{3}[ -]\d\.[12]\./;
/** A subject of RFC 3463 about this message, such as its size. */
const isAboutMessage = /^\d{3}[ -]\d\.3\.4\b|\b(?:message|mail|maximum|fixed) (?:size|length)/i;
const saysLimit = new RegExp(
  [
    'too many (?!hops|received)',
    'throttl|slow down|concurrent|rate.?limit',
    '(?:rate|quota|limit)\\b.*\\bexceed',
    'exceed.*(?:rate|quota|limit)',
  ].join('|'),
  'i',
);
const saysDay = /\bdaily\b|per day|24.?h/i;

/**
 * Replies that providers give for their limits whatever the words, by code. 5.4.5 and 4.5.3 are Google's, 432 is
 * Office 365's, 454 is that of Amazon SES.
 */
const codes: readonly (readonly [RegExp, Quota])[] = [
  [/^[45]\d\d[ -][45]\.4\.5\b/, ofDay],
  [/^[45]\d\d[ -][45]\.5\.3\b/, ofRate],
  [/^421[ -]4\.7\./, ofRate],
  [/^4(?:32|54)\b/, ofRate],
];
/** Where 432 and 454 are about signing in and TLS (RFC 4954 section 6, RFC 3207 section 4). */
const isAboutSession = /^(?:AUTH|STARTTLS)/;

/**
 * Tells whether a reply of a mail server names a limit of the sender's account, in any phase.
 * @param command the command that it answers
 * @returns how the delivery pauses for it; undefined where it names none
 */
export function quotaOf(response: string, command: string | undefined): Quota | undefined {
  if (!/^[45]\d\d\b/.test(response) || isAboutRecipient.test(response) || isAboutMessage.test(response))
    return undefined;
  if (saysLimit.test(response)) return saysDay.test(response) ? ofDay : ofRate;
  const [, quota] = codes.find(([code]) => code.test(response)) ?? [];
  return quota === ofRate && /^4(?:32|54)/.test(response) && isAboutSession.test(command ?? '') ? undefined : quota;
}
