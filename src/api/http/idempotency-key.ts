/**
 * The key of the header `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header), a structured-field string or bare;
 * null without one.
 */
export function idempotencyKeyOf(headers: { get(name: string): string | null }): string | null {
  const header = headers.get('idempotency-key')?.trim() ?? null;
  const [, quoted] = /^"((?:[^"\\]|\\["\\])*)"$/.exec(header ?? '') ?? [];
  return quoted === undefined ? header : quoted.replace(/\\(.)/g, '$1');
}
