import { type Options, parse } from 'csv-parse/sync';

const delimiters = [',', ';', '\t'];
/** Rows with text among which the header is looked for, and rows that are parsed for them. */
const maxRows = 10;
const maxParsedRows = 1_000;
/** With fewer known names a row is a title, or the file lacks columns. */
const minKnown = 2;

/** Where the header of a file is. */
export interface HeaderPlace {
  delimiter: string;
  /** Of the header among all rows of the file, from 0. A row before it is blank, a title or Excel's `sep=`. */
  index: number;
}

/** What the search needs. */
export interface HeaderSearch {
  /** The first characters of the file. */
  start: string;
  /** Of a first line `sep=;`. The header has the last word. */
  namedDelimiter: string | undefined;
  parserOptions: (delimiter: string) => Options;
  countKnown: (cells: readonly string[]) => number;
}

/**
 * Finds the header: the first of ten rows with at least two known names, with the delimiter that makes most of its
 * names known. Without such a row it is the first one with text.
 */
export function findHeader({ start, namedDelimiter, parserOptions, countKnown }: HeaderSearch): HeaderPlace {
  const first = namedDelimiter === undefined ? 0 : 1;
  const places = [...new Set([namedDelimiter ?? ',', ...delimiters])].map((delimiter) => {
    const rows = rowsOf(start, parserOptions(delimiter));
    const withText = [...rows.keys()].filter((index) => index >= first && !isBlank(rows[index]!)).slice(0, maxRows);
    const found = withText.find((index) => countKnown(rows[index]!) >= minKnown);
    const index = found ?? withText[0] ?? first;
    return { delimiter, index, known: countKnown(rows[index] ?? []), isFound: found !== undefined };
  });
  const [named] = places as [(typeof places)[number]];
  if (namedDelimiter !== undefined && named.isFound) return named;
  return places.toSorted((a, b) => b.known - a.known)[0]!;
}

/** Whether a row has no text. */
export function isBlank(cells: readonly string[]): boolean {
  // Ctrl-Z on a line of its own ends a DOS file.
  return !cells.some((cell) => cell.replaceAll('\u001A', '').trim() !== '');
}

/** Parses the first rows, up to one that cannot be read or is cut. */
function rowsOf(start: string, options: Options): string[][] {
  const rows: string[][] = [];
  try {
    parse(start, { ...options, to: maxParsedRows, on_record: (cells: string[]) => void rows.push(cells) });
  } catch {
    // The reading of the whole file names the line.
  }
  return rows;
}
