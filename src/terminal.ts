/**
 * Escapes as `\uXXXX` what a terminal must not get: control characters but the line end, and characters that reorder or
 * hide text (bidi overrides, U+2028/2029). Names, errors and answers come from files, databases and servers, and an
 * escape sequence in them would reach the operator's terminal. In JSON the same escape is the same value.
 */
export function visible(text: string): string {
  return text.replace(
    /(?!\r\n)[^\P{Cc}\n]|[\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
