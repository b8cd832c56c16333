import { type Candidate, conflictQueryOf, isSome, noKeys, problemsOf, type UsedKeys } from './conflicts.ts';
import type { ImportUserOutcome } from './outcome.ts';
import type { UserStore } from './ports.ts';

/** What is to be done with one input, as the store was when it was looked up. */
export type Plan =
  | { kind: 'create'; candidate: Candidate }
  /** There is nothing to write. */
  | { kind: 'settled'; candidate: Candidate; outcome: ImportUserOutcome };

/** A plan that writes. */
export type Step = Exclude<Plan, { kind: 'settled' }>;

/** Plans some inputs in order, as if those before them were written. */
export type PlanChunk = (companyId: string, chunk: readonly Candidate[]) => Promise<Plan[]>;

/**
 * Makes the planning of creations, for chunks that are written together or not at all.
 * @param usedKeys the keys of the users before; those of the planned users join them
 */
export type BeginPlan = (usedKeys?: UsedKeys) => PlanChunk;

/** Makes the plans that create each input: a user who exists is a conflict. */
export function makePlanCreations(store: Pick<UserStore, 'lookUp'>): BeginPlan {
  return (usedKeys = noKeys()) =>
    async (companyId, chunk) => {
      const reports = await store.lookUp(companyId, chunk.map(conflictQueryOf));
      return chunk.map((candidate, at): Plan => {
        const report = reports[at]!;
        const problems = problemsOf(candidate, report, usedKeys);
        if (report.imported) return { kind: 'settled', candidate, outcome: { kind: 'imported' } };
        return isSome(problems)
          ? { kind: 'settled', candidate, outcome: { kind: 'refused', problems } }
          : { kind: 'create', candidate };
      });
    };
}

/** Whether a plan writes. */
export function isStep(plan: Plan): plan is Step {
  return plan.kind !== 'settled';
}
