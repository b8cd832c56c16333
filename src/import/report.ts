import type { Columns } from './columns.ts';
import type { Rejected } from './error-lines.ts';
import type { ImportRow, RowOutcome, RowProblem } from './ports.ts';
import type { UserAction } from '../users/outcome.ts';
import { makeRowNotes } from './row-notes.ts';
import { hintFor } from './spreadsheet-hints.ts';
import type { Translate } from '../translate.ts';

/** Rejected rows that a report shows one by one. */
const maxShownRows = 20;

/** What an import did, as `--json` prints it. */
export interface ImportReport {
  dryRun: boolean;
  /** Stopped by Ctrl-C: `rows` of `total` are done. */
  interrupted: boolean;
  total: number;
  rows: number;
  created: number;
  updated: number;
  /** Rows that say what is stored already. */
  unchanged: number;
  /** Rows without a problem in a dry run, and what the import would do with them. */
  valid: number;
  actions: Record<UserAction, number>;
  /** Rows that an earlier run of this file created. */
  imported: number;
  rejected: number;
  rejections: { errorCode: number; message: string; rows: number }[];
  firstRejected: { line: number; errorCode: number; detail: string }[];
  /** The path; null when no row was rejected. */
  errorFile: string | null;
  notes: string[];
  seconds: number;
}

/** The part of a report that counts outcomes. */
export type Counts = Pick<
  ImportReport,
  | 'created'
  | 'updated'
  | 'unchanged'
  | 'valid'
  | 'actions'
  | 'imported'
  | 'rejected'
  | 'rejections'
  | 'firstRejected'
  | 'notes'
>;

/** Makes the counter of an import, in the language of its report: every row is added with its outcome. */
export function makeCounter(columns: Columns, translate: Translate) {
  const counts = { created: 0, updated: 0, unchanged: 0, valid: 0, imported: 0 };
  const actions: Counts['actions'] = { CREATE: 0, UPDATE: 0, NOTHING: 0 };
  const rejections = new Map<number, ImportReport['rejections'][number]>();
  const firstRejected: ImportReport['firstRejected'] = [];
  const notes = makeRowNotes(columns);

  return {
    /**
     * Counts one row.
     * @param forErrorFile the language of the error file
     * @returns the row for the error file; null when it was not rejected
     */
    add(row: ImportRow, outcome: RowOutcome, forErrorFile: Translate): Rejected | null {
      notes.add(row, outcome);
      if (outcome.kind !== 'rejected') {
        counts[outcome.kind]++;
        if (outcome.kind === 'valid') actions[outcome.action]++;
        return null;
      }
      const { line, cells } = row;
      const [{ errorCode, name }] = outcome.problems;
      const describeBy = (language: Translate) => describe(outcome.problems, cells, columns, language);
      const known = rejections.get(errorCode);
      if (known) known.rows++;
      else rejections.set(errorCode, { errorCode, message: name, rows: 1 });
      if (firstRejected.length < maxShownRows) firstRejected.push({ line, errorCode, detail: describeBy(translate) });
      return { line, cells, errorCode, detail: describeBy(forErrorFile) };
    },
    /** Returns the counts so far, the most frequent error first. */
    counts: (): Counts => ({
      ...counts,
      actions,
      rejected: rejections.values().reduce((sum, { rows }) => sum + rows, 0),
      rejections: [...rejections.values()].toSorted((a, b) => b.rows - a.rows || a.errorCode - b.errorCode),
      firstRejected,
      notes: [...columns.notes, ...notes.sentences()].map(translate),
    }),
  };
}

/** Describes every problem of a row in one sentence. The number of the first has a column of its own. */
function describe(
  problems: readonly RowProblem[],
  cells: readonly string[],
  { positions }: Columns,
  translate: Translate,
): string {
  return problems
    .map(({ errorCode, name, detail, path: [field, part] }, index) => {
      const position = field === undefined ? undefined : positions.get(field as Parameters<typeof positions.get>[0]);
      const hint = position === undefined || name.endsWith('_EXISTS') ? null : hintFor(field, cells[position] ?? '');
      const which = part === undefined ? '' : translate(`, the ${Number(part) + 1}. of the cell`);
      return `${index > 0 ? `${errorCode} ` : ''}${translate(detail)}${which}${hint ? ` (${translate(hint)})` : ''}`;
    })
    .join('; ');
}
