import { requireScope } from '../../../access/scope.ts';
import type { MailState, Organization, Tag, User } from '../../../users/ports.ts';
import { builder } from './builder.ts';
import { badInput } from '../server/errors.ts';

export const TagRef = builder.objectRef<Tag>('Tag').implement({
  description: 'A label that a company puts on users.',
  fields: (t) => ({
    serial: t.exposeID('serial', { description: 'Company code, `TAG-` and 8 of A-Z 0-9, e.g. `RUKRTAG-9WHL0JGP`.' }),
    name: t.exposeString('name'),
  }),
});

export const OrganizationRef = builder.objectRef<Organization>('Organization').implement({
  description: 'A unit in the structure of a company.',
  fields: (t) => ({
    serial: t.exposeID('serial', { description: '`COMP` and 8 of A-Z 0-9, e.g. `COMPFJLYTHWL`.' }),
    name: t.exposeString('name'),
    isActive: t.exposeBoolean('isActive', { description: 'An inactive organization takes no new users.' }),
    parentSerial: t.id({
      nullable: true,
      description: 'Of the organization above; null at the top.',
      resolve: async ({ serial }, _, { parentSerial }) => (await parentSerial(serial)) ?? null,
    }),
  }),
});

export const PasswordDeliveryRef = builder.enumType('PasswordDelivery', {
  description: 'How the user learns the password.',
  values: {
    EMAIL: {
      description: 'A mail with the password is queued; it was written by the transaction that stored the password.',
    },
    NONE: { description: 'The user has no email: nobody is told, a password must be set later.' },
  },
});

const PasswordMailRef = builder.enumType('PasswordMail', {
  description: 'What became of the mail with the password.',
  values: {
    QUEUED: { description: 'It waits, or is tried again after a failure.' },
    SENT: { description: 'The mail server accepted it.' },
    FAILED: { description: 'It was given up after a day. `resendPassword` makes a new password and mails that.' },
    NONE: { description: 'There is none: the user has no email.' },
  } satisfies Record<MailState | 'NONE', object>,
});

export const UserRef = builder.objectRef<User>('User').implement({
  description: 'An employee of the company that the access token belongs to.',
  fields: (t) => ({
    serial: t.exposeID('serial', {
      description: 'First four letters of the name and 12 of A-Z 0-9, e.g. `JOHNILXV3QAJJEL3`.',
    }),
    employeeID: t.exposeString('employeeID', {
      description: 'As written; unique in the company without regard to case.',
    }),
    name: t.exposeString('name'),
    username: t.exposeString('username', {
      nullable: true,
      description: 'What the user signs in with; as written, unique without regard to case.',
    }),
    email: t.exposeString('email', { nullable: true, description: 'As written; unique without regard to case.' }),
    phone: t.exposeString('phone', {
      nullable: true,
      description: 'Digits of E.164 without the plus, e.g. `6281122334455`.',
    }),
    isActive: t.exposeBoolean('isActive'),
    tags: t.field({
      type: [TagRef],
      description: 'In the order of the request that created the user.',
      resolve: (user) => user.tags,
    }),
    organization: t.field({ type: OrganizationRef, nullable: true, resolve: (user) => user.organization }),
    passwordMail: t.field({
      type: PasswordMailRef,
      resolve: async ({ serial }, _, { passwordMail }) => (await passwordMail(serial)) ?? 'NONE',
    }),
    createdAt: t.field({ type: 'DateTime', resolve: (user) => user.createdAt }),
  }),
});

builder.queryField('user', (t) =>
  t.field({
    description: 'One user, by exactly one of the arguments; null when there is none. Needs the scope `users:read`.',
    type: UserRef,
    nullable: true,
    args: { serial: t.arg.id(), employeeID: t.arg.string() },
    resolve: async (_, { serial, employeeID }, { caller, readUsers }) => {
      const { companyId } = requireScope(await caller(), 'users:read');
      if ((serial == null) === (employeeID == null)) {
        throw badInput('user takes exactly one argument: serial or employeeID');
      }
      return readUsers.find(companyId, serial == null ? { employeeID: employeeID! } : { serial });
    },
  }),
);
