import type { CreateUserInput } from '../users/fields.ts';

/** A row of the file on its way to become a user. */
export interface ImportRow {
  /** Where it begins, as an editor counts, from 1. */
  line: number;
  cells: readonly string[];
  /** The same for the same line of the same content, wherever the file lies: what is done is recognised by it. */
  key: string;
  input: CreateUserInput;
}

export interface RowProblem {
  errorCode: number;
  /** The dictionary's name. */
  name: string;
  detail: string;
  path: readonly string[];
}

export type RowOutcome =
  /** `phone` as it is kept, where that is known. `imported`: an earlier run made the user. */
  | { kind: 'created' | 'valid' | 'imported'; phone: string | null }
  | { kind: 'rejected'; problems: readonly [RowProblem, ...RowProblem[]] };

/** Where users are made: an outcome for each row, in order. Throws what ends the import; an AbortError when it was stopped while it waited. */
export type Target = (rows: readonly ImportRow[]) => Promise<RowOutcome[]>;

/** Why a file cannot be imported, or not to its end, as a sentence for the person who tries. */
export class CannotImport extends Error {
  /** Whether the same command, given again later, can go on. */
  readonly mayPass: boolean;
  constructor(message: string, { cause, mayPass = false }: { cause?: unknown; mayPass?: boolean } = {}) {
    super(message, { cause });
    this.mayPass = mayPass;
  }
}
