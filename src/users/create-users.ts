import { noLimits } from '../access/limits.ts';
import { queueKeyOf } from '../passwords/hash-queue.ts';
import { mapInSlices } from '../slices.ts';
import { candidateOf } from './conflicts.ts';
import { type CreationNeeds, makeStrategies, type OnError } from './creation-strategies.ts';
import { type CreateUserInput, type FieldRules, type Problem } from './fields.ts';
import { makeIdempotentCall } from './idempotent-call.ts';
import { checkIdempotencyKey, type Idempotency } from './idempotency.ts';
import type { CreateUserOutcome, ImportUserOutcome } from './outcome.ts';

export interface CreateUsersOptions {
  /** SKIP creates the good ones, ABORT all or none. */
  onError?: OnError;
  /** Makes every check and writes nothing. */
  dryRun?: boolean;
  /** 1 to 255 visible ASCII characters; not looked at in a dry run. */
  idempotencyKey?: string | null | undefined;
}

export type CreateUsersOutcome =
  /** One for each input, in order. `replayed`: the idempotency key was known, these are the results of its first call. */
  | { kind: 'results'; results: CreateUserOutcome[]; replayed: boolean }
  /** The idempotency key refuses the call as a whole: 13101 or 13102. */
  | { kind: 'refused'; problem: Problem };

export type CreateUsers = (
  caller: { clientId: string; companyId: string },
  inputs: readonly CreateUserInput[],
  options?: CreateUsersOptions,
) => Promise<CreateUsersOutcome>;

export interface CreateUsersNeeds extends CreationNeeds {
  idempotency: Idempotency;
  rules: () => Promise<FieldRules>;
  /** Counts requested users; throws 429. */
  rateLimit: (clientId: string, users: number) => Promise<void>;
  /** The same for dry runs. */
  countDryRun?: ((clientId: string, users: number) => Promise<void>) | undefined;
}

/** Users that one call may create. */
export const batchLimit = 1_000;

/**
 * The main job, for one user or many: users of the caller's company, each whole or not at all, with its password mail in
 * the same transaction. The results are those of one call after the other, so that of two inputs with one employee ID the
 * first wins. Every problem is reported at once. Throws a Refusal for 429, 503 and a malformed idempotency key.
 */
export function makeCreateUsers({ countDryRun = noLimits.dryRuns, ...needs }: CreateUsersNeeds): CreateUsers {
  const { createEach, createAllOrNone, checkOnly } = makeStrategies(needs);
  const idempotentCall = makeIdempotentCall(needs);

  return async function createUsers(caller, inputs, options = {}) {
    const { dryRun = false, idempotencyKey = null, onError = 'SKIP' } = options;
    const key = dryRun ? null : idempotencyKey;
    if (idempotencyKey !== null) checkIdempotencyKey(idempotencyKey);
    await (dryRun ? countDryRun : needs.rateLimit)(caller.clientId, inputs.length);
    // In an overload a refusal must cost as little as possible, or it takes the time of others' creations.
    if (!dryRun && inputs.length === 1)
      needs.hasher.assertCapacity(inputs[0]!.password ? 'chosen' : 'generated', queueKeyOf(caller.clientId, 1));
    const rules = await needs.rules();
    const candidates = await mapInSlices(inputs, (input, index) => candidateOf(input, index, rules));
    const create = dryRun ? checkOnly : onError === 'ABORT' ? createAllOrNone : createEach;
    // A batch of one is the single call.
    const operation = inputs.length > 1 ? `createUsers ${onError}` : 'createUser';
    return idempotentCall(caller, key, { operation, candidates }, async (progress) =>
      (await create(caller, candidates, progress)).map(ofCall),
    );
  };
}

function ofCall(outcome: ImportUserOutcome): CreateUserOutcome {
  if (outcome.kind === 'imported') throw new Error('only the rows of an import have an import key');
  return outcome;
}
