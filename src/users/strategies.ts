import { Refusal, unavailable } from '../errors/error-dictionary.ts';
import type { Candidate, UsedKeys } from './conflicts.ts';
import { progressOf, type Reservation, settledAs } from './idempotency.ts';
import { type ImportUserOutcome, passwordDeliveryOf, unavailableOutcome, type WellFormed } from './outcome.ts';
import { type BeginPlan, isStep, type Plan } from './plan.ts';
import { type Lost, makeWriteUsers, type WriteUsersNeeds } from './write-users.ts';
import { type Caller, foldKey, type User } from './ports.ts';

/** Whether a batch writes its valid users or nothing when some are refused. */
export type OnError = 'SKIP' | 'ABORT';
type Outcome = ImportUserOutcome;

/** The progress of an earlier call with the same idempotency key, and the hold on that key. */
export interface Progressing {
  /** One outcome for each candidate; null is not settled yet. */
  settled: readonly (Outcome | null)[];
  reservation: Reservation | null;
  /** For a dry run: the keys of the users that earlier dry runs would have created. Its own keys join them. */
  usedKeys?: UsedKeys;
}

/** Settles each candidate and returns the outcomes in order. Throws a Refusal only when nothing was written. */
export type Strategy = (caller: Caller, candidates: readonly Candidate[], progress: Progressing) => Promise<Outcome[]>;

/** The most users, and tags of users, in one look-up and one transaction: it holds SQLite's only writer for some ms. */
export const maxChunk = { users: 200, tags: 2_000 };
/** A round repeats only when another call wrote first, or for a serial that exists; the next plan sees what is new. */
const usualRounds = 10;

/**
 * Makes the ways to settle the inputs of a call: each by itself, all or none, and check only.
 * @param maxRounds of calls that write to the same users at once, one wins a round
 */
export function makeStrategies(needs: WriteUsersNeeds, beginPlan: BeginPlan, maxRounds = usualRounds) {
  const writeUsers = makeWriteUsers(needs);

  /** Writes every valid user, even when others are refused. */
  const each: Strategy = async (caller, candidates, { settled, reservation }) => {
    let outcomes = [...settled];
    let isRecorded = reservation === null;
    for (const chunk of chunksOf(candidates.filter(({ index }) => outcomes[index] === null))) {
      let open = chunk;
      for (let round = 1; open.length > 0 && round <= maxRounds; round++) {
        const plans = await refusalAsValue(beginPlan()(caller.companyId, open));
        if (plans instanceof Refusal) return stopped(outcomes, plans);
        if (!plans) continue;
        const progress = (written: readonly (Outcome | Lost)[]) => {
          const all = outcomesAfter(outcomes, plans, written).map(settledAs);
          isRecorded = !all.includes(null);
          return progressOf(all);
        };
        const written = await writeUsers(caller, plans.filter(isStep), { allOrNone: false, reservation, progress });
        if (written.kind === 'unavailable') return stopped(outcomesAfter(outcomes, plans, []), written.refusal);
        const theirs = round === maxRounds ? written.outcomes.map(asRefused) : written.outcomes;
        outcomes = outcomesAfter(outcomes, plans, theirs);
        open = open.filter(({ index }) => outcomes[index] === null);
      }
      if (open.length > 0) return stopped(outcomes, contention());
    }
    if (!isRecorded && outcomes.some(isDone)) await reservation!.note(outcomes.map(settledAs));
    return settledOutcomes(outcomes);
  };

  /** Writes all users in one transaction, or none: then the users without a problem are `valid`. */
  const allOrNone: Strategy = async (caller, candidates, { reservation }) => {
    const none = candidates.map(() => null);
    for (let round = 1; round <= maxRounds; round++) {
      const plans = await planAll(caller, candidates);
      if (plans.some(isRefused)) return plans.map(validIfGood);
      const progress = (written: readonly (Outcome | Lost)[]) =>
        progressOf(outcomesAfter(none, plans, written).map(settledAs));
      const steps = plans.filter(isStep);
      const written = await writeUsers(caller, steps, { allOrNone: true, reservation, progress });
      if (written.kind === 'unavailable') throw written.refusal;
      if (written.outcomes.some(isLost)) continue;
      const outcomes = settledOutcomes(outcomesAfter(none, plans, written.outcomes));
      if (steps.length === 0) await reservation?.note(outcomes.map(settledAs));
      return outcomes;
    }
    throw contention();
  };

  /** Makes every check and writes nothing: users without a problem are `valid`. */
  const checkOnly: Strategy = async (caller, candidates, { usedKeys }) =>
    (await planAll(caller, candidates, usedKeys)).map(validIfGood);

  /**
   * Finds the inputs that say what is stored: their outcomes by index, and how many others there are, which a rate
   * limit counts. An input behind another one of the same user is left open.
   */
  const findUnchanged = async (caller: Caller, candidates: readonly Candidate[]) => {
    const unchanged = new Map<number, Outcome>();
    const touched = new Set<string>();
    let others = 0;
    for (const plan of await planAll(caller, candidates)) {
      const { fields, index } = plan.candidate;
      const key = foldKey(fields.employeeID ?? '');
      const isUnchanged = plan.kind === 'settled' && plan.outcome.kind === 'unchanged';
      if (!isUnchanged) others++;
      if (isUnchanged && !touched.has(key)) unchanged.set(index, plan.outcome);
      else touched.add(key);
    }
    return { unchanged, others };
  };

  /** Plans chunk by chunk; a chunk is planned as if those before it were written. */
  async function planAll(
    { companyId }: Caller,
    candidates: readonly Candidate[],
    usedKeys?: UsedKeys,
  ): Promise<Plan[]> {
    for (let round = 1; round <= maxRounds; round++) {
      const plan = beginPlan(usedKeys);
      const plans: (Plan[] | null)[] = [];
      for (const chunk of chunksOf(candidates)) plans.push(await plan(companyId, chunk));
      if (plans.every((some) => some !== null)) return plans.flat();
    }
    throw contention();
  }

  return { each, allOrNone, checkOnly, findUnchanged };
}

