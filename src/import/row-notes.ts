import type { Columns } from './columns.ts';
import { isNationalID, lostLeadingZero, mayHaveLostDigits } from './spreadsheet-hints.ts';
import type { ImportRow, RowOutcome } from './ports.ts';

interface Oddity {
  sentence: string;
  isIn: (row: ImportRow, outcome: RowOutcome) => boolean;
}

/** What a spreadsheet may have made of something else, and what may be meant otherwise. */
const oddities = ({ nikIsEmployeeID }: Columns): Oddity[] => [
  {
    sentence:
      'phones with neither a 0 nor a country code in front, as Excel drops leading zeros, were read as national numbers',
    isIn: ({ input }, outcome) =>
      'became' in outcome && outcome.phone !== null && lostLeadingZero(String(input.phone), outcome.phone),
  },
  {
    sentence:
      'employee IDs of more than 15 digits end in 0, and Excel keeps 15 digits only: compare them with their source',
    isIn: ({ input }) => mayHaveLostDigits(String(input.employeeID)),
  },
  {
    sentence:
      'employee IDs in the column NIK have 16 digits, as national identity numbers (KTP) have: is this the column that is meant?',
    isIn: ({ input }) => nikIsEmployeeID && isNationalID(String(input.employeeID)),
  },
];

/** Counts the rows that a person should look at, refused or not; `sentences` has one for each kind, with its first line. */
export function makeRowNotes(columns: Columns) {
  const counts = oddities(columns).map((oddity) => ({ ...oddity, rows: 0, firstLine: 0 }));
  return {
    add(row: ImportRow, outcome: RowOutcome): void {
      for (const count of counts) if (count.isIn(row, outcome) && count.rows++ === 0) count.firstLine = row.line;
    },
    sentences: (): string[] =>
      counts
        .filter(({ rows }) => rows > 0)
        .map(
          ({ sentence, rows, firstLine }) =>
            `${sentence}: ${rows.toLocaleString('en')}, the first at line ${firstLine}`,
        ),
  };
}
