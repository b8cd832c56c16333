const [quote, backslash, openBrace, closeBrace] = [0x22, 0x5c, 0x7b, 0x7d];

/**
 * Tells whether JSON has more than `levels` lists and objects inside each other. Parsing survives any depth, but
 * whatever walks over the values afterwards, `JSON.stringify` first, is recursive.
 */
export function isDeeper(json: string, levels: number): boolean {
  if (!hasMoreBrackets(json, levels)) return false;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const character = json.charCodeAt(at);
    if (character === quote) inString = !inString;
    else if (inString) at += Number(character === backslash);
    // A square bracket differs from the curly one in the sixth bit alone.
    else if ((character | 0x20) === openBrace && ++depth > levels) return true;
    else if ((character | 0x20) === closeBrace) depth--;
  }
  return false;
}

/** A quick look, since nearly every body has few brackets. */
function hasMoreBrackets(json: string, levels: number): boolean {
  let brackets = 0;
  for (const bracket of ['{', '['])
    for (let at = json.indexOf(bracket); at >= 0 && brackets <= levels; at = json.indexOf(bracket, at + 1)) brackets++;
  return brackets > levels;
}