function contention(): Refusal {
  return unavailable('contention', 'other calls kept changing the same users');
}

/**
 * Returns the outcomes of a call after the steps of a plan. What was planned behind a step that was not written stays
 * open, because it was planned as if it were.
 * @param written one for each step, in order; none if they were not tried
 */
function outcomesAfter(
  before: readonly (Outcome | null)[],
  plans: readonly Plan[],
  written: readonly (Outcome | Lost)[],
): (Outcome | null)[] {
  const outcomes = [...before];
  const nextWritten = written.values();
  const users = new Map<string, User>();
  let isLostBefore = false;
  for (const plan of plans) {
    const outcome = isStep(plan) ? nextWritten.next().value : plan.outcome;
    if (!outcome || outcome.kind === 'lost') isLostBefore = true;
    else if (isStep(plan)) {
      if (outcome.kind === 'created' || outcome.kind === 'updated') users.set(outcome.user.serial, outcome.user);
      outcomes[plan.candidate.index] = outcome;
    } else if (!isLostBefore) {
      const user = outcome.kind === 'unchanged' ? users.get(outcome.user.serial) : undefined;
      // As a step before it in this plan left the user.
      outcomes[plan.candidate.index] = user ? { kind: 'unchanged', user } : outcome;
    }
  }
  return outcomes;
}

/** The constraint has the last word: no look-up finds what it saw. */
function asRefused(outcome: Outcome | Lost): Outcome | Lost {
  return isLost(outcome) && outcome.problem ? { kind: 'refused', problems: [outcome.problem] } : outcome;
}

function isRefused(plan: Plan): boolean {
  return plan.kind === 'settled' && plan.outcome.kind !== 'unchanged';
}

function validIfGood(plan: Plan): Outcome {
  switch (plan.kind) {
    case 'create': {
      const fields = plan.candidate.fields as WellFormed;
      return { kind: 'valid', action: 'CREATE', changed: [], fields, passwordDelivery: passwordDeliveryOf(fields) };
    }
    case 'change': {
      const { after: fields, changed, newPassword } = plan;
      const passwordDelivery = newPassword ? 'EMAIL' : 'NONE';
      return { kind: 'valid', action: 'UPDATE', changed, fields, passwordDelivery };
    }
    case 'settled': {
      if (plan.outcome.kind !== 'unchanged') return plan.outcome;
      return { kind: 'valid', action: 'NOTHING', changed: [], fields: plan.outcome.user, passwordDelivery: 'NONE' };
    }
  }
}

/** Reports what was written; every input that was not tried is `unavailable`. Throws if nothing was written. */
function stopped(outcomes: readonly (Outcome | null)[], refusal: Refusal): Outcome[] {
  if (!outcomes.some(isWritten)) throw refusal;
  return outcomes.map((outcome) => outcome ?? unavailableOutcome(refusal));
}

function settledOutcomes(outcomes: readonly (Outcome | null)[]): Outcome[] {
  return outcomes.map((outcome, index) => {
    if (outcome === null) throw new Error(`input ${index} was not settled`);
    return outcome;
  });
}

function isWritten(outcome: Outcome | null): boolean {
  return outcome?.kind === 'created' || outcome?.kind === 'updated';
}

/** Whether the record of an idempotency key must know it. */
function isDone(outcome: Outcome | null): boolean {
  return isWritten(outcome) || outcome?.kind === 'unchanged';
}

function isLost(outcome: Outcome | Lost): outcome is Lost {
  return outcome.kind === 'lost';
}

/** Divides candidates into chunks that are written together. */
function* chunksOf(candidates: readonly Candidate[]): Generator<readonly Candidate[]> {
  let users: Candidate[] = [];
  let tagCount = 0;
  for (const candidate of candidates) {
    const tags = candidate.fields.tagSerials?.length ?? 0;
    if (users.length > 0 && (users.length === maxChunk.users || tagCount + tags > maxChunk.tags)) {
      yield users;
      users = [];
      tagCount = 0;
    }
    users.push(candidate);
    tagCount += tags;
  }
  if (users.length > 0) yield users;
}

async function refusalAsValue<T>(work: Promise<T>): Promise<T | Refusal> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
