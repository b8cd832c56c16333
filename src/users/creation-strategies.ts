import { Refusal, unavailable } from '../errors/error-dictionary.ts';
import { type Candidate, isSome, noKeys, problemsOf, type UsedKeys, conflictQueryOf } from './conflicts.ts';
import { progressOf, type Reservation, type Settled, settledAs } from './idempotency.ts';
import { type ImportUserOutcome, unavailableOutcome, validOutcome, type WellFormed } from './outcome.ts';
import { makeWriteUsers, type WriteUsersNeeds } from './write-users.ts';
import type { Caller } from './ports.ts';

/** Whether a batch creates its valid users or nothing when some are refused. */
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

/** Settles each candidate and returns the outcomes in order. Throws a Refusal only when nothing was created. */
export type Strategy = (caller: Caller, candidates: readonly Candidate[], progress: Progressing) => Promise<Outcome[]>;

/** The most users, and tags of users, in one look-up and one transaction: it holds SQLite's only writer for some ms. */
const maxChunk = { users: 200, tags: 2_000 };
/** A round repeats only when another call wrote first; the next look-up sees what it wrote. */
const maxRounds = 10;

/** Makes the three ways to create: each user by itself, all or none, and check only. */
export function makeStrategies(needs: WriteUsersNeeds) {
  const writeUsers = makeWriteUsers(needs);

  /** Creates every valid user, even when others are refused. */
  const createEach: Strategy = async (caller, candidates, { settled, reservation }) => {
    const outcomes = [...settled];
    const usedKeys = noKeys();
    let isRecorded = reservation === null;
    const record = reservation && {
      hold: reservation.hold,
      progress: (written: readonly Candidate[], theirs: readonly Settled[]) => {
        const all = outcomes.map(settledAs);
        for (const [at, { index }] of written.entries()) all[index] = theirs[at]!;
        isRecorded = !all.includes(null);
        return progressOf(all);
      },
    };
    const put = (some: readonly Candidate[], theirs: readonly (Outcome | null)[]): void => {
      for (const [at, { index }] of some.entries()) outcomes[index] = theirs[at]!;
    };
    for (const chunk of chunksOf(candidates.filter(({ index }) => outcomes[index] === null))) {
      const checked = await refusalAsValue(check(caller, chunk, usedKeys));
      if (checked instanceof Refusal) return stopped(outcomes, checked);
      put(chunk, checked);
      const good = chunk.filter(({ index }) => outcomes[index] === null);
      if (good.length === 0) continue;
      const written = await writeUsers(caller, good, { allOrNone: false, reservation, record });
      put(good, written.outcomes);
      if (written.refusal) return stopped(outcomes, written.refusal);
    }
    if (!isRecorded && outcomes.some(isCreated)) await reservation!.note(outcomes.map(settledAs));
    return settledOutcomes(outcomes);
  };

  /** Creates all users in one transaction, or none: then the users without a problem are `valid`. */
  const createAllOrNone: Strategy = async (caller, candidates, { reservation }) => {
    const record = reservation && {
      hold: reservation.hold,
      progress: (_: readonly Candidate[], theirs: readonly Settled[]) => progressOf(theirs),
    };
    for (let round = 0; round < maxRounds; round++) {
      const checked = await checkAll(caller, candidates, noKeys());
      if (checked.some((outcome) => outcome !== null)) return validIfGood(candidates, checked);
      const { outcomes, refusal } = await writeUsers(caller, candidates, { allOrNone: true, reservation, record });
      if (refusal) throw refusal;
      if (!outcomes.includes(null)) return settledOutcomes(outcomes);
    }
    throw unavailable('other calls kept taking the same values');
  };

  /** Makes every check and writes nothing: users without a problem are `valid`. */
  const checkOnly: Strategy = async (caller, candidates, { usedKeys = noKeys() }) =>
    validIfGood(candidates, await checkAll(caller, candidates, usedKeys));

  async function checkAll(
    caller: Caller,
    candidates: readonly Candidate[],
    usedKeys: UsedKeys,
  ): Promise<(Outcome | null)[]> {
    const checked: (Outcome | null)[] = [];
    for (const chunk of chunksOf(candidates)) checked.push(...(await check(caller, chunk, usedKeys)));
    return checked;
  }

  /** Returns null for a candidate without a problem; its keys join the used ones. */
  async function check(
    { companyId }: Caller,
    chunk: readonly Candidate[],
    usedKeys: UsedKeys,
  ): Promise<(Outcome | null)[]> {
    const reports = await needs.store.lookUp(companyId, chunk.map(conflictQueryOf));
    return chunk.map((candidate, at) => {
      const report = reports[at]!;
      const problems = problemsOf(candidate, report, usedKeys);
      if (report.imported) return { kind: 'imported' };
      return isSome(problems) ? { kind: 'refused', problems } : null;
    });
  }

  return { createEach, createAllOrNone, checkOnly };
}

function validIfGood(candidates: readonly Candidate[], checked: readonly (Outcome | null)[]): Outcome[] {
  return candidates.map(({ fields }, at) => checked[at] ?? validOutcome(fields as WellFormed));
}

/** Reports the users that were created; every input that was not tried is `unavailable`. Throws if none was created. */
function stopped(outcomes: readonly (Outcome | null)[], refusal: Refusal): Outcome[] {
  if (!outcomes.some(isCreated)) throw refusal;
  return outcomes.map((outcome) => outcome ?? unavailableOutcome(refusal));
}

function settledOutcomes(outcomes: readonly (Outcome | null)[]): Outcome[] {
  return outcomes.map((outcome, index) => {
    if (outcome === null) throw new Error(`input ${index} was not settled`);
    return outcome;
  });
}

function isCreated(outcome: Outcome | null): boolean {
  return outcome?.kind === 'created';
}

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
