import { requireScope } from '../../../access/scope.ts';
import { errorDictionary } from '../../../errors/error-dictionary.ts';
import type { ResendPasswordOutcome } from '../../../users/resend-password.ts';
import { builder } from './builder.ts';
import { PasswordDeliveryRef } from './password-delivery.ts';
import { errorType } from './problem.ts';
import { UserRef } from './user.ts';

type Resent = Extract<ResendPasswordOutcome, { kind: 'resent' }>;
type Refused = Extract<ResendPasswordOutcome, { kind: 'refused' }>;

const PasswordResentRef = builder.objectRef<Resent>('PasswordResent').implement({
  description: 'The new password is stored and its mail is queued; the old password is of no use any more.',
  fields: (t) => ({
    user: t.field({ type: UserRef, resolve: ({ user }) => user }),
    passwordDelivery: t.field({ type: PasswordDeliveryRef, resolve: ({ passwordDelivery }) => passwordDelivery }),
  }),
});

const ResendPasswordErrorRef = errorType<Refused>('ResendPasswordError', 'Nothing was changed.');

const ResendPasswordResultRef = builder.unionType('ResendPasswordResult', {
  description: 'The user, or why there is no new password.',
  types: [PasswordResentRef, ResendPasswordErrorRef],
  resolveType: ({ kind }) => (kind === 'resent' ? PasswordResentRef : ResendPasswordErrorRef),
});

builder.mutationField('resendPassword', (t) =>
  t.field({
    description:
      'Makes a new random password, ends the old one and every mail with it that was not sent, and mails the new ' +
      'one. ' +
      'Counts in the rate limit; 429 for a user who got a new password less than a minute ago. ' +
      'Needs the scope `users:issue-password`.',
    type: ResendPasswordResultRef,
    args: { serial: t.arg.id({ required: true }) },
    resolve: async (_, { serial }, { caller, resendPassword, exchange }) => {
      const outcome = await resendPassword(requireScope(await caller(), 'users:issue-password'), serial);
      if (outcome.kind === 'refused') exchange.errorCode ??= errorDictionary[outcome.problems[0].name].errorCode;
      return outcome;
    },
  }),
);
