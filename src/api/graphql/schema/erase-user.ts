import { requireScope } from '../../../access/scope.ts';
import type { EraseUserOutcome } from '../../../users/erase-user.ts';
import { noteOutcomes } from '../../http/exchange.ts';
import { builder } from './builder.ts';
import { errorType } from './problem.ts';
import { UserKeyRef, userKeyOf } from './user-key.ts';

type Erased = Extract<EraseUserOutcome, { kind: 'erased' }>;
type Refused = Extract<EraseUserOutcome, { kind: 'refused' }>;

const UserErasedRef = builder.objectRef<Erased>('UserErased').implement({
  description: 'Every personal value of the user is gone.',
  fields: (t) => ({ serial: t.exposeID('serial') }),
});

const EraseUserErrorRef = errorType<Refused>('EraseUserError', 'Nothing was erased.');

const EraseUserResultRef = builder.unionType('EraseUserResult', {
  description: 'The serial that was erased, or why none was.',
  types: [UserErasedRef, EraseUserErrorRef],
  resolveType: ({ kind }) => (kind === 'erased' ? UserErasedRef : EraseUserErrorRef),
});

builder.mutationField('eraseUser', (t) =>
  t.field({
    description:
      'Erases a user and every personal value of it, for good. Employee ID, username, email and phone become free; ' +
      'serial, moment and the import row that made it stay as a tombstone. Counts in the rate limit. ' +
      'Needs the scope `users:erase`.',
    type: EraseUserResultRef,
    args: { by: t.arg({ type: UserKeyRef, required: true }) },
    resolve: async (_, { by }, { caller, eraseUser, exchange }) => {
      const outcome = await eraseUser(requireScope(await caller(), 'users:erase'), userKeyOf(by));
      noteOutcomes(exchange, [outcome]);
      return outcome;
    },
  }),
);
