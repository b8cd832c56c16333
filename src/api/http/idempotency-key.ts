/**
 * Reads the header `Idempotency-Key`, a structured-field string or a bare word
 * (draft-ietf-httpapi-idempotency-key-header).
 *
 * @returns null without the header
 */
export function idempotencyKeyOf(headers: { get(name: string): string | null }): string | null {
  const header = headers.get('idempotency-key')?.trim() ?? null;
  const [, quoted] = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header ?? '') ?? [];
  return quoted === undefined ? header : quoted.replace(/\\(.)/g, '$1');
}
