import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportUsers } from '../users/import-users.ts';
import type { ImportUserOutcome } from '../users/outcome.ts';
import type { UsedKeys } from '../users/conflicts.ts';
import { errorDictionary, Refusal } from '../errors/error-dictionary.ts';
import type { Problem } from '../users/fields.ts';
import type { RowOutcome, RowProblem, Target } from './ports.ts';

/** Milliseconds: how long a database that cannot write is asked again. */
const patience = 60_000;

export interface StoreTargetNeeds {
  importUsers: ImportUsers;
  companyId: string;
  /** A dry run, with the keys of the rows before. */
  dryRun: UsedKeys | null;
  signal: AbortSignal | undefined;
}

/** Makes users in a database that this process has open. A row that an earlier run of the same file made is told by its key. */
export function makeStoreTarget({ importUsers, companyId, dryRun, signal }: StoreTargetNeeds): Target {
  return async function create(rows) {
    const outcomes: (RowOutcome | null)[] = rows.map(() => null);
    const deadline = performance.now() + patience;
    for (;;) {
      const open = [...outcomes.keys()].filter((at) => outcomes[at] === null);
      let refusal: Refusal | undefined;
      try {
        const tried = open.map((at) => ({ input: rows[at]!.input, importKey: rows[at]!.key }));
        const results = await importUsers(companyId, tried, dryRun);
        for (const [index, at] of open.entries()) outcomes[at] = outcomeOf(results[index]!);
      } catch (error) {
        if (!(error instanceof Refusal && error.entry === 'SERVICE_UNAVAILABLE')) throw error;
        refusal = error;
      }
      if (!outcomes.includes(null)) return outcomes as RowOutcome[];
      if (performance.now() > deadline) throw refusal ?? new Refusal('SERVICE_UNAVAILABLE');
      await sleep((refusal?.retryAfterSeconds ?? 1) * 1_000, undefined, { signal });
    }
  };
}

/** Null for what could not be tried now. */
function outcomeOf(result: ImportUserOutcome): RowOutcome | null {
  switch (result.kind) {
    case 'imported':
      return { kind: 'imported', phone: null };
    case 'created':
      return { kind: 'created', phone: result.user.phone };
    case 'valid':
      return { kind: 'valid', phone: result.fields.phone };
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
