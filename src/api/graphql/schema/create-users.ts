import { batchLimit } from '../../../users/create-users.ts';
import type { CreateUserOutcome } from '../../../users/outcome.ts';
import { badInput } from './bad-input.ts';
import { builder } from './builder.ts';
import { CreateUserInputRef, tagsIn } from './create-user-input.ts';
import { create, CreateUserResultRef, isFailed, optionDescriptions } from './create-user.ts';
import type { Lengths } from './extensions.ts';
import { keyOfMutation } from './idempotency-key.ts';
import { paced } from './paced.ts';

/** Whether a batch writes its good inputs when another one is refused. */
export const OnErrorRef = builder.enumType('OnError', {
  description: 'What a batch does with its good inputs when another one is refused.',
  values: { SKIP: { description: 'Writes them.' }, ABORT: { description: 'Writes all or none.' } },
});

const CreateUsersResultRef = builder
  .objectRef<{ results: CreateUserOutcome[]; replayed: boolean }>('CreateUsersResult')
  .implement({
    description: 'What became of each user of a batch.',
    fields: (t) => ({
      results: t.field({
        type: [CreateUserResultRef],
        description: 'One for each input, in order.',
        resolve: ({ results }) => paced(results),
      }),
      createdCount: t.int({ resolve: ({ results }) => results.filter(({ kind }) => kind === 'created').length }),
      validCount: t.int({
        description: 'Passed every check and were not written.',
        resolve: ({ results }) => results.filter(({ kind }) => kind === 'valid').length,
      }),
      errorCount: t.int({ resolve: ({ results }) => results.filter(isFailed).length }),
      replayed: t.exposeBoolean('replayed', {
        description: 'The idempotency key was known: these are the results of its first request.',
      }),
    }),
  });

builder.mutationField('createUsers', (t) =>
  t.field({
    description:
      `Creates up to ${batchLimit} users in the company of the access token, as if one after the other. ` +
      'Needs the scope `users:create`.',
    type: CreateUsersResultRef,
    extensions: {
      sizes: {
        results: ({ inputs }) => listOf(inputs).length,
        // The average of the batch.
        tags: ({ inputs }) => averageOf(listOf(inputs).map(tagsIn)),
      },
    } satisfies Lengths,
    args: {
      inputs: t.arg({ type: [CreateUserInputRef], required: true }),
      onError: t.arg({ type: OnErrorRef, required: true, defaultValue: 'SKIP' }),
      dryRun: t.arg.boolean({ description: optionDescriptions.dryRun }),
      idempotencyKey: t.arg.string({ description: optionDescriptions.idempotencyKey }),
    },
    resolve: (_, { inputs, ...options }, context, info) => {
      if (inputs.length === 0 || inputs.length > batchLimit)
        throw badInput(`inputs must be a list of 1 to ${batchLimit} users`);
      return create(context, inputs, { ...options, ...keyOfMutation(options, context, info) });
    },
  }),
);

/** Reads a list argument as GraphQL does: a single item is a list of one. */
export function listOf(argument: unknown): readonly unknown[] {
  return Array.isArray(argument) ? argument.slice(0, batchLimit) : [argument];
}

/** Returns the average of numbers; 0 of none. */
export function averageOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
}
