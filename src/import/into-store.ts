import { setTimeout as sleep } from 'node:timers/promises';
import { errorDictionary, Refusal } from '../errors/error-dictionary.ts';
import type { UsedKeys } from '../users/conflicts.ts';
import type { Problem } from '../users/fields.ts';
import type { ImportUsers } from '../users/import-users.ts';
import type { ImportUserOutcome } from '../users/outcome.ts';
import type { UpsertMode } from '../users/plan-upserts.ts';
import type { RowOutcome, RowProblem, Target } from './ports.ts';

/** How long rows are tried again while the database cannot write. */
const maxRetryMs = 60_000;
/** Every attempt is followed by a pause of a second or more. */
const maxAttempts = 100;

/** What the target needs. */
export interface StoreTargetNeeds {
  importUsers: ImportUsers;
  companyId: string;
  /** Changes users who are there; null only creates. */
  mode?: UpsertMode | null;
  /** The keys of the rows before, in a dry run; else null. */
  dryRun: UsedKeys | null;
  signal: AbortSignal | undefined;
}

/**
 * Makes the target that creates or changes users in a database that this process has opened. A row that an earlier run
 * of the same file created is recognised by its import key.
 */
export function makeStoreTarget({ importUsers, companyId, mode = null, dryRun, signal }: StoreTargetNeeds): Target {
  let rowsBefore = 0;
  return async function write(rows) {
    const outcomes: (RowOutcome | null)[] = rows.map(() => null);
    const deadline = performance.now() + maxRetryMs;
    for (let attempt = 1; attempt <= maxAttempts; attempt++) {
      const open = [...outcomes.keys()].filter((at) => outcomes[at] === null);
      let refusal: Refusal | undefined;
      try {
        const tried = open.map((at) => ({ input: rows[at]!.input, importKey: rows[at]!.key }));
        const results = await importUsers(companyId, tried, { mode, dryRun, rowsBefore });
        for (const [index, at] of open.entries()) outcomes[at] = outcomeOf(results[index]!);
      } catch (error) {
        if (!(error instanceof Refusal && error.entry === 'SERVICE_UNAVAILABLE')) throw error;
        refusal = error;
      }
      const settled = outcomes.filter((outcome) => outcome !== null);
      if (settled.length === rows.length) {
        rowsBefore += rows.length;
        return settled;
      }
      if (performance.now() > deadline) throw refusal ?? new Refusal('SERVICE_UNAVAILABLE');
      await sleep((refusal?.retryAfterSeconds ?? 1) * 1_000, undefined, { signal });
    }
    throw new Refusal('SERVICE_UNAVAILABLE');
  };
}

/** Translates an outcome; null for a row that could not be tried. */
function outcomeOf(result: ImportUserOutcome): RowOutcome | null {
  switch (result.kind) {
    case 'imported':
      return { kind: 'imported', phone: null };
    case 'created':
    case 'updated':
    case 'unchanged':
      return { kind: result.kind, phone: result.user.phone };
    case 'valid':
      return { kind: 'valid', action: result.action, phone: result.fields.phone };
    case 'unavailable':
      return null;
    case 'refused': {
      const [first, ...others] = result.problems;
      return { kind: 'rejected', problems: [numbered(first), ...others.map(numbered)] };
    }
  }
}

function numbered(problem: Problem): RowProblem {
  return { ...problem, errorCode: errorDictionary[problem.name].errorCode };
}
