import { oneLine } from '../text.ts';

/** Formats at most `limit` rows as a table, and says so when there are more. */
export function limited(rows: readonly object[], limit: number): string {
  const more = rows.length > limit ? `\n… and more: --limit ${limit * 10} shows up to ${limit * 10}.` : '';
  return `${table(rows.slice(0, limit))}${more}`;
}

/** Formats one thing, a line for each of its values. */
export function details(values: object): string {
  const width = Math.max(...Object.keys(values).map((name) => name.length));
  return Object.entries(values)
    .map(([name, value]) => `${name.padEnd(width)}  ${cell(value)}`)
    .join('\n');
}

/** Formats rows as an aligned table with a heading; a sentence when there are none. */
export function table(rows: readonly object[]): string {
  const [first] = rows;
  if (!first) return 'Nothing to list.';
  const lines = [Object.keys(first), ...rows.map((row) => Object.values(row).map(cell))];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  // The answer of a mail server is a stranger's text: its line ends must not break the table.
  return value instanceof Date ? value.toISOString() : oneLine(String(value));
}
