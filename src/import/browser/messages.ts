import type { FieldName } from '../../users/user-fields.ts';
import type { Credentials } from '../api-client.ts';
import type { ImportReport } from '../report.ts';

/** What the page asks of its worker. */
export type ToWorker =
  | { kind: 'open'; file: File; language: string }
  | { kind: 'run'; dryRun: boolean; positions: [FieldName, number][]; credentials: Credentials; url: string }
  /** Ends a run after the rows that are under way. */
  | { kind: 'stop' };

/** A file whose header was read. */
export interface OpenedFile {
  header: string[];
  /** The cells of the first row. */
  sample: string[];
  rows: number;
  positions: [FieldName, number][];
  notes: string[];
}

/** A rejected row, as the page lists it. */
export interface ListedRow {
  line: number;
  employeeID: string;
  errorCode: number;
  detail: string;
}

/** What a run came to. */
export interface FinishedRun {
  report: ImportReport;
  /** How many of the users have an email, to which their password goes. */
  mails: number;
  /** The file of the rejected rows; null without one. */
  errorFile: Blob | null;
}

/** What the worker tells the page. */
export type FromWorker =
  | { kind: 'progress'; done: number; total: number }
  | ({ kind: 'opened' } & OpenedFile)
  | { kind: 'rejected'; rows: ListedRow[] }
  | { kind: 'waiting'; why: string }
  | ({ kind: 'finished' } & FinishedRun)
  /** `message` is a sentence for the person. */
  | { kind: 'failed'; message: string };
