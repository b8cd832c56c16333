import { type Candidate, problem } from './conflicts.ts';
import type { Progressing } from './strategies.ts';
import type { CreateUserInput, Problem } from './fields.ts';
import { type Idempotency, LostHold, type Settled, valueNaming } from './idempotency.ts';
import { passwordDeliveryOf, type Problems, type UpsertUserOutcome, type UpsertUsersOutcome } from './outcome.ts';
import type { UserStore, Caller } from './ports.ts';

/** The needs of a call with an idempotency key. */
export interface IdempotentCallNeeds {
  store: Pick<UserStore, 'findAll'>;
  idempotency: Idempotency;
}

/**
 * Makes the call that writes once per idempotency key: the same call again gets the results of the first. If a call
 * died before its end, the next one with its key continues from the outcomes that it had settled.
 */
export function makeIdempotentCall({ store, idempotency }: IdempotentCallNeeds) {
  /** @param request what is compared with other calls of the key, see `requestOf` */
  return async function idempotentCall(
    caller: Caller,
    key: string | null,
    { request, candidates }: { request: unknown; candidates: readonly Candidate[] },
    write: (progress: Progressing) => Promise<UpsertUserOutcome[]>,
  ): Promise<UpsertUsersOutcome> {
    const none = candidates.map(() => null);
    if (key === null)
      return { kind: 'results', results: await write({ settled: none, reservation: null }), replayed: false };
    const refused = (name: 'IDEMPOTENCY_KEY_REUSED' | 'IDEMPOTENCY_KEY_IN_USE'): UpsertUsersOutcome => ({
      kind: 'refused',
      problem: problem(name, ['idempotencyKey']),
    });
    const begun = await idempotency.begin(caller.clientId, key, request);
    if (begun.kind === 'refused') return refused(begun.name);
    if (begun.kind === 'replayed') {
      const results = (await recall(caller, begun.settled, candidates)).filter((result) => result !== null);
      return { kind: 'results', results, replayed: true };
    }
    const { reservation } = begun;
    try {
      const settled = begun.settled ? await recall(caller, begun.settled, candidates) : none;
      return { kind: 'results', results: await write({ settled, reservation }), replayed: false };
    } catch (error) {
      if (error instanceof LostHold) return refused('IDEMPOTENCY_KEY_IN_USE');
      throw error;
    } finally {
      await reservation.release();
    }
  };

  /** Returns the outcomes of an earlier call; null for an input that it did not settle. */
  async function recall(
    caller: Caller,
    settled: readonly Settled[],
    candidates: readonly Candidate[],
  ): Promise<(UpsertUserOutcome | null)[]> {
    const serials = settled.flatMap((one) => serialIn(one) ?? []);
    const found = serials.length > 0 ? await store.findAll(caller.companyId, { serials }) : [];
    const users = new Map(found.map((user) => [user.serial, user]));
    return settled.map((one, at): UpsertUserOutcome | null => {
      if (one === null) return null;
      if (Array.isArray(one)) return { kind: 'refused', problems: one.map(sentenceFrom(candidates[at]!)) as Problems };
      const user = users.get(serialIn(one)!);
      // The user was erased since.
      if (!user) return { kind: 'refused', problems: [problem('USER_NOT_FOUND', ['employeeID'])] };
      if (typeof one === 'string') return { kind: 'created', user, passwordDelivery: passwordDeliveryOf(user) };
      const { changed, passwordDelivery } = one;
      return changed.length > 0 ? { kind: 'updated', user, changed, passwordDelivery } : { kind: 'unchanged', user };
    });
  }
}

/** Makes the function that gives a problem the sentence with the value, which the same request has again. */
function sentenceFrom({ formProblems }: Candidate): (recorded: Problem) => Problem {
  return (recorded) =>
    recorded.name === valueNaming ? (formProblems.find(({ name }) => name === valueNaming) ?? recorded) : recorded;
}

function serialIn(settled: Settled): string | null {
  if (settled === null || Array.isArray(settled)) return null;
  return typeof settled === 'string' ? settled : settled.serial;
}

/** Returns what is compared with other calls of a key: normalised fields, malformed ones unchanged. */
export function requestOf(operation: string, candidates: readonly Candidate[]): unknown {
  return [operation, candidates.map(normalised)];
}

function normalised({ fields, input }: Candidate): unknown {
  return Object.entries(fields).map(([name, value]) =>
    value === undefined ? { given: input[name as keyof CreateUserInput] } : value,
  );
}
