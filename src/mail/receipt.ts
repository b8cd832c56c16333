/** How mail servers name a mail that they have accepted: Postfix, Exim, Exchange, Gmail, SES and many others. */
const queueIds = [
  /\bqueued as <?([\w.-]{4,64})/i,
  /\bid=([\w.-]{4,64})/i,
  /\bInternalId=(\d{4,32})/i,
  /\bOK +\d{9,11} ([\w.-]{4,64}) - gsmtp/i,
  /^250 (?:2\.\d\.\d )?OK ([\w.-]{8,80})$/i,
];

/**
 * Returns the codes and the queue id of the reply by which a mail server accepted a mail, such as
 * `250 2.0.0 queued as 4XyZ`. The words of the reply are left out: the server has seen the mail, and may quote it
 * (`docs/decisions/0047`).
 */
export function receiptOf(reply: string): string {
  const [codes = '250'] = /^\d{3}(?:[ -]\d\.\d{1,3}\.\d{1,3})?/.exec(reply) ?? [];
  const id = queueIds.map((pattern) => pattern.exec(reply)?.[1]).find((found) => found !== undefined);
  return id === undefined ? codes : `${codes} queued as ${id}`;
}
