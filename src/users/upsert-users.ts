import { noLimits } from '../access/limits.ts';
import { mapInSlices } from '../slices.ts';
import { makeTurns } from '../turns.ts';
import { candidateOf } from './conflicts.ts';
import { type CreateUsersNeeds, type CreateUsersOptions, ofCall } from './create-users.ts';
import type { CreateUserInput } from './fields.ts';
import { makeIdempotentCall, requestOf } from './idempotent-call.ts';
import { checkIdempotencyKey } from './idempotency.ts';
import type { UpsertUsersOutcome } from './outcome.ts';
import { makePlanUpserts, type UpsertMode } from './plan-upserts.ts';
import type { Caller, UserStore } from './ports.ts';
import { makeStrategies, maxChunk } from './strategies.ts';
import { fieldNames } from './user-fields.ts';
import type { WriteUsersNeeds } from './write-users.ts';

/** How long a call waits for those of its company before it. A stop gives it less than twice that time. */
const maxWaitMs = 4_500;

/** How to create or change the users of one call. */
export interface UpsertUsersOptions extends CreateUsersOptions {
  mode?: UpsertMode;
}

/** Creates users in the company of the caller, and changes those who are there. */
export type UpsertUsers = (
  caller: Caller,
  inputs: readonly CreateUserInput[],
  options?: UpsertUsersOptions,
) => Promise<UpsertUsersOutcome>;

/** The needs of a call that creates or changes. */
export interface UpsertUsersNeeds extends CreateUsersNeeds {
  /** Counts the inputs that are looked up; throws 429. */
  countReads?: ((clientId: string, users: number) => Promise<void>) | undefined;
}

/** Makes the strategies of both modes. */
export function makeUpsertStrategies(needs: WriteUsersNeeds & { store: Pick<UserStore, 'findAll'> }) {
  const ofMode = (mode: UpsertMode) => makeStrategies(needs, makePlanUpserts(needs.store, mode));
  return { CREATE_OR_UPDATE: ofMode('CREATE_OR_UPDATE'), UPDATE_ONLY: ofMode('UPDATE_ONLY') };
}

/**
 * Makes the call that creates or changes users, one or many, in the caller's company, by employee ID and as if one
 * after the other; large calls of a company, in one process, too. What an input does not have stays as it is. A user
 * who is as the input says is only looked up: it writes nothing and counts in the limit of reads alone
 * (docs/decisions/0091). Throws a Refusal as `createUsers` does.
 */
export function makeUpsertUsers(needs: UpsertUsersNeeds): UpsertUsers {
  const { countDryRun = noLimits.dryRuns, countReads = async () => undefined } = needs;
  const strategies = makeUpsertStrategies(needs);
  const idempotentCall = makeIdempotentCall(needs);
  const inTurn = makeTurns(maxWaitMs);

  return async function upsertUsers(caller, inputs, options = {}) {
    const { mode = 'CREATE_OR_UPDATE', dryRun = false, idempotencyKey = null, onError = 'SKIP' } = options;
    if (idempotencyKey !== null) checkIdempotencyKey(idempotencyKey);
    await (dryRun ? countDryRun : countReads)(caller.clientId, inputs.length);
    const rules = await needs.rules();
    const candidates = await mapInSlices(inputs, (input, index) => candidateOf(input, index, rules));
    const { each, allOrNone, checkOnly, findUnchanged } = strategies[mode];
    // Absent stays and null clears: the same fields without a value are another request.
    const absent = inputs.map((input) => fieldNames.filter((name) => input[name] === undefined));
    const request = [requestOf(`upsertUsers ${mode} ${onError}`, candidates), absent];
    return idempotentCall(caller, dryRun ? null : idempotencyKey, { request, candidates }, async (progress) => {
      if (dryRun) return (await checkOnly(caller, candidates, progress)).map(ofCall);
      const work = async () => {
        const open = candidates.filter(({ index }) => progress.settled[index] === null);
        const { unchanged, others } = await findUnchanged(caller, open);
        if (others > 0) await needs.rateLimit(caller.clientId, others);
        const settled = progress.settled.map((outcome, index) => outcome ?? unchanged.get(index) ?? null);
        const write = onError === 'ABORT' && others > 0 ? allOrNone : each;
        return (await write(caller, candidates, { ...progress, settled })).map(ofCall);
      };
      // One chunk is one transaction.
      return inputs.length > maxChunk.users ? inTurn(caller.companyId, work) : work();
    });
  };
}
