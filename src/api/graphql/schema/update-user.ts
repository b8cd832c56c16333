import { requireScope } from '../../../access/scope.ts';
import type { UpsertUserOutcome } from '../../../users/outcome.ts';
import type { UserField } from '../../../users/user-field.ts';
import { fieldNames, userFields } from '../../../users/user-fields.ts';
import { noteOutcomes, noteRefusal } from '../../http/exchange.ts';
import { builder } from './builder.ts';
import { UserUnchangedRef, UserUpdatedRef } from './changed-user.ts';
import { tagsIn } from './create-user-input.ts';
import { type Failed, optionDescriptions, resultsOf, UserValidRef } from './create-user.ts';
import type { Lengths, Rows } from './extensions.ts';
import { keyOfMutation } from './idempotency-key.ts';
import { errorType } from './problem.ts';
import { UserKeyRef, userKeyOf } from './user-key.ts';

const UpdateUserInputRef = builder.inputType('UpdateUserInput', {
  description: 'What changes of a user: absent stays, null clears. A new email is a new password, mailed to it.',
  fields: (t) =>
    Object.fromEntries(
      fieldNames
        .filter((name) => name !== 'password')
        .map((name) => {
          const { type, invalid, description }: UserField = userFields[name];
          const options = { description, extensions: { wrong: invalid } satisfies Rows };
          if (type === 'boolean') return [name, t.boolean(options)];
          return [name, type === 'strings' ? t.stringList(options) : t.string(options)];
        }),
    ),
});

const UpdateUserErrorRef = errorType<Failed>('UpdateUserError', 'Nothing was changed.');

type Outcome = Exclude<UpsertUserOutcome, { kind: 'created' }>;
const types = {
  updated: UserUpdatedRef,
  unchanged: UserUnchangedRef,
  valid: UserValidRef,
  refused: UpdateUserErrorRef,
  unavailable: UpdateUserErrorRef,
} as const;

const UpdateUserResultRef = builder.unionType('UpdateUserResult', {
  description: 'The user, or every reason why nothing was changed; in a dry run the user as it would be.',
  types: [UserUpdatedRef, UserUnchangedRef, UserValidRef, UpdateUserErrorRef],
  resolveType: ({ kind }: Outcome) => types[kind],
});

builder.mutationField('updateUser', (t) =>
  t.field({
    description:
      'Changes what is given; what is absent stays, null clears; null for a required field is 10110, 10112 or 10120. ' +
      'Counts in the rate limit as a creation. Needs the scope `users:update`.',
    type: UpdateUserResultRef,
    extensions: { sizes: { tags: ({ input }) => tagsIn(input) } } satisfies Lengths,
    args: {
      by: t.arg({ type: UserKeyRef, required: true }),
      input: t.arg({ type: UpdateUserInputRef, required: true }),
      ifVersion: t.arg.int({ description: 'The version that was read; another one by now is 10107.' }),
      dryRun: t.arg.boolean({ description: optionDescriptions.dryRun }),
      idempotencyKey: t.arg.string({ description: optionDescriptions.idempotencyKey }),
    },
    resolve: async (_, { by, input, ifVersion, dryRun, ...options }, context, info) => {
      const caller = requireScope(await context.caller(), 'users:update');
      const key = keyOfMutation(options, context, info);
      const update = { by: userKeyOf(by), input, ifVersion };
      const call = context.updateUsers(caller, [update], { ...key, dryRun: dryRun ?? false });
      const { results, replayed } = resultsOf(await noteRefusal(context.exchange, 1, call), 1);
      noteOutcomes(context.exchange, results, replayed);
      const [outcome] = results;
      if (outcome!.kind === 'created') throw new Error('an update creates nobody');
      return outcome!;
    },
  }),
);
