/**
 * Describes an error in one line of at most 200 characters, with its cause. Servers quote what they refuse, so the
 * caller names the secrets.
 * @param secrets each text to hide, or a global pattern of it, with what stands in its place
 */
export function describeError(
  error: unknown,
  secrets: readonly (readonly [secret: string | RegExp, mask: string])[] = [],
): string {
  let text = error instanceof Error ? [error, error.cause].map(messageOf).join(' ') : String(error);
  for (const [secret, mask] of secrets) if (secret) text = text.replaceAll(secret, mask);
  return text
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');
