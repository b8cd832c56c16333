import { noLimits } from '../access/limits.ts';
import { queueKeyOf } from '../passwords/hash-queue.ts';
import { mapInSlices } from '../slices.ts';
import { type CreateUsersNeeds, ofCall } from './create-users.ts';
import { makeIdempotentCall, requestOf } from './idempotent-call.ts';
import { checkIdempotencyKey } from './idempotency.ts';
import type { UpsertUsersOutcome } from './outcome.ts';
import { makePlanUpdates, updateCandidateOf, type UserUpdate } from './plan-updates.ts';
import type { Caller } from './ports.ts';
import { makeStrategies } from './strategies.ts';
import { fieldNames } from './user-fields.ts';

/** So many calls may change one user at once, and all of them are answered. */
const maxRounds = 100;

/** How to change the users of one call. */
export interface UpdateUsersOptions {
  /** Makes every check and writes nothing. */
  dryRun?: boolean;
  /** 1 to 255 visible ASCII characters; a dry run checks its form and ignores it. */
  idempotencyKey?: string | null | undefined;
}

/** Changes users in the company of the caller. */
export type UpdateUsers = (
  caller: Caller,
  updates: readonly UserUpdate[],
  options?: UpdateUsersOptions,
) => Promise<UpsertUsersOutcome>;

/**
 * Makes the change of users, one or many, in the caller's company, as if one after the other. What an update does not
 * give stays, null clears. A new email is a new password, mailed to it; mails that wait for the old one are deleted.
 * A user who is as the update says is `unchanged`, and nothing is written. Throws a Refusal as `createUsers` does.
 */
export function makeUpdateUsers(needs: CreateUsersNeeds): UpdateUsers {
  const { countDryRun = noLimits.dryRuns } = needs;
  const idempotentCall = makeIdempotentCall(needs);

  return async function updateUsers(caller, updates, { dryRun = false, idempotencyKey = null } = {}) {
    if (idempotencyKey !== null) checkIdempotencyKey(idempotencyKey);
    await (dryRun ? countDryRun : needs.rateLimit)(caller.clientId, updates.length);
    const [first] = updates;
    // Under overload a refusal must cost little: it takes time from other callers' creations.
    if (!dryRun && updates.length === 1 && first!.input.email)
      needs.hasher.assertCapacity(first!.input.password ? 'chosen' : 'generated', queueKeyOf(caller.clientId, 1));
    const rules = await needs.rules();
    const candidates = await mapInSlices(updates, (update, index) => updateCandidateOf(update, index, rules));
    const { each, checkOnly } = makeStrategies(needs, makePlanUpdates(needs.store, rules), maxRounds);
    // Absent stays and null clears: the same fields without a value are another request.
    const about = updates.map(({ by, input, ifVersion, renewsPassword }) => ({
      by,
      ifVersion,
      renewsPassword,
      given: fieldNames.filter((name) => input[name] !== undefined),
    }));
    const request = [requestOf('updateUsers', candidates), about];
    return idempotentCall(caller, dryRun ? null : idempotencyKey, { request, candidates }, async (progress) =>
      (await (dryRun ? checkOnly : each)(caller, candidates, progress)).map(ofCall),
    );
  };
}
