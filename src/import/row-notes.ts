import type { Columns } from './columns.ts';
import { isNationalID, lostLeadingZero, mayHaveLostDigits } from './spreadsheet-hints.ts';
import type { ImportRow, RowOutcome } from './ports.ts';

interface Oddity {
  sentence: (where: string) => string;
  isIn: (row: ImportRow, outcome: RowOutcome) => boolean;
}

/** Values that a spreadsheet may have changed, or that may mean something else. */
const oddities = ({ nikIsEmployeeID }: Columns): Oddity[] => [
  {
    sentence: (where) =>
      'phones with neither a 0 nor a country code in front, as Excel drops leading zeros, ' +
      `were read as national numbers: ${where}`,
    isIn: ({ input }, outcome) =>
      outcome.kind !== 'rejected' && outcome.phone !== null && lostLeadingZero(String(input.phone), outcome.phone),
  },
  {
    sentence: (where) =>
      'employee IDs of more than 15 digits end in 0, and Excel keeps 15 digits only: ' +
      `compare them with their source: ${where}`,
    isIn: ({ input }) => mayHaveLostDigits(String(input.employeeID)),
  },
  {
    sentence: (where) =>
      'employee IDs in the column NIK have 16 digits, as national identity numbers (KTP) have: ' +
      `is this the right column?: ${where}`,
    isIn: ({ input }) => nikIsEmployeeID && isNationalID(String(input.employeeID)),
  },
];

/**
 * Makes the counter of rows that a person should look at, rejected or not. `sentences` has one sentence for each kind,
 * with the first line.
 */
export function makeRowNotes(columns: Columns) {
  const counts = oddities(columns).map((oddity) => ({ ...oddity, rows: 0, firstLine: 0 }));
  return {
    add(row: ImportRow, outcome: RowOutcome): void {
      for (const count of counts) if (count.isIn(row, outcome) && count.rows++ === 0) count.firstLine = row.line;
    },
    sentences: (): string[] =>
      counts
        .filter(({ rows }) => rows > 0)
        .map(({ sentence, rows, firstLine }) =>
          sentence(`${rows.toLocaleString('en')}, the first at line ${firstLine}`),
        ),
  };
}
