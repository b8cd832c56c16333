import type { UpsertUserOutcome } from '../../../users/outcome.ts';
import { builder } from './builder.ts';
import { PasswordDeliveryRef } from './password-delivery.ts';
import { UserRef } from './user.ts';

/** A user who was changed. */
export const UserUpdatedRef = builder
  .objectRef<Extract<UpsertUserOutcome, { kind: 'updated' }>>('UserUpdated')
  .implement({
    description: 'The change is stored. A new email is a new password, whose mail is queued.',
    fields: (t) => ({
      user: t.field({ type: UserRef, resolve: ({ user }) => user }),
      changed: t.stringList({
        description: 'Names of the input fields that changed; another spelling of the employee ID is a change of it.',
        resolve: ({ changed }) => [...changed],
      }),
      passwordDelivery: t.field({
        type: PasswordDeliveryRef,
        description: 'EMAIL when the email is new: its password is mailed to it.',
        resolve: ({ passwordDelivery }) => passwordDelivery,
      }),
    }),
  });

/** A user who is as the input says. */
export const UserUnchangedRef = builder
  .objectRef<Extract<UpsertUserOutcome, { kind: 'unchanged' }>>('UserUnchanged')
  .implement({
    description: 'The user is as the input says: nothing was written, and its version is the same.',
    fields: (t) => ({ user: t.field({ type: UserRef, resolve: ({ user }) => user }) }),
  });
