import {
  changedFields,
  changedParts,
  givenFields,
  isNewAddress,
  problemsOfChange,
  problemsOfGiven,
  withReferences,
} from './changes.ts';
import { type Candidate, conflictQueryOf, conflictsIn, isSome, problem } from './conflicts.ts';
import type { WellFormed } from './outcome.ts';
import { type BeginPlan, type Creation, importedOutcome, type Plan, settled } from './plan.ts';
import { type ConflictReport, foldKey, type UniqueField, type User, type UserStore } from './ports.ts';
import { userSerial } from './serial.ts';
import { moveValues, ownersInCall, ownersInFile, type Unique, type ValueOwners, otherValues } from './value-owners.ts';

/** Whether an upsert creates who is not there. */
export type UpsertMode = 'CREATE_OR_UPDATE' | 'UPDATE_ONLY';

/**
 * Makes the plans that create who is not there and change who is, by employee ID. A user who is as the input says
 * costs a part of one look-up.
 */
export function makePlanUpserts(store: Pick<UserStore, 'findAll' | 'lookUp'>, mode: UpsertMode): BeginPlan {
  /** Returns the users by folded employee ID. */
  async function findAll(companyId: string, owners: Iterable<string>): Promise<Map<string, User>> {
    const employeeIDs = [...new Set(owners)].filter((owner) => owner !== '');
    const users = employeeIDs.length > 0 ? await store.findAll(companyId, { employeeIDs }) : [];
    return new Map(users.map((user) => [foldKey(user.employeeID), user]));
  }

  return (usedKeys) => {
    const values = usedKeys ? ownersInFile(usedKeys) : ownersInCall();
    /** As the store has them, and as the inputs so far leave those whom they write. */
    const stored = new Map<string, User>();
    const written = new Map<string, User>();

    /** Plans one input; a user without a report is known to be as the input says. */
    function planOne(candidate: Candidate, report: ConflictReport | undefined): Plan {
      const owner = ownerOf(candidate);
      const user = written.get(owner) ?? stored.get(owner) ?? null;
      if (user && !report) return settled(candidate, { kind: 'unchanged', user });
      const plan = user ? planChange(candidate, user, report!, values) : planNew(candidate, report!, values, mode);
      if (plan.kind !== 'settled') {
        const after = plan.kind === 'change' ? plan.after : createdUser(plan);
        written.set(owner, after);
        moveValues(values, user, after);
      }
      return plan;
    }

    /** Whether another call wrote a refused user between the look-ups, so that the conflict may be its own value. */
    async function isStale(companyId: string, plans: readonly Plan[]): Promise<boolean> {
      const refused = plans.filter((plan) => plan.kind === 'settled' && plan.outcome.kind === 'refused');
      const owners = refused.map(({ candidate }) => ownerOf(candidate));
      const now = await findAll(companyId, owners);
      return owners.some((owner) => {
        const [before, after] = [stored.get(owner), now.get(owner)];
        return before?.serial !== after?.serial || before?.version !== after?.version;
      });
    }

    return async (companyId, chunk) => {
      const unread = chunk.map(ownerOf).filter((owner) => !written.has(owner));
      for (const [owner, user] of await findAll(companyId, unread)) stored.set(owner, user);
      const mayChange = new Set(written.keys());
      const looked = chunk.filter((candidate) => {
        const owner = ownerOf(candidate);
        const user = stored.get(owner);
        if (user && !mayChange.has(owner) && isUnchanged(candidate, user)) return false;
        mayChange.add(owner);
        return true;
      });
      const found = looked.length > 0 ? await store.lookUp(companyId, looked.map(conflictQueryOf)) : [];
      const reports = new Map(looked.map((candidate, at) => [candidate, found[at]!]));
      const plans = chunk.map((candidate) => planOne(candidate, reports.get(candidate)));
      return (await isStale(companyId, plans)) ? null : plans;
    };
  };
}

/** Plans the change of a user who is there. `values` know what the inputs before gave and freed. */
export function planChange(candidate: Candidate, user: User, report: ConflictReport, values: ValueOwners): Plan {
  const given = givenFields(candidate);
  const changed = changedFields(user, given);
  const parts = changedParts(changed, given);
  const after = { ...withReferences(user, parts), ...parts.set, version: user.version + 1 };
  const conflicts = {
    taken: takenFields(report, values, user, after),
    imported: false,
    unknownTags: parts.tagSerials ? report.unknownTags : [],
    organization: parts.organizationSerial === undefined ? 'none' : report.organization,
  } as const;
  const problems = [...problemsOfChange(candidate.formProblems, after), ...conflictsIn(conflicts, candidate)];
  if (isSome(problems)) return settled(candidate, { kind: 'refused', problems });
  if (changed.length === 0) return settled(candidate, { kind: 'unchanged', user });
  const newPassword = isNewAddress(user, after) ? { chosen: null } : null;
  return { kind: 'change', candidate, user, changed, parts, after, newPassword };
}

function planNew(candidate: Candidate, report: ConflictReport, values: ValueOwners, mode: UpsertMode): Plan {
  const { fields, formProblems } = candidate;
  if (mode === 'UPDATE_ONLY') {
    const unknown = fields.employeeID === undefined ? [] : [problem('USER_NOT_FOUND', ['employeeID'])];
    const problems = [...unknown, ...problemsOfGiven(formProblems)];
    if (isSome(problems)) return settled(candidate, { kind: 'refused', problems });
  }
  if (report.imported) return settled(candidate, importedOutcome(report.imported));
  const taken = takenFields(report, values, null, fields);
  const problems = [...formProblems, ...conflictsIn({ ...report, taken }, candidate)];
  return isSome(problems)
    ? settled(candidate, { kind: 'refused', problems })
    : { kind: 'create', candidate, serial: userSerial(fields.name!) };
}

/** Lists the unique fields that would get a value of another user. The employee ID of a new user was looked for. */
function takenFields(report: ConflictReport, values: ValueOwners, before: Unique | null, after: Unique): UniqueField[] {
  return otherValues(before, after)
    .filter(
      ({ field, to }) =>
        (before !== null || field !== 'employeeID') &&
        to !== null &&
        values.isTaken(field, to, foldKey(after.employeeID ?? ''), report.taken.includes(field)),
    )
    .map(({ field }) => field);
}

/** Whether an input says nothing else than what is stored. */
function isUnchanged(candidate: Candidate, user: User): boolean {
  const given = givenFields(candidate);
  return changedFields(user, given).length === 0 && problemsOfGiven(candidate.formProblems).length === 0;
}

/** Returns a user as its creation will leave it; of its references only the serials are known. */
function createdUser({ candidate, serial }: Creation): User {
  const { password: _, tagSerials, organizationSerial, ...fields } = candidate.fields as WellFormed;
  const at = new Date(0);
  const user = { ...fields, serial, tags: [], organization: null, version: 1, createdAt: at, updatedAt: at };
  return withReferences(user, { tagSerials, organizationSerial });
}

/** Returns the folded employee ID; empty where it is not well-formed. */
function ownerOf({ fields }: Candidate): string {
  return foldKey(fields.employeeID ?? '');
}
