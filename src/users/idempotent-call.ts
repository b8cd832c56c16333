import { type Candidate, problem } from './conflicts.ts';
import type { Progressing } from './strategies.ts';
import type { CreateUserInput } from './fields.ts';
import { type Idempotency, LostHold, type Settled } from './idempotency.ts';
import { type CreateUserOutcome, passwordDeliveryOf, type CreateUsersOutcome } from './outcome.ts';
import type { UserStore, Caller } from './ports.ts';

/** The needs of a call with an idempotency key. */
export interface IdempotentCallNeeds {
  store: Pick<UserStore, 'findAll'>;
  idempotency: Idempotency;
}

/**
 * Makes the call that creates once per idempotency key: the same call again gets the results of the first. If a call
 * died before its end, the next one with its key continues from the outcomes that it had settled.
 */
export function makeIdempotentCall({ store, idempotency }: IdempotentCallNeeds) {
  return async function idempotentCall(
    caller: Caller,
    key: string | null,
    { operation, candidates }: { operation: string; candidates: readonly Candidate[] },
    create: (progress: Progressing) => Promise<CreateUserOutcome[]>,
  ): Promise<CreateUsersOutcome> {
    const none = candidates.map(() => null);
    if (key === null)
      return { kind: 'results', results: await create({ settled: none, reservation: null }), replayed: false };
    const refused = (name: 'IDEMPOTENCY_KEY_REUSED' | 'IDEMPOTENCY_KEY_IN_USE'): CreateUsersOutcome => ({
      kind: 'refused',
      problem: problem(name, ['idempotencyKey']),
    });
    const begun = await idempotency.begin(caller.clientId, key, [operation, candidates.map(normalised)]);
    if (begun.kind === 'refused') return refused(begun.name);
    if (begun.kind === 'replayed') {
      const results = (await recall(caller, begun.settled)).filter((result) => result !== null);
      return { kind: 'results', results, replayed: true };
    }
    const { reservation } = begun;
    try {
      const settled = begun.settled ? await recall(caller, begun.settled) : none;
      return { kind: 'results', results: await create({ settled, reservation }), replayed: false };
    } catch (error) {
      if (error instanceof LostHold) return refused('IDEMPOTENCY_KEY_IN_USE');
      throw error;
    } finally {
      await reservation.release();
    }
  };

  /** Returns the outcomes of an earlier call; null for an input that it did not settle. */
  async function recall(caller: Caller, settled: readonly Settled[]): Promise<(CreateUserOutcome | null)[]> {
    const serials = settled.filter((one) => typeof one === 'string');
    const found = serials.length > 0 ? await store.findAll(caller.companyId, { serials }) : [];
    const users = new Map(found.map((user) => [user.serial, user]));
    return settled.map((one) => {
      if (one === null) return null;
      if (typeof one !== 'string') return { kind: 'refused', problems: one };
      const user = users.get(one)!;
      return { kind: 'created', user, passwordDelivery: passwordDeliveryOf(user) };
    });
  }
}

/** Returns the part of a call that is compared with others of its key: normalised fields, malformed ones unchanged. */
function normalised({ fields, input }: Candidate): unknown {
  return Object.entries(fields).map(([name, value]) =>
    value === undefined ? { given: input[name as keyof CreateUserInput] } : value,
  );
}
