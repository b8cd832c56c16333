import { oneLine } from '../text.ts';

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
  if (value === null || value === undefined) return '-';
  // The answer of a mail server is a stranger's text: its line ends must not break the table.
  return value instanceof Date ? value.toISOString() : oneLine(String(value));
}
