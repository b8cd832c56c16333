import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateUserOutcome, CreateUsers } from '../users/create-users.ts';
import type { Keys } from '../users/conflicts.ts';
import { errorDictionary, Refusal } from '../errors/error-dictionary.ts';
import type { RowOutcome, Target } from './ports.ts';

/** Milliseconds: how long a database that cannot write is asked again. */
const patience = 60_000;

export interface StoreTargetNeeds {
  createUsers: CreateUsers;
  companyId: string;
  /** A dry run, with the keys of the rows before. */
  dryRun: Keys | null;
  signal: AbortSignal | undefined;
}

/** Makes users in a database that this process has open. A row that an earlier run of the same file made is told by its key. */
export function makeStoreTarget({ createUsers, companyId, dryRun, signal }: StoreTargetNeeds): Target {
  return async function create(rows) {
    const outcomes: (RowOutcome | null)[] = rows.map(() => null);
    const deadline = performance.now() + patience;
    for (;;) {
      const open = [...outcomes.keys()].filter((at) => outcomes[at] === null);
      let refusal: Refusal | undefined;
      try {
        const options = {
          dryRun: dryRun !== null,
          before: dryRun ?? undefined,
          importKeys: open.map((at) => rows[at]!.key),
        };
        const { results } = await createUsers(
          { clientId: 'import', companyId },
          open.map((at) => rows[at]!.input),
          options,
        );
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
function outcomeOf(result: CreateUserOutcome): RowOutcome | null {
  if ('imported' in result) return { became: 'imported', phone: null };
  if ('user' in result) return { became: 'created', phone: result.user.phone };
  if ('valid' in result) return { became: 'valid', phone: result.valid.phone };
  if (result.problems[0].name === 'SERVICE_UNAVAILABLE') return null;
  const problems = result.problems.map((problem) => ({
    ...problem,
    errorCode: errorDictionary[problem.name].errorCode,
  }));
  return { problems: problems as [(typeof problems)[number]] };
}
