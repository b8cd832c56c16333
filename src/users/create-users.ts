import { noLimits } from '../access/limits.ts';
import { queueKeyOf } from '../passwords/hash-queue.ts';
import { mapInSlices } from '../slices.ts';
import { candidateOf } from './conflicts.ts';
import { type CreateUserInput, type FieldRules } from './fields.ts';
import { type IdempotentCallNeeds, makeIdempotentCall, requestOf } from './idempotent-call.ts';
import { checkIdempotencyKey } from './idempotency.ts';
import type { CreateUserOutcome, CreateUsersOutcome, ImportUserOutcome, UpsertUserOutcome } from './outcome.ts';
import { makePlanCreations } from './plan.ts';
import { makeStrategies, type OnError } from './strategies.ts';
import type { WriteUsersNeeds } from './write-users.ts';
import type { Caller } from './ports.ts';

/** How to create the users of one call. */
export interface CreateUsersOptions {
  /** SKIP creates every valid user, ABORT creates all users or none. */
  onError?: OnError;
  /** Makes every check and writes nothing. */
  dryRun?: boolean;
  /** 1 to 255 visible ASCII characters; a dry run checks its form and ignores it. */
  idempotencyKey?: string | null | undefined;
}

/** Creates users in the company of the caller. */
export type CreateUsers = (
  caller: Caller,
  inputs: readonly CreateUserInput[],
  options?: CreateUsersOptions,
) => Promise<CreateUsersOutcome>;

/** The needs of a creation that a client calls. */
export interface CreateUsersNeeds extends WriteUsersNeeds, IdempotentCallNeeds {
  store: WriteUsersNeeds['store'] & IdempotentCallNeeds['store'];
  rules: () => Promise<FieldRules>;
  /** Counts requested users; throws 429. */
  rateLimit: (clientId: string, users: number) => Promise<void>;
  /** The same for dry runs. */
  countDryRun?: ((clientId: string, users: number) => Promise<void>) | undefined;
}

/** Users that one call may create. */
export const batchLimit = 1_000;

/**
 * Makes the creation of users, one or many, in the caller's company. One transaction writes each user with its password
 * mail, or writes nothing. Inputs are checked in order: when two have the same employee ID, the first wins. Every
 * problem is reported at once. Throws a Refusal for 429, for 503 and for a malformed idempotency key.
 */
export function makeCreateUsers({ countDryRun = noLimits.dryRuns, ...needs }: CreateUsersNeeds): CreateUsers {
  const { each, allOrNone, checkOnly } = makeStrategies(needs, makePlanCreations(needs.store));
  const idempotentCall = makeIdempotentCall(needs);

  return async function createUsers(caller, inputs, options = {}) {
    const { dryRun = false, idempotencyKey = null, onError = 'SKIP' } = options;
    const key = dryRun ? null : idempotencyKey;
    if (idempotencyKey !== null) checkIdempotencyKey(idempotencyKey);
    await (dryRun ? countDryRun : needs.rateLimit)(caller.clientId, inputs.length);
    // Under overload a refusal must cost little: it takes time from other callers' creations.
    if (!dryRun && inputs.length === 1)
      needs.hasher.assertCapacity(inputs[0]!.password ? 'chosen' : 'generated', queueKeyOf(caller.clientId, 1));
    const rules = await needs.rules();
    const candidates = await mapInSlices(inputs, (input, index) => candidateOf(input, index, rules));
    const create = dryRun ? checkOnly : onError === 'ABORT' ? allOrNone : each;
    // A batch of one user is the same operation as a single call.
    const operation = inputs.length > 1 ? `createUsers ${onError}` : 'createUser';
    const request = requestOf(operation, candidates);
    const outcome = await idempotentCall(caller, key, { request, candidates }, async (progress) =>
      (await create(caller, candidates, progress)).map(ofCall),
    );
    return outcome.kind === 'refused' ? outcome : { ...outcome, results: outcome.results.map(ofCreation) };
  };
}

/** Narrows an outcome to those of calls. */
export function ofCall(outcome: ImportUserOutcome): UpsertUserOutcome {
  if (outcome.kind === 'imported') throw new Error('only the rows of an import have an import key');
  return outcome;
}

function ofCreation(outcome: UpsertUserOutcome): CreateUserOutcome {
  if (outcome.kind === 'updated' || outcome.kind === 'unchanged') throw new Error('a creation changes nobody');
  return outcome;
}
