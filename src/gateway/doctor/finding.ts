/** What one check found. */
export type Finding = { check: string } & (
  | { status: 'ok' | 'skipped'; detail: string }
  /** Both are parts of one line. */
  | { status: 'failed'; detail: string; remedy: string }
);

/** Makes the finding of a check that passed. */
export function ok(check: string, detail: string): Finding {
  return { check, status: 'ok', detail };
}

/** Makes the finding of a check that does not apply, or could not be made. */
export function skipped(check: string, detail: string): Finding {
  return { check, status: 'skipped', detail };
}

/** Makes the finding of a check that failed, with what an operator does about it. */
export function failed(check: string, detail: string, remedy: string): Finding {
  return { check, status: 'failed', detail, remedy };
}
