import { type Candidate, conflictQueryOf, isSome, noKeys, problem, problemsOf, type UsedKeys } from './conflicts.ts';
import type { ChangedParts } from './changes.ts';
import type { ImportUserOutcome } from './outcome.ts';
import type { ConflictReport, User, UserStore } from './ports.ts';
import { userSerial } from './serial.ts';
import type { FieldName } from './user-fields.ts';

/** What is to be done with one input, as the store was when it was looked up. */
export type Plan =
  | Creation
  | Change
  /** There is nothing to write. */
  | { kind: 'settled'; candidate: Candidate; outcome: ImportUserOutcome };

/** The creation of a user. */
export interface Creation {
  kind: 'create';
  candidate: Candidate;
  /** Random; a later input may change the user by it. */
  serial: string;
}

/** The change of a user who is there. */
export interface Change {
  kind: 'change';
  candidate: Candidate;
  user: User;
  /** Names of the fields that differ, at least one. */
  changed: readonly FieldName[];
  parts: ChangedParts;
  /** The user after it; of new references only the serials are known. */
  after: User;
  /** A password that is mailed to the user, chosen by the caller or generated; null keeps the present one. */
  newPassword: { chosen: string | null } | null;
}

/** A plan that writes. */
export type Step = Exclude<Plan, { kind: 'settled' }>;

/**
 * Plans some inputs in order, as if those before them were written. Returns null if another call changed the users
 * meanwhile: then they must be planned again.
 */
export type PlanChunk = (companyId: string, chunk: readonly Candidate[]) => Promise<Plan[] | null>;

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
        if (report.imported) return settled(candidate, importedOutcome(report.imported));
        return isSome(problems)
          ? settled(candidate, { kind: 'refused', problems })
          : { kind: 'create', candidate, serial: userSerial(candidate.fields.name!) };
      });
    };
}

/** Returns a plan of which there is nothing to write. */
export function settled(candidate: Candidate, outcome: ImportUserOutcome): Plan {
  return { kind: 'settled', candidate, outcome };
}

/** Returns the outcome of a row whose user an earlier run created. A user who was erased since does not come back. */
export function importedOutcome(imported: Exclude<ConflictReport['imported'], false>): ImportUserOutcome {
  return imported === 'created'
    ? { kind: 'imported' }
    : { kind: 'refused', problems: [problem('USER_NOT_FOUND', ['employeeID'])] };
}

/** Whether a plan writes. */
export function isStep(plan: Plan): plan is Step {
  return plan.kind !== 'settled';
}
