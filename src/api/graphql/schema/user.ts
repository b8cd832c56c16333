import { requireScope } from '../../../access/scope.ts';
import { tagLimit } from '../../../users/fields.ts';
import type { UserField } from '../../../users/user-field.ts';
import { storedFields, userFields } from '../../../users/user-fields.ts';
import type { MailState, User } from '../../../users/ports.ts';
import { badInput } from './bad-input.ts';
import { builder } from './builder.ts';
import { OrganizationRef } from './organization.ts';
import { TagRef } from './tag.ts';

const PasswordMailRef = builder.enumType('PasswordMail', {
  description: 'What became of the mail with the password.',
  values: {
    QUEUED: { description: 'It waits, or is tried again after a failure.' },
    SENT: { description: 'The mail server accepted it.' },
    FAILED: {
      description:
        'The mail server refused the recipient for good, or it was given up after a day. `resendPassword` makes ' +
        'a new password and mails that.',
    },
    NONE: { description: 'There is none: the user has no email.' },
  } satisfies Record<MailState | 'NONE', object>,
});

/** A user of the caller's company. */
export const UserRef = builder.objectRef<User>('User').implement({
  description: 'An employee of the company that the access token belongs to.',
  fields: (t) => ({
    serial: t.exposeID('serial', {
      description: 'First four letters of the name and 12 of A-Z 0-9, e.g. `JOHNILXV3QAJJEL3`.',
    }),
    ...Object.fromEntries(
      storedFields.map((name) => {
        const { type, required, answerDescription: description }: UserField = userFields[name];
        const options = { nullable: !required, description };
        return [
          name,
          type === 'boolean'
            ? t.boolean({ ...options, resolve: (user) => user[name] as boolean })
            : t.string({ ...options, resolve: (user) => user[name] as string }),
        ];
      }),
    ),
    tags: t.field({
      type: [TagRef],
      description: 'In the order of the request.',
      extensions: { items: tagLimit },
      resolve: (user) => user.tags,
    }),
    organization: t.field({ type: OrganizationRef, nullable: true, resolve: (user) => user.organization }),
    passwordMail: t.field({
      type: PasswordMailRef,
      resolve: async ({ serial }, _, { passwordMail }) => (await passwordMail(serial)) ?? 'NONE',
    }),
    createdAt: t.field({ type: 'DateTime', resolve: (user) => user.createdAt }),
    version: t.exposeInt('version', { description: '1 at creation, one more with each change.' }),
    updatedAt: t.field({
      type: 'DateTime',
      description: 'The last change; the creation where nothing has changed since.',
      resolve: (user) => user.updatedAt,
    }),
  }),
});

builder.queryField('user', (t) =>
  t.field({
    description: 'One user, by exactly one of the arguments; null when there is none. Needs the scope `users:read`.',
    type: UserRef,
    nullable: true,
    args: { serial: t.arg.id(), employeeID: t.arg.string() },
    resolve: async (_, { serial, employeeID }, { caller, readUsers }) => {
      const reader = requireScope(await caller(), 'users:read');
      if ((serial == null) === (employeeID == null)) {
        throw badInput('user takes exactly one argument: serial or employeeID');
      }
      return readUsers.find(reader, serial == null ? { employeeID: employeeID! } : { serial });
    },
  }),
);
