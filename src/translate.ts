/** Translates text for a person, line by line. */
export type Translate = (text: string) => string;

/**
 * English sentences with their translations. `{}` stands for a value, which stays as it is, `{n}` for a number, and
 * `{…}` for a sentence of its own. Both texts have the same ones in the same order.
 */
export type Catalogue = Readonly<Record<string, string>>;

/** Leaves text in English. */
export const english: Translate = (text) => text;

type Kind = '' | 'n' | '…';

/** A sentence with values: the texts around them, and in the translation. */
interface Pattern {
  kinds: Kind[];
  english: string[];
  translated: string[];
}

const quoted = /"(?:[^"\\]|\\.)*"/g;
const placeholder = /\{(n|…|)\}/;
const isNumber = (text: string): boolean => /^\d+(?:[.,]\d+)*$/.test(text);
/** English writes 1,234.5 where the other language writes 1.234,5. */
const swapMarks = (number: string): string => number.replace(/[.,]/g, (mark) => (mark === ',' ? '.' : ','));

/** Makes the translation by a catalogue. A line that the catalogue does not know stays English. */
export function translateBy(catalogue: Catalogue): Translate {
  const sentences = new Map(Object.entries(catalogue));
  const letters = ({ english: parts }: Pattern): number => parts.join('').length;
  // Of two patterns that fit a line, the one with more text of its own is the right one.
  const patterns = Array.from(sentences, patternOf)
    .filter(({ kinds }) => kinds.length > 0)
    .toSorted((a, b) => letters(b) - letters(a));

  function translateLine(line: string): string {
    // Two spaces stand between the columns of a table, whose values are nobody's sentence, and in quoted values.
    if (/\S {2}/.test(line.replace(quoted, '"'))) return line;
    const known = sentences.get(line);
    if (known !== undefined) return known;
    for (const { kinds, english: parts, translated } of patterns) {
      const values = valuesIn(line, parts);
      if (values?.every((value, at) => kinds[at] !== 'n' || isNumber(value)))
        return translated.map((part, at) => part + translateValue(kinds[at], values[at])).join('');
    }
    return line;
  }

  function translateValue(kind: Kind | undefined, value = ''): string {
    return kind === '…' ? translateLine(value) : kind === 'n' ? swapMarks(value) : value;
  }

  return (text) => text.split('\n').map(translateLine).join('\n');
}

function patternOf([sentence, translation]: [string, string]): Pattern {
  const pieces = sentence.split(placeholder);
  return {
    kinds: pieces.filter((_, at) => at % 2 === 1) as Kind[],
    english: pieces.filter((_, at) => at % 2 === 0),
    translated: translation.split(placeholder).filter((_, at) => at % 2 === 0),
  };
}

/** Returns what stands between these parts of a line, which they begin and end; null where they do not fit. */
function valuesIn(line: string, parts: readonly string[]): string[] | null {
  const [first, last] = [parts[0]!, parts.at(-1)!];
  const end = line.length - last.length;
  if (!line.startsWith(first) || !line.endsWith(last)) return null;
  const values: string[] = [];
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const next = line.indexOf(part, at);
    if (next < 0) return null;
    values.push(line.slice(at, next));
    at = next + part.length;
  }
  return at > end ? null : [...values, line.slice(at, end)];
}
