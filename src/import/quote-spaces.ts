const [space, quote, lineFeed, carriageReturn] = [...' "\n\r'].map((character) => character.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
];
const bom = [0xef, 0xbb, 0xbf];

/**
 * Drops the spaces around quoted cells, as in `E1, "Budi, S.H." ,ya`: the parser would take the quotes for text. Other
 * spaces stay, because they may belong to a password.
 */
export async function* withoutQuoteSpaces(
  bytes: AsyncIterable<Uint8Array>,
  delimiter: string,
): AsyncGenerator<Uint8Array> {
  const separator = delimiter.charCodeAt(0);
  // Bytes of UTF-8 above 127 are parts of characters, and as a delimiter a space is not padding.
  if (separator > 127 || separator === space) return yield* bytes;
  let state: 'start' | 'plain' | 'quoted' | 'closed' = 'start';
  /** Spaces that are dropped if a quote follows (start) or went before (closed). */
  let held = 0;
  let isFirst = true;
  for await (const piece of bytes) {
    const kept = new Uint8Array(piece.length + held);
    let at = isFirst && bom.every((byte, index) => piece[index] === byte) ? bom.length : 0;
    kept.set(piece.subarray(0, at));
    let length = at;
    isFirst = false;
    for (; at < piece.length; at++) {
      const byte = piece[at]!;
      const endsCell = byte === separator || byte === lineFeed || byte === carriageReturn;
      if (byte === space && (state === 'start' || state === 'closed')) {
        held++;
        continue;
      }
      if (held > 0) {
        const isPadding = state === 'start' ? byte === quote : endsCell;
        if (!isPadding) {
          kept.fill(space, length, length + held);
          length += held;
        }
        // A quote after the space behind a closing one: the cell is not a quoted one.
        if (state === 'closed' && !isPadding) state = 'plain';
        held = 0;
      }
      kept[length++] = byte;
      if (byte === quote && state !== 'plain') state = state === 'quoted' ? 'closed' : 'quoted';
      else if (endsCell && state !== 'quoted') state = 'start';
      else if (state !== 'quoted') state = 'plain';
    }
    yield kept.subarray(0, length);
  }
  if (held > 0 && state === 'start') yield new Uint8Array(held).fill(space);
}
