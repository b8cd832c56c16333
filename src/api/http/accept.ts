import { parseAccept } from 'hono/utils/accept';

/**
 * The media type of `offered` that an `Accept` header likes best, null when it takes none; among equals the one it names
 * first, then the one offered first. The most specific range decides about a type (RFC 9110 section 12.5.1).
 */
export function acceptedType<T extends string>(
  accept: string | null | undefined,
  offered: readonly [T, ...T[]],
): T | null {
  if (!accept?.trim()) return offered[0];
  if (accept === offered[0]) return offered[0];
  const ranges = parseAccept(accept);
  const find = (type: string) => ranges.find((range) => range.type.toLowerCase() === type);
  const judged = offered.map((type) => {
    const named = find(type);
    const q = (named ?? find(`${type.split('/')[0]}/*`) ?? find('*/*'))?.q ?? 0;
    return { type, q, place: named ? ranges.indexOf(named) : ranges.length };
  });
  const [best] = judged.filter(({ q }) => q > 0).toSorted((one, other) => other.q - one.q || one.place - other.place);
  return best?.type ?? null;
}
