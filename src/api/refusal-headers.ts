import type { Refusal } from '../users/error-dictionary.ts';

/** Headers that belong to a refusal on every transport (RFC 6750 section 3, RFC 9110 section 10.2.3). */
export function refusalHeaders(refusal: Refusal): Record<string, string> {
  if (refusal.entry === 'UNAUTHORIZED') return { 'WWW-Authenticate': 'Bearer realm="ruangkerja"' };
  if (refusal.entry === 'FORBIDDEN') return { 'WWW-Authenticate': 'Bearer realm="ruangkerja", error="insufficient_scope"' };
  if (refusal.retryAfterSeconds !== undefined) return { 'Retry-After': String(refusal.retryAfterSeconds) };
  return {};
}
