import { requireScope } from '../../../access/scope.ts';
import { batchLimit } from '../../../users/create-users.ts';
import { isImportKey } from '../../../users/idempotency.ts';
import type { UpsertUserOutcome } from '../../../users/outcome.ts';
import { noteOutcomes, noteRefusal } from '../../http/exchange.ts';
import { badInput } from './bad-input.ts';
import { builder } from './builder.ts';
import { UserUnchangedRef, UserUpdatedRef } from './changed-user.ts';
import { CreateUserInputRef, tagsIn } from './create-user-input.ts';
import { type Failed, isFailed, optionDescriptions, resultsOf, UserCreatedRef, UserValidRef } from './create-user.ts';
import { averageOf, listOf, OnErrorRef } from './create-users.ts';
import type { Lengths } from './extensions.ts';
import { keyOfMutation } from './idempotency-key.ts';
import { paced } from './paced.ts';
import { errorType } from './problem.ts';

const UpsertModeRef = builder.enumType('UpsertMode', {
  description: 'What becomes of an input whose employee ID no user has.',
  values: { CREATE_OR_UPDATE: { description: 'Creates the user.' }, UPDATE_ONLY: { description: 'Answers 10105.' } },
});

const UpsertUserErrorRef = errorType<Failed>('UpsertUserError', 'Nothing was created or changed.');

const types = {
  created: UserCreatedRef,
  updated: UserUpdatedRef,
  unchanged: UserUnchangedRef,
  valid: UserValidRef,
  refused: UpsertUserErrorRef,
  unavailable: UpsertUserErrorRef,
} as const;

const UpsertUserResultRef = builder.unionType('UpsertUserResult', {
  description: 'The user, or every reason why nothing was written; in a dry run the user as it would be.',
  types: [UserCreatedRef, UserUpdatedRef, UserUnchangedRef, UserValidRef, UpsertUserErrorRef],
  resolveType: ({ kind }: UpsertUserOutcome) => types[kind],
});

const count = (kind: UpsertUserOutcome['kind']) => (answer: { results: UpsertUserOutcome[] }) =>
  answer.results.filter((result) => result.kind === kind).length;

const UpsertUsersResultRef = builder
  .objectRef<{ results: UpsertUserOutcome[]; replayed: boolean }>('UpsertUsersResult')
  .implement({
    description: 'What became of each input of a batch.',
    fields: (t) => ({
      results: t.field({
        type: [UpsertUserResultRef],
        description: 'One for each input, in order.',
        resolve: ({ results }) => paced(results),
      }),
      createdCount: t.int({ resolve: count('created') }),
      updatedCount: t.int({ resolve: count('updated') }),
      unchangedCount: t.int({ resolve: count('unchanged') }),
      validCount: t.int({
        description: 'Passed every check and were not written; in a dry run every good input, and the others are 0.',
        resolve: count('valid'),
      }),
      errorCount: t.int({ resolve: ({ results }) => results.filter(isFailed).length }),
      replayed: t.exposeBoolean('replayed', {
        description: 'The idempotency key was known: these are the results of its first request.',
      }),
    }),
  });

builder.mutationField('upsertUsers', (t) =>
  t.field({
    description:
      `Creates users who are not there and changes those who are, up to ${batchLimit}, by employeeID without regard ` +
      'to case and as if one after the other. Of an existing user, absent fields stay, null clears, and the password ' +
      'is never looked at; a new email is a new password, mailed to it. Unchanged users count in no rate limit of ' +
      'creations. Needs the scopes `users:create` and `users:update`.',
    type: UpsertUsersResultRef,
    extensions: {
      sizes: {
        results: ({ inputs }) => listOf(inputs).length,
        tags: ({ inputs }) => averageOf(listOf(inputs).map(tagsAfter)),
      },
    } satisfies Lengths,
    args: {
      inputs: t.arg({ type: [CreateUserInputRef], required: true }),
      mode: t.arg({ type: UpsertModeRef, required: true, defaultValue: 'CREATE_OR_UPDATE' }),
      onError: t.arg({ type: OnErrorRef, required: true, defaultValue: 'SKIP' }),
      dryRun: t.arg.boolean({ description: optionDescriptions.dryRun }),
      idempotencyKey: t.arg.string({ description: optionDescriptions.idempotencyKey }),
    },
    resolve: async (_, { inputs, dryRun, ...options }, context, info) => {
      if (inputs.length === 0 || inputs.length > batchLimit)
        throw badInput(`inputs must be a list of 1 to ${batchLimit} users`);
      const caller = requireScope(await context.caller(), 'users:create');
      requireScope(caller, 'users:update');
      const key = keyOfMutation(options, context, info);
      context.exchange.isImport = isImportKey(key.idempotencyKey);
      const call = context.upsertUsers(caller, inputs, { ...options, ...key, dryRun: dryRun ?? false });
      const answer = resultsOf(await noteRefusal(context.exchange, inputs.length, call), inputs.length);
      noteOutcomes(context.exchange, answer.results, answer.replayed);
      return answer;
    },
  }),
);

/** The tags of an existing user who keeps them are not known before the look-up. */
const usualTags = 10;

function tagsAfter(input: unknown): number {
  const isGiven = Array.isArray((input as { tagSerials?: unknown } | null | undefined)?.tagSerials);
  return isGiven ? tagsIn(input) : usualTags;
}
