import { problemsOfGiven } from './changes.ts';
import { type Candidate, conflictQueryOf, isSome, problem } from './conflicts.ts';
import { type FieldRules, type Problem, readFields } from './fields.ts';
import type { Problems } from './outcome.ts';
import { type BeginPlan, type Plan, settled } from './plan.ts';
import { planChange } from './plan-upserts.ts';
import { type ConflictReport, foldKey, type User, type UserKey, type UserStore } from './ports.ts';
import type { FieldName } from './user-fields.ts';
import { moveValues, ownersInCall } from './value-owners.ts';

/** What a caller sends to change a user: absent stays, null clears. */
export type UpdateUserInput = { readonly [F in FieldName]?: unknown };

/** One update of a call. */
export interface UserUpdate {
  by: UserKey;
  input: UpdateUserInput;
  /** Another version of the user is 10107. */
  ifVersion?: number | null | undefined;
  /** Whether the user gets a new password, the given one or a random one, mailed to the email that must be given. */
  renewsPassword?: boolean;
}

/** An update after its fields were read. */
export interface UpdateCandidate extends Candidate {
  update: UserUpdate;
}

/** Reads the fields that an update gives. @param index its position in the call, from 0 */
export function updateCandidateOf(update: UserUpdate, index: number, rules: FieldRules): UpdateCandidate {
  const { input, renewsPassword } = update;
  const { fields, problems } = readFields(input, rules);
  const formProblems = problems.filter(({ path: [field] }) => input[field as FieldName] !== undefined);
  if (renewsPassword && fields.email === null) formProblems.push(problem('USER_EMAIL_INVALID', ['email']));
  return { index, input, fields, formProblems, importKey: null, update };
}

/** Makes the plans that change users by serial or employee ID, in order, as if those before them were written. */
export function makePlanUpdates(store: Pick<UserStore, 'findAll' | 'lookUp'>, rules: FieldRules): BeginPlan {
  async function findAll(companyId: string, keys: readonly UserKey[]): Promise<User[]> {
    const serials = keys.flatMap((key) => ('serial' in key ? key.serial : []));
    const employeeIDs = keys.flatMap((key) => ('employeeID' in key ? key.employeeID : []));
    return [
      ...(serials.length > 0 ? await store.findAll(companyId, { serials }) : []),
      ...(employeeIDs.length > 0 ? await store.findAll(companyId, { employeeIDs }) : []),
    ];
  }

  return () => {
    const values = ownersInCall();
    /** By serial: as the store has them, then as the updates before leave them. */
    const users = new Map<string, User>();

    function planOne(candidate: UpdateCandidate, report: ConflictReport): Plan {
      const { by, ifVersion } = candidate.update;
      const user = [...users.values()].find((one) => isNamed(one, by));
      if (!user) {
        const problems: Problems = [
          problem('USER_NOT_FOUND', Object.keys(by)),
          ...problemsOfGiven(candidate.formProblems),
        ];
        return settled(candidate, { kind: 'refused', problems });
      }
      const plan = renewed(planChange(candidate, user, report, values), candidate, user, rules);
      if (ifVersion != null && ifVersion !== user.version) {
        const others = plan.kind === 'settled' && plan.outcome.kind === 'refused' ? plan.outcome.problems : [];
        const problems: Problems = [problem('USER_VERSION_MISMATCH', ['ifVersion']), ...others];
        return settled(candidate, { kind: 'refused', problems });
      }
      if (plan.kind === 'change') {
        users.set(user.serial, plan.after);
        moveValues(values, user, plan.after);
      }
      return plan;
    }

    return async (companyId, chunk) => {
      const candidates = chunk as readonly UpdateCandidate[];
      const keys = candidates.map(({ update }) => update.by);
      const stored = await findAll(companyId, keys);
      for (const user of stored) if (!users.has(user.serial)) users.set(user.serial, user);
      const reports = await store.lookUp(companyId, candidates.map(conflictQueryOf));
      const plans = candidates.map((candidate, at) => planOne(candidate, reports[at]!));
      const isRefused = plans.some((plan) => plan.kind === 'settled' && plan.outcome.kind === 'refused');
      // A value that seems taken may be the user's own, written by another call between the two look-ups.
      return isRefused && !isSame(stored, await findAll(companyId, keys)) ? null : plans;
    };
  };
}

/** Gives the plan of an update with a new password, which an unchanged email gets too. */
function renewed(plan: Plan, candidate: UpdateCandidate, user: User, rules: FieldRules): Plan {
  if (!candidate.update.renewsPassword) return plan;
  const { email, password } = candidate.input;
  const { fields, problems: all } = readFields({ ...user, email, password }, rules);
  const ofPassword = all.filter(({ path: [field] }) => field === 'password');
  const refused = plan.kind === 'settled' && plan.outcome.kind === 'refused' ? plan.outcome.problems : [];
  const isForm = ({ path: [field] }: Problem): boolean => candidate.formProblems.some((one) => one.path[0] === field);
  const problems = [...refused.filter(isForm), ...ofPassword, ...refused.filter((one) => !isForm(one))];
  if (isSome(problems)) return settled(candidate, { kind: 'refused', problems });
  const newPassword = { chosen: fields.password ?? null };
  if (plan.kind === 'change') return { ...plan, newPassword };
  const after = { ...user, version: user.version + 1 };
  return { kind: 'change', candidate, user, changed: [], parts: { set: {} }, after, newPassword };
}

function isNamed(user: User, by: UserKey): boolean {
  return 'serial' in by ? user.serial === by.serial : foldKey(user.employeeID) === foldKey(by.employeeID);
}

function isSame(before: readonly User[], after: readonly User[]): boolean {
  const versionsOf = (users: readonly User[]): string =>
    users
      .map(({ serial, version }) => `${serial} ${version}`)
      .toSorted()
      .join();
  return versionsOf(before) === versionsOf(after);
}
