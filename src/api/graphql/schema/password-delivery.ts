import { builder } from './builder.ts';

/** How the user learns the password. */
export const PasswordDeliveryRef = builder.enumType('PasswordDelivery', {
  description: 'How the user learns the password.',
  values: {
    EMAIL: {
      description: 'A mail with the password is queued; it was written by the transaction that stored the password.',
    },
    NONE: { description: 'The user has no email: nobody is told, a password must be set later.' },
  },
});
