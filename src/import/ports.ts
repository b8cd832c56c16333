import type { CreateUserInput } from '../users/fields.ts';
import type { UserAction } from '../users/outcome.ts';

/** A row of the file with the user that it describes. */
export interface ImportRow {
  /** The line where it begins, as an editor counts, from 1. */
  line: number;
  cells: readonly string[];
  /** The import key: the same for the same line of the same content, wherever the file is (docs/decisions/0050). */
  key: string;
  input: CreateUserInput;
}

/** Why a row was rejected: one broken rule of one field. */
export interface RowProblem {
  errorCode: number;
  /** The dictionary's name. */
  name: string;
  detail: string;
  path: readonly string[];
}

/** What became of one row. */
export type RowOutcome =
  /** `phone` as it is stored; null where that is not known. `imported`: an earlier run created the user. */
  | { kind: 'created' | 'updated' | 'unchanged' | 'imported'; phone: string | null }
  /** A dry run: `action` is what the import would do. */
  | { kind: 'valid'; action: UserAction; phone: string | null }
  | { kind: 'rejected'; problems: readonly [RowProblem, ...RowProblem[]] };

/**
 * Creates or changes the users of some rows; answers an outcome for each row, in order. Throws an error that ends the
 * import, or an `AbortError` when the import was stopped while it waited.
 */
export type Target = (rows: readonly ImportRow[]) => Promise<RowOutcome[]>;

/** Why a file cannot be imported, or not to its end, as a sentence for the person who imports it. */
export class CannotImport extends Error {
  /** Whether the same command may succeed later. */
  readonly mayPass: boolean;
  constructor(message: string, { cause, mayPass = false }: { cause?: unknown; mayPass?: boolean } = {}) {
    super(message, { cause });
    this.mayPass = mayPass;
  }
}
