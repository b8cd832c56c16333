import { Refusal, unavailable } from '../errors/error-dictionary.ts';
import type { Candidate, UsedKeys } from './conflicts.ts';
import { progressOf, type Reservation, settledAs } from './idempotency.ts';
import { type ImportUserOutcome, unavailableOutcome, validOutcome, type WellFormed } from './outcome.ts';
import { type BeginPlan, isStep, type Plan, type PlanChunk } from './plan.ts';
import { type Lost, makeWriteUsers, type WriteUsersNeeds } from './write-users.ts';
import type { Caller } from './ports.ts';

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
const maxChunk = { users: 200, tags: 2_000 };
/** A round repeats only when another call wrote first, or for a serial that exists; the next plan sees what is new. */
const maxRounds = 10;

/** Makes the three ways to settle the inputs of a call: each by itself, all or none, and check only. */
export function makeStrategies(needs: WriteUsersNeeds, beginPlan: BeginPlan) {
  const writeUsers = makeWriteUsers(needs);

  /** Writes every valid user, even when others are refused. */
  const each: Strategy = async (caller, candidates, { settled, reservation }) => {
    let outcomes = [...settled];
    let isRecorded = reservation === null;
    for (const chunk of chunksOf(candidates.filter(({ index }) => outcomes[index] === null))) {
      let open = chunk;
      for (let round = 1; open.length > 0; round++) {
        const plans = await refusalAsValue(beginPlan()(caller.companyId, open));
        if (plans instanceof Refusal) return stopped(outcomes, plans);
        const progress = (written: readonly (Outcome | Lost)[]) => {
          const all = outcomesAfter(outcomes, plans, written).map(settledAs);
          isRecorded = !all.includes(null);
          return progressOf(all);
        };
        const written = await writeUsers(caller, plans.filter(isStep), { allOrNone: false, reservation, progress });
        if (written.kind === 'unavailable') return stopped(outcomesAfter(outcomes, plans, []), written.refusal);
        const isLast = round === maxRounds;
        outcomes = outcomesAfter(outcomes, plans, isLast ? written.outcomes.map(asRefused) : written.outcomes);
        open = open.filter(({ index }) => outcomes[index] === null);
        if (isLast && open.length > 0)
          return stopped(outcomes, unavailable('contention', 'other calls kept changing the same users'));
      }
    }
    if (!isRecorded && outcomes.some(isWritten)) await reservation!.note(outcomes.map(settledAs));
    return settledOutcomes(outcomes);
  };

  /** Writes all users in one transaction, or none: then the users without a problem are `valid`. */
  const allOrNone: Strategy = async (caller, candidates, { reservation }) => {
    const none = candidates.map(() => null);
    for (let round = 1; round <= maxRounds; round++) {
      const plans = await planAll(caller, candidates, beginPlan());
      if (!plans.every(isStep)) return plans.map(validIfGood);
      const progress = (written: readonly (Outcome | Lost)[]) =>
        progressOf(outcomesAfter(none, plans, written).map(settledAs));
      const written = await writeUsers(caller, plans, { allOrNone: true, reservation, progress });
      if (written.kind === 'unavailable') throw written.refusal;
      if (!written.outcomes.some(isLost)) return settledOutcomes(outcomesAfter(none, plans, written.outcomes));
    }
    throw unavailable('contention', 'other calls kept changing the same users');
  };

  /** Makes every check and writes nothing: users without a problem are `valid`. */
  const checkOnly: Strategy = async (caller, candidates, { usedKeys }) =>
    (await planAll(caller, candidates, beginPlan(usedKeys))).map(validIfGood);

  return { each, allOrNone, checkOnly };
}

/** Plans chunk by chunk; a chunk is planned as if those before it were written. */
async function planAll({ companyId }: Caller, candidates: readonly Candidate[], plan: PlanChunk): Promise<Plan[]> {
  const plans: Plan[] = [];
  for (const chunk of chunksOf(candidates)) plans.push(...(await plan(companyId, chunk)));
  return plans;
}

/**
 * Returns the outcomes of a call after the steps of a plan. What was planned behind a lost step stays open, because it
 * was planned as if that step were written.
 * @param written one for each step, in order; none if they were not tried
 */
function outcomesAfter(
  before: readonly (Outcome | null)[],
  plans: readonly Plan[],
  written: readonly (Outcome | Lost)[],
): (Outcome | null)[] {
  const outcomes = [...before];
  const nextWritten = written.values();
  let isAfterLost = false;
  for (const plan of plans) {
    const outcome = isStep(plan) ? nextWritten.next().value : plan.outcome;
    if (outcome?.kind === 'lost') isAfterLost = true;
    else if (outcome && (isStep(plan) || !isAfterLost)) outcomes[plan.candidate.index] = outcome;
  }
  return outcomes;
}

/** The constraint has the last word: no look-up finds what it saw. */
function asRefused(outcome: Outcome | Lost): Outcome | Lost {
  return isLost(outcome) && outcome.problem ? { kind: 'refused', problems: [outcome.problem] } : outcome;
}

function validIfGood(plan: Plan): Outcome {
  return isStep(plan) ? validOutcome(plan.candidate.fields as WellFormed) : plan.outcome;
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
  return outcome?.kind === 'created';
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
