import { parseAccept } from 'hono/utils/accept';

/**
 * Chooses the media type of `offered` that an `Accept` header prefers: among equals the one it names first, then the
 * one offered first. The most specific range decides about a type (RFC 9110 section 12.5.1).
 *
 * @returns null when the header accepts none of them
 */
export function acceptedType<T extends string>(
  accept: string | null | undefined,
  offered: readonly [T, ...T[]],
): T | null {
  if (!accept?.trim()) return offered[0];
  if (accept === offered[0]) return offered[0];
  const ranges = parseAccept(accept);
  const rangeOf = (type: string) => ranges.find((range) => range.type.toLowerCase() === type);
  const judged = offered.map((type) => {
    const exact = rangeOf(type);
    const q = (exact ?? rangeOf(`${type.split('/')[0]}/*`) ?? rangeOf('*/*'))?.q ?? 0;
    return { type, q, position: exact ? ranges.indexOf(exact) : ranges.length };
  });
  const [best] = judged
    .filter(({ q }) => q > 0)
    .toSorted((one, other) => other.q - one.q || one.position - other.position);
  return best?.type ?? null;
}

/** Tells whether an `Accept` header names a media type itself, not by a range. */
export function namesType(accept: string | null, type: string): boolean {
  // Reading the header costs as much as the rest of a refusal.
  if (accept === null || !accept.toLowerCase().includes(type)) return false;
  return parseAccept(accept).some((range) => range.type.toLowerCase() === type && range.q > 0);
}
